"""Holds back the end of a response while the server still sends its speech.

Over WebRTC the server says that a response is done when it has made it, and goes on to
speak for as long as that takes: `output_audio_buffer.started`, `stopped`, `cleared`.
"""

from msgspec import Struct

from realtime_run.core.provider_events import ResponseDone

START_S = 2.0
"""How long after the end of a response its speech may begin, and may go on when it was
asked to stop."""
SPEECH_S = 300.0
"""How long a response may be spoken: its 4,096 tokens of audio last 205 s."""


class _Held(Struct):
    done: ResponseDone
    until_s: float


class Sounding:
    """What the server is saying."""

    def __init__(self) -> None:
        self.response_id: str | None = None
        """What is being said now."""
        self._held: dict[str, _Held] = {}

    @property
    def deadline(self) -> float | None:
        """When `overdue` is due; None: not at all."""
        return min((held.until_s for held in self._held.values()), default=None)

    @property
    def waiting(self) -> bool:
        """True while an end is held back."""
        return bool(self._held)

    def started(self, response_id: str, at_s: float) -> None:
        """Note that the server begins to speak."""
        self.response_id = response_id
        held = self._held.get(response_id)
        if held is not None:
            held.until_s = at_s + SPEECH_S

    def over(self, response_id: str) -> ResponseDone | None:
        """Note that the server has stopped speaking, and return what was held back."""
        if self.response_id == response_id:
            self.response_id = None
        held = self._held.pop(response_id, None)
        return held.done if held is not None else None

    def cut(self, at_s: float) -> None:
        """Note that the server was asked to stop: it will say so soon."""
        for held in self._held.values():
            held.until_s = min(held.until_s, at_s + START_S)

    def hold(self, done: ResponseDone, at_s: float) -> None:
        """Hold an end back until its response has been spoken."""
        begun = self.response_id == done.response_id
        until_s = at_s + (SPEECH_S if begun else START_S)
        self._held[done.response_id] = _Held(done, until_s)

    def overdue(self, at_s: float) -> tuple[ResponseDone, ...]:
        """Return what was held back for too long."""
        late = [held.done for held in self._held.values() if held.until_s <= at_s]
        for done in late:
            self.over(done.response_id)
        return tuple(late)
