"""Text to speech by Piper: a neural voice, about 0.1 s to the first sound."""

import json
from collections.abc import Callable
from importlib import import_module
from typing import Any

from realtime_run.core.errors import ProviderError
from realtime_run_local.settings import PiperSettings


class PiperSynthesizer:
    """A voice of the user's. Nothing is downloaded."""

    def __init__(self, settings: PiperSettings) -> None:
        try:
            piper: Any = import_module("piper")
        except ImportError as error:
            message = (
                "'use: piper' needs piper-tts: pip install realtime-run-local[piper]"
            )
            raise ProviderError(message, is_recoverable=False) from error
        self.rate_hz = voice_rate_hz(settings)
        try:
            self._voice: Any = piper.PiperVoice.load(str(settings.voice_path))
        except Exception as error:  # foreign code: it names no error classes
            message = f"piper cannot load '{settings.voice_path}': {error}"
            raise ProviderError(message, is_recoverable=False) from error
        self._manner: Any = piper.SynthesisConfig(length_scale=1 / settings.speed)

    def speak(self, text: str, emit: Callable[[bytes], bool]) -> None:
        """Say one sentence; the model gives it in one piece."""
        for chunk in self._voice.synthesize(text, syn_config=self._manner):
            if not emit(chunk.audio_int16_bytes):
                return

    def close(self) -> None:
        """Free the voice."""
        self._voice = None


def voice_rate_hz(settings: PiperSettings) -> int:
    """Return the sample rate of a voice, from the file beside it.

    Raises:
        ProviderError: If there is no such file, or no rate in it.
    """
    path = settings.voice_path.with_name(f"{settings.voice_path.name}.json")
    try:
        return int(json.loads(path.read_text(encoding="utf-8"))["audio"]["sample_rate"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"'{path}' must describe the voice and its sample rate: {error!r}"
        raise ProviderError(message, is_recoverable=False) from error
