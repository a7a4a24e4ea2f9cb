"""What a spec's `barge_in:` asks for, and its presets."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

from realtime_run.core.policy import React

Preset: TypeAlias = Literal["off", "eager", "polite", "guarded"]


class Protect(Struct, frozen=True, kw_only=True):
    """When the agent cannot be interrupted by speech."""

    greeting: bool = False
    start_ms: int = 0
    """So long after a response begins to be heard."""
    tools: bool = False
    """While tools run."""


class BargeIn(Struct, frozen=True, kw_only=True):
    """What happens when the user speaks while the agent does."""

    possible: bool = True
    """False: the user's speech does not interrupt the agent."""
    decide: Literal["auto", "provider", "runner"] = "auto"
    react: React = "pause"
    min_speech_ms: int = 250
    min_words: int = 0
    ignore: tuple[str, ...] = ()
    always: tuple[str, ...] = ()
    resume_after_ms: int | None = 1500
    protect: Protect = Protect()
    heard: Literal["truncate", "note", "keep"] = "truncate"
    tools: Literal["keep", "cancel"] = "keep"
    written: frozenset[str] = frozenset()
    """The fields that the spec names: what it cannot have is refused. The others come
    from a preset, and are left out where they cannot be."""


POLITE = BargeIn()
PRESETS: Mapping[Preset, BargeIn] = {
    "off": BargeIn(possible=False, min_speech_ms=0, resume_after_ms=None),
    "eager": BargeIn(
        decide="provider", react="stop", min_speech_ms=0, resume_after_ms=None
    ),
    "polite": POLITE,
    "guarded": BargeIn(min_speech_ms=500, protect=Protect(greeting=True)),
}


def runner_only(barge_in: BargeIn) -> tuple[str, ...]:
    """Return the fields in use that no provider carries out by itself."""
    used = {
        "react": barge_in.react != "stop",
        "min_speech": barge_in.min_speech_ms > 0,
        "min_words": barge_in.min_words > 0,
        "ignore": bool(barge_in.ignore),
        "always": bool(barge_in.always),
        "protect": barge_in.protect != Protect(),
    }
    return tuple(field for field, is_used in used.items() if is_used)
