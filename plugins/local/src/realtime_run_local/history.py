"""What was said, and what was done, in the order of the conversation.

Pure values; the connection holds one `History` and adds to it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from realtime_run.core.provider_events import Role

LONGEST = 1000
"""Entries; the oldest are forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Someone said or wrote something."""

    item_id: str
    role: Role
    text: str
    response_id: str | None = None
    """The response it is part of, if the agent said it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """The agent called a tool."""

    item_id: str
    call_id: str
    name: str
    arguments: str
    """A JSON object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """A tool call came to an end."""

    item_id: str
    call_id: str
    name: str
    output: str
    success: bool


Entry: TypeAlias = Said | Called | Returned


class History:
    """The entries so far."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._entries = list(entries)[-LONGEST:]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All entries, the oldest first."""
        return tuple(self._entries)

    def add(self, *entries: Entry) -> None:
        """Add what happened last."""
        self._entries += entries
        del self._entries[:-LONGEST]

    def extend_text(self, said: Said) -> None:
        """Replace the entry of `said.item_id` by `said`, or add it."""
        at = self._find(said.item_id)
        if at is None:
            self.add(said)
        else:
            self._entries[at] = said

    def truncate(
        self, response_id: str, item_id: str | None, heard: str
    ) -> Said | None:
        """Forget what of an answer was not heard; return what is left of it.

        None if there is nothing to forget: it is unknown, or was heard to its end. An
        answer of which nothing was heard is forgotten altogether.
        """
        heard = " ".join(heard.split())
        for at in range(len(self._entries) - 1, -1, -1):
            entry = self._entries[at]
            if not isinstance(entry, Said) or entry.response_id != response_id:
                continue
            if item_id not in (None, entry.item_id) or heard == entry.text:
                return None
            left = replace(entry, text=heard)
            self._entries[at : at + 1] = [left] if heard else []
            return left
        return None

    def _find(self, item_id: str) -> int | None:
        for at in range(len(self._entries) - 1, -1, -1):
            if self._entries[at].item_id == item_id:
                return at
        return None


def last_said(entries: Sequence[Entry], role: Role) -> Said | None:
    """Return the latest thing that `role` said."""
    for entry in reversed(entries):
        if isinstance(entry, Said) and entry.role == role:
            return entry
    return None


def user_said(entries: Sequence[Entry]) -> tuple[Said, ...]:
    """Return what the user said."""
    return tuple(e for e in entries if isinstance(e, Said) and e.role == "user")


def tool_rounds(entries: Sequence[Entry]) -> int:
    """Return how often tools were called since the user said something.

    Calls made side by side count once.
    """
    rounds = 0
    after_call = False
    for entry in reversed(entries):
        if isinstance(entry, Said) and entry.role == "user":
            break
        is_call = isinstance(entry, Called)
        rounds += is_call and not after_call
        after_call = is_call
    return rounds


def said_before(entries: Sequence[Entry], call_id: str) -> tuple[Said, ...]:
    """Return what the user had said when a tool was called; nothing if it was not."""
    for at, entry in enumerate(entries):
        if isinstance(entry, Called) and entry.call_id == call_id:
            return user_said(entries[:at])
    return ()
