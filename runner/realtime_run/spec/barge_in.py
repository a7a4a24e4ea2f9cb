"""What a spec's `barge_in:` may say: the name of a preset, or a block of keys.

In the tree both are a block: a name stands in it under `NAMED`, so that keys of a
higher layer can be laid over it.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, TypeAlias, get_args

from msgspec.structs import replace
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    model_serializer,
    model_validator,
)
from pydantic_core import CoreSchema

from realtime_run.core.presets import PRESETS, BargeIn, Preset, runner_only
from realtime_run.core.words import phrase
from realtime_run.spec.plain import is_mapping
from realtime_run.spec.protection import ProtectSettings
from realtime_run.spec.scalars import show
from realtime_run.spec.tree import NAMED
from realtime_run.spec.values import (
    Duration,
    Settings,
    milliseconds,
    seconds,
    value_error,
    written_duration,
)

NAMES: tuple[Preset, ...] = get_args(Preset)
_ALSO_WHEN_OFF = frozenset({"heard", "tools"})


def _with_words(text: str) -> str:
    if not phrase(text):
        raise value_error(message="there is no word in {got}", got=show(text))
    return text


Words: TypeAlias = Annotated[str, AfterValidator(_with_words)]
"""A text of at least one word."""


class BargeInSettings(Settings):
    """What happens when the user speaks while the agent does.

    The defaults are those of the preset polite.
    """

    preset: Preset = Field(
        default="polite",
        alias="=",  # NAMED: type checkers want it written out
        description="The preset that the other keys lie over.",
    )
    decide: Literal["auto", "provider", "runner"] = Field(
        default="auto",
        description="Who says that a sound is an interruption: auto is the provider,"
        " or the runner as soon as something is asked for that only the runner does.",
    )
    react: Literal["stop", "pause", "duck"] = Field(
        default="pause",
        description="What the speaker does at the first sound: stop drops the rest,"
        " pause keeps it, duck goes on quietly.",
    )
    min_speech: Duration = Field(
        default=seconds(0.25),
        ge=0,
        le=5,
        description="Shorter sounds never interrupt: a cough, a click.",
    )
    min_words: int = Field(
        default=0,
        ge=0,
        le=20,
        description="Fewer words never interrupt. Needs a transcript.",
    )
    ignore: tuple[Words, ...] = Field(
        default=(), description="What does not count: mhm, yeah. Needs a transcript."
    )
    always: tuple[Words, ...] = Field(
        default=(),
        description="What interrupts whatever min_words and ignore say. Needs a"
        " transcript.",
    )
    resume_after: Duration | None = Field(
        default=seconds(1.5),
        gt=0,
        le=60,
        description="How long after a false alarm the agent goes on where it paused;"
        " null gives up the rest.",
    )
    protect: ProtectSettings = Field(
        default=ProtectSettings(), description="When speech interrupts nothing."
    )
    heard: Literal["truncate", "note", "keep"] = Field(
        default="truncate",
        description="What becomes of what the user did not hear: truncate makes the"
        " model forget it, note tells the model in words, keep leaves it.",
    )
    tools: Literal["keep", "cancel"] = Field(
        default="keep",
        description="What an interruption does to the tools that run.",
    )

    @model_validator(mode="after")
    def _has_a_meaning(self) -> "BargeInSettings":
        """Refuse keys that were laid over `off`, where they would do nothing."""
        beside = sorted(self.written - _ALSO_WHEN_OFF)
        if self._base == "off" and beside:
            raise value_error(
                message="with barge_in: off, '{key}' has no meaning",
                hint="name another preset, or write 'decide: auto' beside it",
                key=beside[0],
            )
        return self

    @property
    def written(self) -> frozenset[str]:
        """The keys that were written, `protect` as one."""
        return frozenset(self.model_fields_set) - {"preset"}

    @property
    def named(self) -> Preset | None:
        """The preset that this is, if it is nothing else."""
        return None if self.written else self._base

    def presets(self) -> Mapping[str, Preset]:
        """Return of which preset each key is that was not written."""
        base = self._base
        found: dict[str, Preset] = dict.fromkeys(_keys(), base)
        if self._says(decide="provider"):
            found = dict.fromkeys(found, "eager")
        elif self._says(react="stop") and base != "off":
            found = {**dict.fromkeys(found, "eager"), "protect": base}
        if found["decide"] == "eager" and runner_only(self._filled(found)):
            found["decide"] = "polite"  # auto: what is asked for decides
        return {key: preset for key, preset in found.items() if key not in self.written}

    def preset_of(self, path: Sequence[object]) -> Preset | None:
        """Return which preset a key comes from; None if it was written.

        Args:
            path: Below `barge_in`: `("protect", "start")`.
        """
        presets = self.presets()
        key = str(path[0])
        if key in presets or len(path) == 1:
            return presets.get(key)
        return None if path[1] in self.protect.model_fields_set else self._base

    def lowered(self) -> BargeIn:
        """Return it as the runner carries it out."""
        if self.named is not None:
            return PRESETS[self.named]
        return replace(self._filled(self.presets()), written=self.written)

    @property
    def _base(self) -> Preset:
        revived = self.preset == "off" and "decide" in self.written
        return "polite" if revived else self.preset

    def _says(self, **values: str) -> bool:
        return all(
            key in self.written and getattr(self, key) == value
            for key, value in values.items()
        )

    def _filled(self, presets: Mapping[str, Preset]) -> BargeIn:
        """Return what was written, and the rest as presets have it."""

        def value(key: str, written: object) -> Any:
            if key in self.written:
                return written
            return getattr(PRESETS[presets[key]], _IN_CORE.get(key, key))

        under = PRESETS[presets.get("protect", self._base)].protect
        return BargeIn(
            possible=self._base != "off",
            decide=value("decide", self.decide),
            react=value("react", self.react),
            min_speech_ms=value("min_speech", milliseconds(self.min_speech)),
            min_words=value("min_words", self.min_words),
            ignore=value("ignore", self.ignore),
            always=value("always", self.always),
            resume_after_ms=value("resume_after", milliseconds(self.resume_after)),
            protect=self.protect.over(under),
            heard=value("heard", self.heard),
            tools=value("tools", self.tools),
        )

    @model_serializer
    def _shown(self) -> "str | dict[str, object]":
        """Show a preset as its name, and a block as it applies."""
        return self.named or shown(self.lowered())

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe both ways to write one."""
        block = handler.resolve_ref_schema(handler(schema))
        del block["properties"][NAMED]
        return {"anyOf": [{"enum": list(NAMES)}, block]}


def shown(barge_in: BargeIn) -> dict[str, object]:
    """Return every key of a block, as it is written."""
    after = barge_in.resume_after_ms
    return {
        "decide": barge_in.decide,
        "react": barge_in.react,
        "min_speech": written_duration(barge_in.min_speech_ms / 1000),
        "min_words": barge_in.min_words,
        "ignore": list(barge_in.ignore),
        "always": list(barge_in.always),
        "resume_after": None if after is None else written_duration(after / 1000),
        "protect": {
            "greeting": barge_in.protect.greeting,
            "start": written_duration(barge_in.protect.start_ms / 1000),
            "tools": barge_in.protect.tools,
        },
        "heard": barge_in.heard,
        "tools": barge_in.tools,
    }


_IN_CORE = {"min_speech": "min_speech_ms", "resume_after": "resume_after_ms"}


def _keys() -> list[str]:
    return [key for key in BargeInSettings.model_fields if key != "preset"]


def _block(value: object) -> object:
    if is_mapping(value) or isinstance(value, BargeInSettings):
        return value
    raise value_error(
        message="must be {names} or a block of keys, not {got}",
        names=", ".join(NAMES),
        got=show(value),
    )


BargeInField: TypeAlias = Annotated[BargeInSettings, BeforeValidator(_block)]
"""A preset's name or a block, as the tree has them."""
