"""`handlers: [console]`: the conversation in the terminal."""

from typing import TYPE_CHECKING

from realtime_run.builtin.settings import ConsoleSettings
from realtime_run.plugin.hooks import Offer, hookimpl

if TYPE_CHECKING:
    from realtime_run.plugin.api import Handler


@hookimpl
def realtime_run_handler() -> "Offer[Handler]":
    """Offer `handlers: [console]`."""
    return Offer(ConsoleSettings, _make)


def _make(settings: ConsoleSettings) -> "Handler":
    from realtime_run.builtin.console_handler import Console  # noqa: PLC0415 - to run only

    return Console(settings)
