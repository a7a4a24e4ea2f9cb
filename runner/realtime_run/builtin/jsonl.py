"""`handlers: [{use: jsonl, path: …}]`: every event as a line of JSON in a file."""

from typing import TYPE_CHECKING

from realtime_run.builtin.settings import JsonlSettings
from realtime_run.plugin.hooks import Offer, hookimpl

if TYPE_CHECKING:
    from realtime_run.plugin.api import Handler


@hookimpl
def realtime_run_handler() -> "Offer[Handler]":
    """Offer `handlers: [{use: jsonl, path: …}]`."""
    return Offer(JsonlSettings, _make)


def _make(settings: JsonlSettings) -> "Handler":
    from realtime_run.builtin.jsonl_handler import Jsonl  # noqa: PLC0415 - to run only

    return Jsonl(settings)
