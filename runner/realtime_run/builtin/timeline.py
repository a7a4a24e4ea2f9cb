"""Where samples belong on a recording's timeline, in frames since its first sound.

The user's microphone is the clock: its samples follow each other without a gap while it
sends, since every gap would be a click. What the agent says is put where the user is at
that moment.
"""

from dataclasses import dataclass, replace

_SECOND_NS = 1_000_000_000
AGENT_GAP_MS = 60
"""Shorter gaps between the agent's samples are jitter of the clock, not pauses."""
USER_GAP_MS = 500
"""Longer gaps between the user's samples mean that the microphone did not send: muted,
or the connection was away. Shorter ones are lateness, which it makes up for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """How far each side has been written."""

    rate_hz: int
    started_ns: int | None = None
    """When the first sound of either side came, on the monotonic clock."""
    user_end: int = 0
    agent_end: int = 0

    @property
    def frames(self) -> int:
        """How long the recording is."""
        return max(self.user_end, self.agent_end)


def place_user(timeline: Timeline, frames: int, at_ns: int) -> tuple[Timeline, int]:
    """Return where `frames` frames of the microphone that came at `at_ns` belong."""
    timeline = _begun(timeline, at_ns)
    start = timeline.user_end
    now = _elapsed(timeline, at_ns)
    if now - start >= _frames(timeline, USER_GAP_MS):
        start = now
    return replace(timeline, user_end=start + frames), start


def place_agent(timeline: Timeline, frames: int, at_ns: int) -> tuple[Timeline, int]:
    """Return where `frames` frames that were played at `at_ns` belong."""
    timeline = _begun(timeline, at_ns)
    start = timeline.agent_end
    now = max(timeline.user_end, _elapsed(timeline, at_ns))
    if now - start >= _frames(timeline, AGENT_GAP_MS):
        start = now
    return replace(timeline, agent_end=start + frames), start


def _begun(timeline: Timeline, at_ns: int) -> Timeline:
    if timeline.started_ns is not None:
        return timeline
    return replace(timeline, started_ns=at_ns)


def _elapsed(timeline: Timeline, at_ns: int) -> int:
    started = at_ns if timeline.started_ns is None else timeline.started_ns
    return max(0, at_ns - started) * timeline.rate_hz // _SECOND_NS


def _frames(timeline: Timeline, milliseconds: int) -> int:
    return timeline.rate_hz * milliseconds // 1000
