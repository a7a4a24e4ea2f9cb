"""What is known of OpenAI's Realtime models, as data. Unknown ones are passed on."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

AS_OF = date(2026, 11, 22)
"""When this was looked up."""

_SNAPSHOT = re.compile(r"-\d{4}-\d{2}-\d{2}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A model and its dated snapshots."""

    reasons: bool
    """It takes `reasoning` and `parallel_tool_calls`."""
    sees: bool = True
    """It takes images."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shutdown:
    """A model that will be gone."""

    on: date
    successor: str


FAMILIES: Mapping[str, Family] = {
    "gpt-realtime-2.1": Family(reasons=True),
    "gpt-realtime-2.1-mini": Family(reasons=True),
    "gpt-realtime-2": Family(reasons=True),
    "gpt-realtime-1.5": Family(reasons=False),
    "gpt-realtime": Family(reasons=False),
    "gpt-realtime-mini": Family(reasons=False),
    "gpt-4o-realtime-preview": Family(reasons=False, sees=False),
    "gpt-4o-mini-realtime-preview": Family(reasons=False, sees=False),
}

_END_OF_MODELS = date(2027, 1, 20)
_END_OF_TRANSCRIBERS = date(2027, 2, 26)
_REALTIME = Shutdown(on=_END_OF_MODELS, successor="gpt-realtime-2.1")
_MINI = Shutdown(on=_END_OF_MODELS, successor="gpt-realtime-2.1-mini")
_TRANSCRIBER = Shutdown(on=_END_OF_TRANSCRIBERS, successor="gpt-live-transcribe")

SHUTDOWNS: Mapping[str, Shutdown] = {
    "gpt-realtime": _REALTIME,
    "gpt-realtime-2025-08-28": _REALTIME,
    "gpt-realtime-mini": _MINI,
    "gpt-realtime-mini-2025-12-15": _MINI,
    "whisper-1": _TRANSCRIBER,
    "gpt-4o-transcribe": _TRANSCRIBER,
    "gpt-4o-transcribe-diarize": _TRANSCRIBER,
    "gpt-4o-mini-transcribe": _TRANSCRIBER,
    "gpt-4o-mini-transcribe-2025-12-15": _TRANSCRIBER,
}
"""Announced ends, by the exact name: other snapshots have ends of their own."""


def family_name(model: str) -> str:
    """Return a model's name without the date of a snapshot."""
    return _SNAPSHOT.sub("", model)


def family_of(model: str) -> Family | None:
    """Return what is known of a model, or None."""
    return FAMILIES.get(family_name(model))


def is_of_another_api(model: str) -> bool:
    """Return whether a model is one of GPT-Live, which speaks another protocol."""
    return model.startswith("gpt-live") and "transcribe" not in model
