"""What was said before a connection, as the end of its instructions.

Qwen takes no answers of the model's own as items of a new conversation, so that the
history cannot be told as such. What the user said, it takes from Qwen3.5 on.
"""

import re
from collections.abc import Sequence

from realtime_run.core.provider_events import Role
from realtime_run.plugin.provider_api import HistoryItem

_NAME = "conversation_so_far"
BEGIN = f"<{_NAME}>"
"""The line before the digest."""
END = f"</{_NAME}>"
"""The line after it, and the last of the instructions."""
MOST_CHARACTERS = 12_000
"""Of the lines between: some 4,000 tokens, which every answer pays for again."""
MOST_OF_ONE = 2_000
"""Of one line."""

_NAMED = re.compile(_NAME, re.IGNORECASE)
"""In any case: the model would take a mark in capitals for one, too."""
_EXPLAINED = (
    "The conversation goes on after an interruption of the connection. This is what was"
    " said before, oldest first. Do not greet the user again, and do not repeat it."
)
_SPEAKERS: dict[Role, str] = {
    "user": "User",
    "assistant": "You",
    "system": "System",
}


def with_history(instructions: str, history: Sequence[HistoryItem]) -> str:
    """Return instructions that end in a digest of what was said.

    One line for each item: `User: ...`, `You: ...` or `System: ...`. When they are too
    many, the newest are kept, and an ellipsis stands for the rest.

    Args:
        instructions: The session's.
        history: Oldest first; empty: the instructions stay as they are.
    """
    lines = _newest([_line(item) for item in history if item.text.strip()])
    if not lines:
        return instructions
    digest = "\n".join((_EXPLAINED, BEGIN, *lines, END))
    return f"{instructions}\n\n{digest}" if instructions else digest


def parted(
    history: Sequence[HistoryItem], *, as_texts: bool
) -> tuple[tuple[HistoryItem, ...], tuple[HistoryItem, ...]]:
    """Return what the digest tells, and what the user said last that is unanswered.

    The latter becomes an item of the new conversation: an answer that is asked for then
    has something to answer.

    Args:
        history: Oldest first.
        as_texts: Whether the model takes texts; if not, all of it is for the digest.
    """
    end = len(history)
    while as_texts and end and history[end - 1].role == "user":
        end -= 1
    return tuple(history[:end]), tuple(history[end:])


def _line(item: HistoryItem) -> str:
    # On one line, and unable to end the digest.
    text = _NAMED.sub(_NAME.replace("_", " "), " ".join(item.text.split()))
    if len(text) > MOST_OF_ONE:
        text = text[: MOST_OF_ONE - 1] + "…"
    return f"{_SPEAKERS[item.role]}: {text}"


def _newest(lines: Sequence[str]) -> tuple[str, ...]:
    kept: list[str] = []
    left = MOST_CHARACTERS
    for line in reversed(lines):
        left -= len(line) + 1
        if left < 0:
            kept.append("…")
            break
        kept.append(line)
    return tuple(reversed(kept))
