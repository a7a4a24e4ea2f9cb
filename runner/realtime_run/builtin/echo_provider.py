"""`provider: echo`: says back what it hears. Offline, without a model, and exact.

It obeys the contract of a real provider, so that everything around one can be tried
without a key: turns, interruptions, cancelling, truncating, text.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from realtime_run.builtin.echo_answers import RATE_HZ
from realtime_run.builtin.echo_connection import EchoConnection
from realtime_run.builtin.settings import EchoSettings
from realtime_run.core.capabilities import Capabilities
from realtime_run.media.background import running
from realtime_run.media.clock import SystemTime, TimeSource
from realtime_run.plugin.api import Connection, Opening


class Echo:
    """Opens connections to itself."""

    capabilities = Capabilities(input_hz=RATE_HZ, output_hz=RATE_HZ, tools=False)

    def __init__(self, settings: EchoSettings, clock: TimeSource | None = None) -> None:
        self._settings = settings
        self._clock = clock or SystemTime()

    @asynccontextmanager
    async def connect(self, opening: Opening) -> AsyncGenerator[Connection]:
        """Open a conversation; leaving it ends what is being said."""
        connection = EchoConnection(
            opening,
            silence_s=self._settings.silence,
            clock=None if self._settings.faster_than_realtime else self._clock,
        )
        async with running(connection.speak_forever):
            try:
                yield connection
            finally:
                connection.end()
