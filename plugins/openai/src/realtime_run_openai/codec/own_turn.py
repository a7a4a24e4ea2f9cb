"""The user's turn where the session, not the server, says where it begins and ends."""

from collections import deque

from msgspec import Struct, field

LEAST_MS = 100
"""The server commits no less."""
_MOST_COMMITS = 64


def _commits() -> deque[str]:
    return deque(maxlen=_MOST_COMMITS)


class OwnTurn(Struct):
    """What is known of the turn that is going on, and of those before it."""

    began_s: float | None = None
    """None: no turn is going on."""
    sent: int = 0
    """Bytes in the server's buffer that no turn was made of."""
    commits: deque[str] = field(default_factory=_commits)
    """The turns that the server was told of and has not confirmed, oldest first."""
