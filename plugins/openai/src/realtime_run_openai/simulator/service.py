"""One session of the simulated service: client events and time in, outputs out.

Pure: it has no loop, clock or socket. What carries it calls `tick` at `deadline`, turns
texts into speech when it is asked to, and performs what each call returns, in order.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from realtime_run.core.pcm import Pcm
from realtime_run.simulation.agenda import Activity
from realtime_run.simulation.model import Mind
from realtime_run.simulation.outputs import Close, Drop, Outbox, Output
from realtime_run_openai.simulator.client_events import ClientEvents
from realtime_run_openai.simulator.desk import Desk, Options
from realtime_run_openai.simulator.disturbance import Disturbance
from realtime_run_openai.simulator.listening import Listening
from realtime_run_openai.simulator.playback import Playback
from realtime_run_openai.simulator.refusals import Refusal
from realtime_run_openai.simulator.remote_tools import RemoteTools
from realtime_run_openai.simulator.requests import parse_request
from realtime_run_openai.simulator.responder import Responder
from realtime_run_openai.simulator.session import SessionState

_EXPIRED = "Your session hit the maximum duration of 60 minutes."
_IDLE = "idle"


class Service:
    """One session, from its opening to its end.

    Args:
        options: How the service behaves.
        model: The model's name.
        mind: What the model says.
        new_id: Makes ids, given their prefix.
        at_s: The time now, in monotonic seconds.
        unix_s: The time now, in seconds since 1970, for `expires_at`.
    """

    def __init__(
        self,
        options: Options,
        *,
        model: str,
        mind: Mind,
        new_id: Callable[[str], str],
        at_s: float,
        unix_s: float,
    ) -> None:
        out = Outbox(new_id)
        session = SessionState(
            model, new_id("sess"), int(unix_s + self._lifetime(options))
        )
        self._desk = desk = Desk(
            options=options,
            session=session,
            out=out,
            mind=mind,
            conversation_id=new_id("conv"),
            now_s=at_s,
        )
        # A call is configured before it begins: it needs no update.
        ready = "session.created" if desk.is_webrtc else "session.updated"
        self._disturbance = Disturbance(options.faults, ready)
        self._playback = Playback(desk)
        remote_tools = RemoteTools(desk)
        self._responder = Responder(desk, self._playback, remote_tools, self._done)
        self._listening = Listening(desk, self._speech_began, self._turn_ended)
        self._events = ClientEvents(
            desk, self._listening, self._responder, self._playback, remote_tools
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
        if desk.options.faults.quota:
            message = "You exceeded your current quota, please check your plan."
            kind = "insufficient_quota"
            desk.refuse(Refusal(code=kind, message=message, kind=kind))
            desk.out.put(Close(1000))
        lifetime_s = self._lifetime(desk.options)
        desk.agenda.start("expiry", self._expire(), at_s + lifetime_s)
        return self._taken()

    def receive(self, text: str | bytes, at_s: float) -> tuple[Output, ...]:
        """Take a message of the client; whatever it is, it never raises."""
        if self._has_ended:
            return ()
        self._desk.now_s = at_s
        request, event_id = parse_request(text)
        if isinstance(request, Refusal):
            refusal: Refusal | None = request
        else:
            refusal = self._events.obey(request)
        if refusal is not None:
            self._desk.refuse(refusal, event_id)
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
        outputs: Iterable[Output] = self._desk.out.take()
        sent = self._disturbance.apply(outputs)
        self._has_ended = any(isinstance(one, Close | Drop) for one in sent)
        return sent

    def _lifetime(self, options: Options) -> float:
        expire_s = options.faults.expire_s
        return options.lifetime_s if expire_s is None else expire_s

    def _speech_began(self) -> None:
        self._desk.agenda.stop(_IDLE)
        detection = self._desk.session.turn_detection or {}
        if detection.get("interrupt_response"):
            self._playback.clear()
            self._responder.cancel(None, "turn_detected")

    def _turn_ended(self) -> None:
        refusal = self._responder.create()
        if refusal is not None:
            self._desk.refuse(refusal)

    def _done(self, heard_at_s: float) -> None:
        detection = self._desk.session.turn_detection or {}
        timeout_ms = detection.get("idle_timeout_ms")
        if timeout_ms is not None and not self._listening.in_turn:
            at_s = max(self._desk.now_s, heard_at_s) + timeout_ms / 1000
            self._desk.agenda.start(_IDLE, self._idle(timeout_ms), at_s)

    def _idle(self, timeout_ms: int) -> Activity:
        if self._responder.current is None and not self._listening.in_turn:
            self._listening.timed_out(timeout_ms)
            self._responder.create()
        yield 0.0

    def _expire(self) -> Activity:
        self._desk.refuse(Refusal(code="session_expired", message=_EXPIRED))
        self._desk.out.put(Close(1001, _EXPIRED))
        yield 0.0
