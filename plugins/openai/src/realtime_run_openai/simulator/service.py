"""One session of the simulated service: client events and time in, outputs out.

Pure: it has no loop, clock or socket. What carries it calls `tick` at `deadline`, turns
texts into speech when it is asked to, and performs what each call returns, in order.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from realtime_run.core.pcm import Pcm
from realtime_run.simulation.agenda import Activity
from realtime_run.simulation.outputs import Close, Drop, Message, Output
from realtime_run_openai.simulator.desk import Desk
from realtime_run_openai.simulator.disturbance import disturbance
from realtime_run_openai.simulator.listening import Listening
from realtime_run_openai.simulator.parts import Parts, Rules
from realtime_run_openai.simulator.playback import Playback
from realtime_run_openai.simulator.refusals import Refusal
from realtime_run_openai.simulator.remote_tools import RemoteTools
from realtime_run_openai.simulator.responder import Responder

_IDLE = "idle"


class Service:
    """One session, from its opening to its end.

    Args:
        desk: What it begins with.
        rules: Makes what obeys the client.
    """

    def __init__(self, desk: Desk, rules: Callable[[Parts], Rules]) -> None:
        self._desk = desk
        # A call is configured before it begins: it needs no update.
        ready = "session.created" if desk.is_webrtc else "session.updated"
        self._disturbance = disturbance(desk.options.faults, ready)
        self._playback = Playback(desk)
        remote_tools = RemoteTools(desk)
        self._responder = Responder(desk, self._playback, remote_tools, self._done)
        self._listening = Listening(desk, self._speech_began, self._turn_ended)
        self._rules = rules(
            Parts(
                desk=desk,
                listening=self._listening,
                responder=self._responder,
                playback=self._playback,
                remote_tools=remote_tools,
            )
        )
        self._has_ended = False

    @property
    def deadline(self) -> float | None:
        """When `tick` is to be called next; None: not at all."""
        return None if self._has_ended else self._desk.agenda.deadline

    @property
    def has_ended(self) -> bool:
        """Whether it has closed the connection."""
        return self._has_ended

    @property
    def session(self) -> Mapping[str, Any]:
        """The session object as it is now."""
        return self._desk.session.snapshot()

    def configure(self, session: dict[str, Any]) -> Refusal | None:
        """Change the session before it is opened; returns what is wrong."""
        return self._desk.session.update(session)

    def open(self, at_s: float) -> tuple[Output, ...]:
        """Greet the client."""
        desk = self._desk
        desk.now_s = at_s
        desk.out.send("session.created", session=desk.session.snapshot())
        self._rules.greet()
        expires_at_s = at_s + desk.options.expires_after_s
        desk.agenda.start("expiry", self._expire(), expires_at_s)
        return self._taken()

    def receive(self, text: str | bytes, at_s: float) -> tuple[Output, ...]:
        """Take a message of the client; whatever it is, it never raises."""
        if self._has_ended:
            return ()
        self._desk.now_s = at_s
        self._rules.take(text)
        return self._taken()

    def hear(self, pcm: Pcm, at_s: float) -> tuple[Output, ...]:
        """Take speech that came as RTP: mono at 24 kHz."""
        if self._has_ended:
            return ()
        self._desk.now_s = at_s
        self._listening.hear(pcm)
        return self._taken()

    def see(self, words: str | None) -> None:
        """Take what is on the video track, in words."""
        self._desk.sight = words

    def spoken(self, response_id: str, pcm: bytes, at_s: float) -> tuple[Output, ...]:
        """Take the speech that a `Speak` asked for: mono s16le at 24 kHz."""
        if self._has_ended:
            return ()
        self._desk.now_s = at_s
        self._responder.spoken(response_id, pcm)
        return self._taken()

    def tick(self, at_s: float) -> tuple[Output, ...]:
        """Go on, now that it is so late."""
        if self._has_ended:
            return ()
        self._desk.now_s = at_s
        self._desk.agenda.run(at_s)
        return self._taken()

    def _taken(self) -> tuple[Output, ...]:
        sent = self._disturbance.apply(self._spoken(self._desk.out.take()))
        self._has_ended = any(isinstance(one, Close | Drop) for one in sent)
        return sent

    def _spoken(self, outputs: Iterable[Output]) -> Iterator[Output]:
        for output in outputs:
            if not isinstance(output, Message):
                yield output
                continue
            event = self._desk.accent.spoken(output.event)
            if event is not None:
                yield Message(event)

    def _speech_began(self) -> None:
        self._desk.agenda.stop(_IDLE)
        detection = self._desk.session.turn_detection or {}
        if detection.get("interrupt_response"):
            self._playback.clear()
            self._responder.cancel(None, "turn_detected")

    def _turn_ended(self) -> None:
        self._rules.respond()

    def _done(self, heard_at_s: float) -> None:
        detection = self._desk.session.turn_detection or {}
        timeout_ms = detection.get("idle_timeout_ms")
        if timeout_ms is not None and not self._listening.in_turn:
            at_s = max(self._desk.now_s, heard_at_s) + timeout_ms / 1000
            self._desk.agenda.start(_IDLE, self._idle(timeout_ms), at_s)

    def _idle(self, timeout_ms: int) -> Activity:
        if self._responder.current is None and not self._listening.in_turn:
            self._listening.timed_out(timeout_ms)
            self._rules.respond()
        yield 0.0

    def _expire(self) -> Activity:
        expired = self._desk.accent.expired
        self._desk.refuse(Refusal(code="session_expired", message=expired))
        self._desk.out.put(Close(1001, expired))
        yield 0.0
