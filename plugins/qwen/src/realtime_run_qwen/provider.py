"""The provider: what the runner asks for connections."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

from realtime_run.core.capabilities import Capabilities
from realtime_run.plugin.provider_api import Advice, Connection, Opening
from realtime_run_qwen.advice import advice
from realtime_run_qwen.dialect import INPUT_HZ, MAX_IMAGE_BYTES, OUTPUT_HZ
from realtime_run_qwen.models import family_or_newest
from realtime_run_qwen.settings import QwenSettings
from realtime_run_qwen.turn_detection import turn_fields


class QwenProvider:
    """Qwen Omni Realtime, over a WebSocket."""

    def __init__(self, settings: QwenSettings) -> None:
        self._settings = settings

    @property
    def capabilities(self) -> Capabilities:
        """What the chosen model can do."""
        session = self._settings.session
        family, turns = family_or_newest(self._settings.model), session.turn_detection
        return Capabilities(
            input_hz=INPUT_HZ,
            output_hz=OUTPUT_HZ,
            video="images" if family.sees else "none",
            max_image_bytes=MAX_IMAGE_BYTES if family.sees else None,
            turn=turn_fields(family),
            text_input=family.text_input,
            tools=family.tools,
            cancels_on_speech=turns is None or turns.interrupt_response,
            # That a turn is heard and reported and waits to be answered is documented,
            # and was never measured. So what weighs an interruption goes by the gate,
            # which asks nothing of the server.
            manual_responses=False,
            manual_turns=True,
            user_transcripts=session.input_audio_transcription is not None,
            response_instructions=True,
            truncate=False,
            notes_what_was_heard=family.text_input,
            max_session_s=self._settings.max_session,
        )

    def advice(self, opening: Opening) -> Sequence[Advice]:
        """Return what is odd about opening a connection so."""
        return advice(self._settings, opening)

    def connect(self, opening: Opening) -> AbstractAsyncContextManager[Connection]:
        """Open a connection; leaving the context closes it.

        Raises:
            ProviderError: If the server cannot be reached, or refuses.
        """
        from realtime_run_qwen.websocket import (  # noqa: PLC0415 - imports websockets
            open_connection,
        )

        return open_connection(self._settings, opening)
