"""Speech to text by faster-whisper: more exact, and only after the end of a turn."""

from importlib import import_module
from typing import Any

from realtime_run.core.errors import ProviderError
from realtime_run_local.settings import WhisperSettings

_SURELY_NO_SPEECH = 0.6
"""Whisper's own threshold: above it, text is dreamt into silence."""


class WhisperRecognizer:
    """A CTranslate2 model of the user's. Nothing is downloaded."""

    def __init__(self, settings: WhisperSettings) -> None:
        try:
            self._numpy: Any = import_module("numpy")
            whisper: Any = import_module("faster_whisper")
        except ImportError as error:
            message = (
                "'use: whisper' needs faster-whisper: "
                "pip install realtime-run-local[whisper]"
            )
            raise ProviderError(message, is_recoverable=False) from error
        self._language = settings.language
        self._samples = bytearray()
        try:
            self._model: Any = whisper.WhisperModel(
                str(settings.model_path),
                device="cpu",
                compute_type="int8",
                cpu_threads=settings.threads,
                local_files_only=True,
            )
        except Exception as error:  # foreign code: it names no error classes
            message = f"whisper cannot load '{settings.model_path}': {error}"
            raise ProviderError(message, is_recoverable=False) from error

    def begin(self) -> None:
        """Begin an utterance."""
        self._samples.clear()

    def feed(self, pcm: bytes) -> str:
        """Keep the samples: this model hears whole utterances."""
        self._samples += pcm
        return ""

    def end(self) -> str:
        """Return what was said."""
        samples = self._numpy.frombuffer(bytes(self._samples), dtype="<i2")
        self._samples.clear()
        segments, _ = self._model.transcribe(
            samples.astype("float32") / 32768,
            language=self._language,
            beam_size=1,
            condition_on_previous_text=False,
            without_timestamps=True,
        )
        heard = [
            s.text.strip() for s in segments if s.no_speech_prob < _SURELY_NO_SPEECH
        ]
        return " ".join(text for text in heard if text)

    def close(self) -> None:
        """Free the model."""
        self._model = None
