"""Handles: a session's conversation, kept to go on over another connection."""

from collections.abc import Callable
from dataclasses import dataclass

from realtime_run.simulation.model import Mind
from realtime_run_gemini.simulator.conversation import Conversation
from realtime_run_gemini.simulator.requests import INVALID, POLICY, Refusal

_MOST = 1_024
_NOT_FOUND = "BidiGenerateContent session not found"
_EXPIRED = "BidiGenerateContent session expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What a handle stands for."""

    model: str
    conversation: Conversation
    mind: Mind
    """It has its place in the script, so it is the same one that goes on."""
    at_s: float


class Handles:
    """All that one simulator handed out.

    Args:
        lifetime_s: How long one is good for.
        new_id: Makes ids, given their prefix.
    """

    def __init__(self, lifetime_s: float, new_id: Callable[[str], str]) -> None:
        self._lifetime_s = lifetime_s
        self._new_id = new_id
        self._saved: dict[str, Saved] = {}

    def save(self, saved: Saved) -> str:
        """Return a handle; the oldest is forgotten where there are too many."""
        while len(self._saved) >= _MOST:
            del self._saved[next(iter(self._saved))]
        handle = self._new_id("handle")
        self._saved[handle] = saved
        return handle

    def find(self, handle: str, model: str, at_s: float) -> Saved | Refusal:
        """Return what a handle stands for, or why it is refused."""
        saved = self._saved.get(handle)
        if saved is None:
            return Refusal(code=POLICY, reason=_NOT_FOUND)
        if saved.at_s + self._lifetime_s <= at_s:
            return Refusal(code=POLICY, reason=_EXPIRED)
        if saved.model != model:
            reason = f"The session was of {saved.model}: a model cannot change."
            return Refusal(code=INVALID, reason=reason)
        return saved
