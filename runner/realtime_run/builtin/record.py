"""`handlers: [{use: record, path: runs}]`: a folder for each session, to listen to."""

from typing import TYPE_CHECKING

from realtime_run.builtin.settings import RecordSettings
from realtime_run.plugin.hooks import Offer, hookimpl

if TYPE_CHECKING:
    from realtime_run.plugin.api import Handler


@hookimpl
def realtime_run_handler() -> "Offer[Handler]":
    """Offer `handlers: [{use: record, path: …}]`."""
    return Offer(RecordSettings, _make)


def _make(settings: RecordSettings) -> "Handler":
    from realtime_run.builtin.record_handler import Record  # noqa: PLC0415 - to run only

    return Record(settings)
