"""`provider: echo`: says back what it hears. Offline, without a model, and exact."""

from typing import TYPE_CHECKING

from realtime_run.builtin.settings import EchoSettings
from realtime_run.plugin.hooks import Offer, hookimpl

if TYPE_CHECKING:
    from realtime_run.plugin.api import Provider


@hookimpl
def realtime_run_provider() -> "Offer[Provider]":
    """Offer `provider: echo`."""
    return Offer(EchoSettings, _make)


def _make(settings: EchoSettings) -> "Provider":
    from realtime_run.builtin.echo_provider import Echo  # noqa: PLC0415 - to run only

    return Echo(settings)
