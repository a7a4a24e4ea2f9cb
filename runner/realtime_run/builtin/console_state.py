"""What the console shows: pure.

The live view shows the state as long as it is true; lines are printed once and stay.
How events change the state is in `console_steps`.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from realtime_run.media.levels import SILENCE_DB

Phase: TypeAlias = Literal[
    "connecting",
    "listening",
    "user talking",
    "user speaking",
    "thinking",
    "agent speaking",
    "ended",
]
LineKind: TypeAlias = Literal[
    "note", "you", "agent", "tool", "interrupted", "latency", "warning", "error"
]
_OPEN_SEGMENTS = 4
_CLOSED_KEYS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Something finished, to be printed once. Its parts hold no control characters."""

    kind: LineKind
    text: str
    label: str = ""
    """Whose it is, or what: `you`, `agent`, `tool`, `error`."""
    unheard: str | None = None
    """What was cut from the end of what an agent says, for it was interrupted."""
    passing: bool = False
    """A live view shows it as long as it is true, and needs no line."""

    def __str__(self) -> str:
        text = f"{self.label}: {self.text}" if self.label else self.text
        match self.unheard:
            case None:
                return text
            case "":
                return f"{text} [cut]"
            case unheard:
                return f"{text} [not heard: {unheard}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A transcript that is still being said."""

    key: str
    """Its item or response."""
    label: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcripts:
    """One side's transcripts: those still open, oldest first, and which were closed."""

    open: tuple[Segment, ...] = ()
    closed: tuple[str, ...] = ()
    """Keys, to print nothing twice."""

    def said(self, key: str, label: str, text: str, *, more: bool) -> "Transcripts":
        """Return them after `text` was said: `more` of a segment, or all of it."""
        before = next((each.text for each in self.open if each.key == key), "")
        others = tuple(each for each in self.open if each.key != key)
        segment = Segment(key=key, label=label, text=before + text if more else text)
        return Transcripts(
            open=(*others, segment)[-_OPEN_SEGMENTS:], closed=self.closed
        )

    def close(self, key: str) -> "tuple[Transcripts, Segment | None]":
        """Return them without the segment `key`, and that segment."""
        segment = next((each for each in self.open if each.key == key), None)
        return (
            Transcripts(
                open=tuple(each for each in self.open if each.key != key),
                closed=(*self.closed, key)[-_CLOSED_KEYS:],
            ),
            segment,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleState:
    """Everything the live view shows."""

    connected: bool = False
    ended: bool = False
    user_speaking: bool = False
    agent_speaking: bool = False
    thinking: bool = False
    user: Transcripts = Transcripts()
    agent: Transcripts = Transcripts()
    tools: tuple[tuple[str, str], ...] = ()
    """Calls that are running: id, and how the call reads."""
    user_ended_ns: int | None = None
    """When the user last finished, until the agent answers."""
    latency_ms: int | None = None
    """From there to the first sound of the last answer."""
    began_ns: int | None = None
    """When the conversation was connected first."""
    epoch: int = 0
    """What began in an earlier one was cut."""
    interruptions: int = 0
    false_alarms: int = 0
    errors: int = 0
    microphone_db: float = SILENCE_DB
    agent_db: float = SILENCE_DB
    typing: str | None = None
    """The line that is being typed; None: nobody sits at a keyboard."""
    cursor: int = 0
    """Where in it the next character goes."""
    talking: bool = False
    """The user holds the floor by a key."""

    @property
    def phase(self) -> Phase:
        """What goes on, in a word or two."""
        if self.ended:
            return "ended"
        if not self.connected:
            return "connecting"
        if self.talking:
            return "user talking"
        if self.user_speaking:
            return "user speaking"
        if self.agent_speaking:
            return "agent speaking"
        return "thinking" if self.thinking or self.tools else "listening"


Step: TypeAlias = tuple[ConsoleState, tuple[Line, ...]]
"""What is shown after an event, and the lines that it finishes."""
