"""The provider: what the runner asks for connections."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Literal

from realtime_run.core.capabilities import Capabilities
from realtime_run.plugin.provider_api import Advice, Connection, Opening
from realtime_run_openai.advice import advice
from realtime_run_openai.models import family_of
from realtime_run_openai.settings import OpenAISettings, Transport
from realtime_run_openai.transports import sample_rate_hz, transport_for

LONGEST_SESSION_S = 3600.0
"""The server ends a session after an hour. xAI's limit is the same."""
LARGEST_IMAGE_BYTES = 48_000
"""As base64 it is 64,000 bytes, and a data channel message may have 65,536 where the
server states no limit."""


class OpenAIProvider:
    """OpenAI Realtime, over WebRTC or a WebSocket."""

    def __init__(self, settings: OpenAISettings, *, live: bool = False) -> None:
        self._settings = settings
        self._transport: Transport = transport_for(settings, live=live)

    @property
    def transport(self) -> Transport:
        """What connections go over."""
        return self._transport

    @property
    def capabilities(self) -> Capabilities:
        """What the chosen model can do, over this transport."""
        dialect = self._settings.spoken
        over_webrtc = self._transport == "webrtc"
        rate_hz = sample_rate_hz(self._transport)
        heard = self._settings.session.audio.input
        turns = heard.turn_detection
        return Capabilities(
            input_hz=rate_hz,
            output_hz=rate_hz,
            video=self._video(),
            max_image_bytes=LARGEST_IMAGE_BYTES if over_webrtc else None,
            turn=dialect.turn,
            tool_approval=True,
            cancels_on_speech=turns is None or turns.interrupt_response,
            can_disable_interrupt=dialect.can_disable_interrupt,
            manual_responses=dialect.manual_responses,
            manual_turns=dialect.manual_turns,
            user_transcripts=heard.transcription is not None,
            response_instructions=dialect.response_instructions,
            # Over WebRTC the server knows what it has sent, and truncates by itself.
            truncate=dialect.truncate and not over_webrtc,
            truncates_itself=over_webrtc,
            max_session_s=LONGEST_SESSION_S,
        )

    def adapted(self, *, live: bool) -> "OpenAIProvider":
        """Return the provider for a person (WebRTC) or for files (WebSocket).

        A transport that the spec names stays.
        """
        return OpenAIProvider(self._settings, live=live)

    def advice(self, opening: Opening) -> Sequence[Advice]:
        """Return what is odd about opening a connection so."""
        return advice(self._settings, opening, self._transport)

    def connect(self, opening: Opening) -> AbstractAsyncContextManager[Connection]:
        """Open a connection; leaving the context closes it.

        Raises:
            ProviderError: If the server cannot be reached, or refuses.
        """
        if self._transport == "webrtc":
            from realtime_run_openai.webrtc import (  # noqa: PLC0415 - imports aiortc
                open_webrtc,
            )

            return open_webrtc(self._settings, opening)
        from realtime_run_openai.websocket import (  # noqa: PLC0415 - imports websockets
            open_connection,
        )

        return open_connection(self._settings, opening)

    def _video(self) -> Literal["none", "images", "track"]:
        family = family_of(self._settings.model)
        if not self._settings.spoken.images or (family and not family.sees):
            return "none"
        return self._settings.video
