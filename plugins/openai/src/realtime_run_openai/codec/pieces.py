"""Cuts what is too long for one message of a WebRTC data channel.

A server that states no limit takes messages of 65,536 bytes (RFC 8841, section 6.1),
and OpenAI's states none.
"""

import json

MOST_CHARACTERS = 4_000
"""Of a text in one message: a character may take 12 bytes in JSON."""
MOST_BYTES = 60_000
"""Of a tool's result in one message, in JSON: it cannot be told in pieces."""


def pieces(text: str) -> tuple[str, ...]:
    """Return a text in pieces that each fit into a message; at least one."""
    starts = range(0, max(len(text), 1), MOST_CHARACTERS)
    return tuple(text[start : start + MOST_CHARACTERS] for start in starts)


def shortened(text: str) -> str:
    """Return as much of a text, from its beginning, as fits into a message."""
    kept = text
    while (size := len(json.dumps(kept))) > MOST_BYTES:
        kept = kept[: len(kept) * MOST_BYTES // size - 1]
    return kept
