"""What a brain is asked, and what it gives piece by piece."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from realtime_run_local.history import Entry


@dataclass(frozen=True, slots=True)
class Sentence:
    """The next thing to say."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A tool to be run."""

    call_id: str
    name: str
    arguments: str
    """A JSON object, as the model wrote it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The last piece, if there is more to say than that it was the last."""

    complete: bool = True
    """False: the answer was cut off at its allowed length."""
    usage: Mapping[str, object] = field(default_factory=dict[str, object])
    """Tokens, in the endpoint's own words."""


Piece: TypeAlias = Sentence | ToolCall | Finished


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What is to be answered."""

    entries: tuple[Entry, ...]
    """The whole conversation, the news included."""
    news: tuple[Entry, ...] = ()
    """What has not been answered yet; empty: answer the conversation as it stands."""
    instructions: str | None = None
    """What the answer shall do, and no other."""
    words: str | None = None
    """What a brain says that reads no instructions; None: these."""


class BrainError(Exception):
    """The brain cannot answer; the conversation goes on."""

    def __init__(self, message: str, code: str | None = None) -> None:
        self.message = message
        self.code = code
        super().__init__(message)


class Brain(Protocol):
    """Answers turns, one at a time."""

    def respond(self, turn: Turn) -> AsyncGenerator[Piece, None]:
        """Give the answer piece by piece; closing the generator stops thinking.

        Raises:
            BrainError: If it cannot, at any point.
        """
        ...
