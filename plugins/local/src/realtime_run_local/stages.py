"""Which implementation each `use:` of a stage names. All of them may block to load."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from realtime_run.plugin.api import Opening
from realtime_run_local.brain.chat import ChatBrain
from realtime_run_local.brain.pieces import Brain
from realtime_run_local.brain.rules import RulesBrain
from realtime_run_local.settings import LocalSettings
from realtime_run_local.speech_to_text.pocketsphinx import PocketsphinxRecognizer
from realtime_run_local.speech_to_text.recognizer import Recognizer
from realtime_run_local.speech_to_text.whisper import WhisperRecognizer
from realtime_run_local.text_to_speech.espeak import EspeakSynthesizer
from realtime_run_local.text_to_speech.piper import PiperSynthesizer
from realtime_run_local.text_to_speech.synthesizer import Synthesizer

# The settings' own type is what `use` stands for: it has been checked with the spec.
_RECOGNIZERS: Mapping[str, Callable[[Any], Recognizer]] = {
    "pocketsphinx": PocketsphinxRecognizer,
    "whisper": WhisperRecognizer,
}
_SYNTHESIZERS: Mapping[str, Callable[[Any], Synthesizer]] = {
    "espeak": EspeakSynthesizer,
    "piper": PiperSynthesizer,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BrainOpening:
    """What a brain starts with."""

    opening: Opening
    clock: Callable[[], datetime]


_BRAINS: Mapping[str, Callable[[Any, BrainOpening], Brain]] = {
    "rules": lambda settings, start: RulesBrain(
        settings, start.opening.tools, start.clock
    ),
    "chat": lambda settings, start: ChatBrain(
        settings, start.opening.instructions, start.opening.tools
    ),
}


def make_recognizer(settings: LocalSettings) -> Recognizer:
    """Return the recogniser that `speech_to_text` names."""
    return _RECOGNIZERS[settings.speech_to_text.use](settings.speech_to_text)


def make_synthesizer(settings: LocalSettings) -> Synthesizer:
    """Return the voice that `text_to_speech` names."""
    return _SYNTHESIZERS[settings.text_to_speech.use](settings.text_to_speech)


def make_brain(settings: LocalSettings, start: BrainOpening) -> Brain:
    """Return the brain that `brain` names."""
    return _BRAINS[settings.brain.use](settings.brain, start)
