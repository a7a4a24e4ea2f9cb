"""What is known of Gemini's live models, as data. Unknown ones are passed on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

AS_OF = date(2026, 11, 22)
"""When this was looked up."""

Level: TypeAlias = Literal["MINIMAL", "LOW", "MEDIUM", "HIGH", "XHIGH"]
"""How long a model thinks."""
Behavior: TypeAlias = Literal["BLOCKING", "NON_BLOCKING"]
"""BLOCKING: the model pauses until it has the result. NON_BLOCKING: it talks on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """All models whose id begins alike."""

    prefix: str
    thinking: Literal["none", "level", "budget"]
    """What of `thinkingConfig` it takes. none: sending one is an error."""
    levels: tuple[Level, ...] = ()
    """Of these, if it thinks by level; empty: of any."""
    behaviors: tuple[Behavior, ...]
    """What a function may be, the default first; empty: it calls none."""
    text_by: Literal["realtime_input", "client_content"]
    """How a text of the user is sent so that it is answered."""
    content_at_any_time: bool
    """It takes `clientContent` during the conversation. False: only to begin with, and
    `historyConfig` must say so."""
    context_update: bool = False
    """It takes `contextUpdate`."""
    proactive_audio: Literal["never", "choice", "always"] = "never"
    affective_dialog: bool = False
    input_transcription: Literal["choice", "always"] = "choice"
    translates: bool = False
    """It interprets: `translationConfig`, and sound at the pace of speech."""
    sees: bool = True
    """It takes pictures."""


FAMILIES: tuple[Family, ...] = (
    Family(
        prefix="gemini-3.8-live-extended-thinking",
        thinking="level",
        levels=("LOW", "MEDIUM", "HIGH"),
        behaviors=("NON_BLOCKING",),
        text_by="realtime_input",
        content_at_any_time=True,
        context_update=True,
        proactive_audio="always",
    ),
    Family(
        prefix="gemini-3.8-live",
        thinking="none",
        behaviors=("NON_BLOCKING", "BLOCKING"),
        text_by="realtime_input",
        content_at_any_time=True,
        context_update=True,
        proactive_audio="always",
    ),
    Family(
        prefix="gemini-3.5-live-translate",
        thinking="none",
        behaviors=(),
        text_by="realtime_input",
        content_at_any_time=False,
        translates=True,
        sees=False,
    ),
    Family(
        prefix="gemini-3.1-flash-live",
        thinking="level",
        levels=("MINIMAL", "LOW", "MEDIUM", "HIGH"),
        behaviors=("BLOCKING",),
        text_by="realtime_input",
        content_at_any_time=False,
        input_transcription="always",
    ),
    Family(
        prefix="gemini-2.5-flash-native-audio",
        thinking="budget",
        behaviors=("BLOCKING", "NON_BLOCKING"),
        text_by="client_content",
        content_at_any_time=True,
        proactive_audio="choice",
        affective_dialog=True,
    ),
    Family(
        prefix="gemini-live-2.5-flash",
        thinking="budget",
        behaviors=("BLOCKING", "NON_BLOCKING"),
        text_by="client_content",
        content_at_any_time=True,
        proactive_audio="choice",
        affective_dialog=True,
    ),
)
"""The longest prefix first. Sources: ai.google.dev and Google Cloud's pages on Live."""

UNKNOWN = Family(
    prefix="",
    thinking="level",
    behaviors=("NON_BLOCKING", "BLOCKING"),
    text_by="realtime_input",
    content_at_any_time=True,
    context_update=True,
)
"""What is assumed of a model that nothing is known of: that it is a newer one."""

SHUTDOWNS: Mapping[str, date] = {
    "gemini-3.1-flash-live-preview": date(2026, 11, 17),
    "gemini-2.5-flash-native-audio-preview-12-2025": date(2026, 11, 17),
    "gemini-live-2.5-flash-native-audio": date(2026, 12, 13),
}
"""Announced ends, by the exact name."""
SUCCESSOR = "gemini-3.8-live"
GONE = ("gemini-2.0-flash-live", "gemini-live-2.5-flash-preview")
"""Models that have been shut down, by prefix."""


def family_of(model: str) -> Family | None:
    """Return what is known of a model by its id, without `models/`; None: nothing."""
    return next((each for each in FAMILIES if model.startswith(each.prefix)), None)
