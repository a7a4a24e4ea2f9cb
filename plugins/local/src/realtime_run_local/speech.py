"""The voice of espeak-ng, for simulators to speak with."""

from pydantic import Field

from realtime_run.core.pcm import Pcm
from realtime_run.plugin.settings import Settings
from realtime_run.plugin.threads import run_in_thread
from realtime_run_local.settings import EspeakSettings

_LONGEST_S = 600
"""A text that takes longer is cut off."""
_BYTES_PER_SAMPLE = 2


class SpeechSettings(Settings):
    """How simulators sound."""

    voice: str = Field(
        default="en-us+f2", min_length=1, description="a voice of espeak-ng"
    )
    rate: int = Field(default=165, ge=80, le=450, description="words a minute")
    pitch: int = Field(default=50, ge=0, le=99, description="height of the voice")
    volume: int = Field(default=100, ge=0, le=200, description="100 is the voice's own")


class EspeakSpeech:
    """Says whole texts by espeak-ng, off the event loop. Making one loads nothing."""

    def __init__(self, settings: SpeechSettings) -> None:
        self._settings = EspeakSettings(use="espeak", **settings.model_dump())

    @property
    def rate_hz(self) -> int:
        """The rate of what `say` returns."""
        return 22_050

    async def say(self, text: str) -> Pcm:
        """Return a text as speech, whole.

        Raises:
            ProviderError: If there is no such voice, or espeak-ng does not start.
        """
        return await run_in_thread(self._say, text)

    def _say(self, text: str) -> Pcm:
        from realtime_run_local.text_to_speech.espeak import (  # noqa: PLC0415 - loads C
            EspeakSynthesizer,
        )

        samples = bytearray()
        longest = _LONGEST_S * self.rate_hz * _BYTES_PER_SAMPLE

        def collect(piece: bytes) -> bool:
            samples.extend(piece)
            return len(samples) < longest

        synthesizer = EspeakSynthesizer(self._settings)
        synthesizer.speak(text, collect)
        return Pcm(bytes(samples), synthesizer.rate_hz)
