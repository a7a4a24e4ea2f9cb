"""What stands beside `use: local` in the spec."""

from pathlib import Path
from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, PrivateAttr, model_validator

from realtime_run.plugin.settings import Duration, Secret, Settings, SpecPath, seconds
from realtime_run_local import templates
from realtime_run_local.phrases import Pattern, compiled

_ALWAYS_KNOWN = ("agent", "date", "heard", "time")
"""The names that every template may use."""
_OF_TOOLS = ("result",)


def _is_file(path: Path) -> Path:
    if not path.is_file():
        message = f"no file '{path}'"
        raise ValueError(message)
    return path


def _is_folder(path: Path) -> Path:
    if not path.is_dir():
        message = f"no folder '{path}': it must hold the model's files"
        raise ValueError(message)
    return path


def _is_endpoint(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        message = f"'{url}' is no http:// or https:// address"
        raise ValueError(message)
    if parts.username or parts.password:
        message = "an address with a password in it; write the key as 'api_key'"
        raise ValueError(message)
    return url.rstrip("/")


ExistingFile: TypeAlias = Annotated[SpecPath, AfterValidator(_is_file)]
ExistingFolder: TypeAlias = Annotated[SpecPath, AfterValidator(_is_folder)]
Endpoint: TypeAlias = Annotated[str, AfterValidator(_is_endpoint)]


class VadSettings(Settings):
    """When the user's turn begins and ends."""

    threshold: float = Field(
        default=0.5,
        ge=0.2,
        le=0.95,
        description="speech probability that counts as speech",
    )
    start: Duration = Field(
        default=seconds(0.064), ge=0.032, le=1, description="speech that begins a turn"
    )
    silence: Duration = Field(
        default=seconds(0.5), ge=0.1, le=5, description="silence that ends a turn"
    )
    pre_roll: Duration = Field(
        default=seconds(0.25),
        ge=0,
        le=2,
        description="audio kept from before a turn began",
    )
    longest: Duration = Field(
        default=seconds(30), ge=2, le=120, description="a turn this long is ended"
    )


class PocketsphinxSettings(Settings):
    """Speech to text by pocketsphinx: free speech, or exactly what a grammar says."""

    use: Literal["pocketsphinx"]
    grammar: ExistingFile | None = Field(
        default=None, description="a JSGF file; only what it says is recognised"
    )
    grammar_text: str | None = Field(
        default=None, min_length=1, description="the same, written into the spec"
    )
    phrases: tuple[str, ...] | None = Field(
        default=None,
        min_length=1,
        strict=False,
        description="a grammar of just these phrases",
    )
    dictionary: dict[str, str] = Field(
        default_factory=dict,
        description="pronunciations of further words, as ARPAbet: 'R OW V ER'",
    )

    @model_validator(mode="after")
    def _one_grammar(self) -> "PocketsphinxSettings":
        names = ("grammar", "grammar_text", "phrases")
        given = [name for name in names if getattr(self, name) is not None]
        if len(given) > 1:
            message = f"'{given[0]}' and '{given[1]}' exclude each other; keep one"
            raise ValueError(message)
        return self


class WhisperSettings(Settings):
    """Speech to text by faster-whisper (`pip install realtime-run-local[whisper]`)."""

    use: Literal["whisper"]
    model_path: ExistingFolder = Field(
        description="the folder of a CTranslate2 model, such as tiny.en"
    )
    language: str = Field(
        default="en", pattern=r"^[a-z]{2,3}$", description="the language that is spoken"
    )
    threads: int = Field(default=2, ge=1, le=64, description="processor threads to use")


class EspeakSettings(Settings):
    """Text to speech by espeak-ng."""

    use: Literal["espeak"]
    voice: str = Field(
        default="en-us", min_length=1, description="a voice of espeak-ng"
    )
    rate: int = Field(default=165, ge=80, le=450, description="words a minute")
    pitch: int = Field(default=50, ge=0, le=99, description="height of the voice")
    volume: int = Field(default=100, ge=0, le=200, description="100 is the voice's own")


class PiperSettings(Settings):
    """Text to speech by Piper (`pip install realtime-run-local[piper]`)."""

    use: Literal["piper"]
    voice_path: ExistingFile = Field(
        description="a voice, FILE.onnx; FILE.onnx.json stands beside it"
    )
    speed: float = Field(
        default=1.0, ge=0.5, le=2, description="1.5 speaks half as fast again"
    )


class ReplySettings(Settings):
    """One rule: what the user says, and what is answered or done."""

    when: str = Field(description="a phrase pattern, or a regular expression in /…/")
    say: str = Field(min_length=1, description="the answer; {names} are filled in")
    tool: str | None = Field(
        default=None, min_length=1, description="the tool to call first"
    )
    arguments: dict[str, str | int | float | bool] = Field(
        default_factory=dict,
        description="further arguments of the tool; {names} in texts are filled in",
    )
    say_on_failure: str | None = Field(
        default=None, min_length=1, description="the answer if the tool failed"
    )
    _pattern: Pattern = PrivateAttr()

    @model_validator(mode="after")
    def _fits_together(self) -> "ReplySettings":
        self._pattern = compiled(self.when)
        known = (*_ALWAYS_KNOWN, *self._pattern.groups)
        if self.tool is None:
            for name in ("arguments", "say_on_failure"):
                if getattr(self, name):
                    message = f"'{name}' needs a 'tool'"
                    raise ValueError(message)
        for text in self.arguments.values():
            if isinstance(text, str):
                templates.check(text, known)
        of_tools = (*known, *(_OF_TOOLS if self.tool else ()))
        templates.check(self.say, of_tools)
        if self.say_on_failure is not None:
            templates.check(self.say_on_failure, of_tools)
        return self

    @property
    def pattern(self) -> Pattern:
        """`when`, compiled."""
        return self._pattern


class RulesSettings(Settings):
    """A brain of rules: deterministic, immediate, and only as clever as its author."""

    use: Literal["rules"]
    replies: tuple[ReplySettings, ...] = Field(
        default=(), strict=False, description="the rules; the first that fits answers"
    )
    built_in: bool = Field(
        default=True,
        description="after them: greetings, the time, sums, stop and thanks",
    )
    otherwise: str = Field(
        default="I heard: {heard}",
        min_length=1,
        description="the answer if no rule fits",
    )
    name: str = Field(default="the rover", min_length=1, description="fills {agent}")

    @model_validator(mode="after")
    def _otherwise_is_a_template(self) -> "RulesSettings":
        templates.check(self.otherwise, _ALWAYS_KNOWN)
        return self


class ChatSettings(Settings):
    """A brain behind an OpenAI-compatible `/chat/completions`, such as Ollama's."""

    use: Literal["chat"]
    base_url: Endpoint = Field(
        default="http://127.0.0.1:11434/v1",
        description="what `/chat/completions` follows",
    )
    model: str = Field(min_length=1, description="the model's name at the endpoint")
    api_key: Secret | None = Field(default=None, description="sent as a bearer token")
    temperature: float = Field(
        default=0.7, ge=0, le=2, description="0 is the most predictable"
    )
    max_tokens: int = Field(
        default=400, ge=1, le=32_000, description="the longest answer"
    )
    max_history: int = Field(
        default=40,
        ge=2,
        le=1000,
        description="items of the conversation sent with each turn",
    )
    timeout: Duration = Field(
        default=seconds(20),
        ge=0.1,
        le=300,
        description="the longest wait for the next piece",
    )


SpeechToTextSettings: TypeAlias = Annotated[
    PocketsphinxSettings | WhisperSettings, Field(discriminator="use")
]
BrainSettings: TypeAlias = Annotated[
    RulesSettings | ChatSettings, Field(discriminator="use")
]
TextToSpeechSettings: TypeAlias = Annotated[
    EspeakSettings | PiperSettings, Field(discriminator="use")
]


class LocalSettings(Settings):
    """A pipeline on this machine: VAD, speech to text, brain, text to speech."""

    vad: VadSettings = Field(
        default_factory=VadSettings, description="when the user's turn begins and ends"
    )
    speech_to_text: SpeechToTextSettings = Field(
        default_factory=lambda: PocketsphinxSettings(use="pocketsphinx"),
        description="how speech is recognised",
    )
    brain: BrainSettings = Field(
        default_factory=lambda: RulesSettings(use="rules"),
        description="what is answered",
    )
    text_to_speech: TextToSpeechSettings = Field(
        default_factory=lambda: EspeakSettings(use="espeak"),
        description="how the answer is spoken",
    )
