"""The provider: what the runner asks for connections."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING

from realtime_run.core.capabilities import Capabilities
from realtime_run.plugin.provider_api import Advice, Connection, Opening
from realtime_run_gemini.advice import advice
from realtime_run_gemini.endpoints import key_headers
from realtime_run_gemini.models import UNKNOWN, family_of
from realtime_run_gemini.settings import GeminiSettings

if TYPE_CHECKING:
    from realtime_run_gemini.vertex_credentials import VertexCredentials

INPUT_HZ = 16_000
OUTPUT_HZ = 24_000
LARGEST_IMAGE_BYTES = 128_000
"""The voice waits behind a picture, on one socket: so large a one, in base64, takes
0.7 s at 2 Mbit/s. The server takes larger ones, and scales them down."""


class GeminiProvider:
    """Gemini Live, over a WebSocket."""

    def __init__(self, settings: GeminiSettings) -> None:
        self._settings = settings
        self._family = family_of(settings.model) or UNKNOWN
        self._credentials: VertexCredentials | None = None

    @property
    def capabilities(self) -> Capabilities:
        """What the chosen model can do."""
        family, setup = self._family, self._settings.setup
        turns = setup.realtime_input_config
        handling = None if turns is None else turns.activity_handling
        always_read = family.input_transcription == "always"
        return Capabilities(
            input_hz=INPUT_HZ,
            output_hz=OUTPUT_HZ,
            video="images" if family.sees else "none",
            max_image_bytes=LARGEST_IMAGE_BYTES,
            turn=frozenset({"server", "eagerness", "silence"}),
            tools=len(family.behaviors) > 0,
            cancels_on_speech=handling != "NO_INTERRUPTION",
            can_disable_interrupt=True,
            manual_turns=True,
            user_transcripts=always_read or setup.input_audio_transcription is not None,
            min_speech=True,
            truncate=False,
            notes_what_was_heard=family.content_at_any_time,
            resume=self._settings.resume,
        )

    def advice(self, opening: Opening) -> Sequence[Advice]:
        """Return what is odd about opening a connection so."""
        return advice(self._settings, opening)

    def connect(self, opening: Opening) -> AbstractAsyncContextManager[Connection]:
        """Open a connection; leaving the context closes it.

        Raises:
            ProviderError: If the server cannot be reached, or refuses.
        """
        return self._connect(opening)

    @asynccontextmanager
    async def _connect(self, opening: Opening) -> AsyncGenerator[Connection]:
        from realtime_run_gemini.websocket import (  # noqa: PLC0415 - imports websockets
            open_connection,
        )

        async with open_connection(self._settings, opening, self._headers) as opened:
            yield opened

    async def _headers(self) -> Mapping[str, str]:
        settings = self._settings
        vertex, found = settings.vertex, key_headers(settings)
        if found is not None or vertex is None:
            return found or {}
        if self._credentials is None:
            from realtime_run_gemini.vertex_credentials import (  # noqa: PLC0415 - rare
                VertexCredentials,
            )

            self._credentials = VertexCredentials(
                vertex, timeout_s=settings.connect_timeout
            )
        return await self._credentials.headers()
