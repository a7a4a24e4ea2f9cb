"""One session of the simulated service: client messages and time in, outputs out.

Pure: it has no loop, clock or socket. What carries it calls `tick` at `deadline`, turns
texts into speech when it is asked to, and performs what each call returns, in order.
"""

from collections.abc import Callable, Iterable
from typing import Any

from realtime_run.simulation.disturbance import Disturbance
from realtime_run.simulation.model import Mind
from realtime_run.simulation.outputs import Close, Drop, Output
from realtime_run_gemini.simulator.desk import Desk, Options
from realtime_run_gemini.simulator.expiry import start_expiry
from realtime_run_gemini.simulator.habits import HABITS
from realtime_run_gemini.simulator.place import Place
from realtime_run_gemini.simulator.requests import INTERNAL, Refusal, parse_request
from realtime_run_gemini.simulator.resumption import Handles, Saved
from realtime_run_gemini.simulator.session import Session, session_of
from realtime_run_gemini.simulator.setup_rules import family_here, refused_setup
from realtime_run_gemini.simulator.setup_shapes import Setup
from realtime_run_gemini.simulator.shapes import Request
from realtime_run_gemini.simulator.talk import Talk

_FIRST = "setup must be the first message and only the first."
_QUOTA = "You exceeded your current quota, please check your plan and billing details."


class Service:
    """One session, from its setup to its end.

    Args:
        options: How the service behaves.
        place: Where the client connected.
        handles: What other sessions can be gone on with by.
        mind: What the model says, unless the session is an earlier one.
        new_id: Makes ids, given their prefix.
        constrain: Changes what the client sets up, as its token demands.
    """

    def __init__(
        self,
        options: Options,
        *,
        place: Place,
        handles: Handles,
        mind: Mind,
        new_id: Callable[[str], str],
        constrain: Callable[[Setup], Setup | Refusal] = lambda setup: setup,
    ) -> None:
        self._options = options
        self._place = place
        self._handles = handles
        self._mind = mind
        self._new_id = new_id
        self._constrain = constrain
        self._desk: Desk | None = None
        self._talk: Talk | None = None
        self._disturbance = Disturbance(options.faults, HABITS)
        self._has_ended = False

    @property
    def deadline(self) -> float | None:
        """When `tick` is to be called next; None: not at all."""
        if self._has_ended or self._desk is None:
            return None
        return self._desk.agenda.deadline

    @property
    def has_ended(self) -> bool:
        """Whether it has closed the connection."""
        return self._has_ended

    def open(self, at_s: float) -> tuple[Output, ...]:  # noqa: ARG002 - the contract
        """Greet the client: this service waits for its setup."""
        return ()

    def receive(self, text: str | bytes, at_s: float) -> tuple[Output, ...]:
        """Take a message of the client; whatever it is, it never raises."""
        if self._has_ended:
            return ()
        request = parse_request(text)
        desk, talk = self._desk, self._talk
        if desk is None or talk is None:
            return self._begin(request, at_s)
        desk.now_s = at_s
        refusal = request if isinstance(request, Refusal) else talk.obey(request)
        if refusal is not None:
            desk.refuse(refusal)
        return self._sent(desk.take())

    def spoken(self, response_id: str, pcm: bytes, at_s: float) -> tuple[Output, ...]:
        """Take the speech that a `Speak` asked for: mono s16le at 24 kHz."""
        desk, talk = self._desk, self._talk
        if self._has_ended or desk is None or talk is None:
            return ()
        desk.now_s = at_s
        talk.spoken(response_id, pcm)
        return self._sent(desk.take())

    def tick(self, at_s: float) -> tuple[Output, ...]:
        """Go on, now that it is so late."""
        desk = self._desk
        if self._has_ended or desk is None:
            return ()
        desk.now_s = at_s
        desk.agenda.run(at_s)
        return self._sent(desk.take())

    def _begin(self, request: Request | Refusal, at_s: float) -> tuple[Output, ...]:
        if isinstance(request, Refusal):
            return self._refused(request)
        if not isinstance(request, Setup):
            return self._refused(Refusal(reason=_FIRST))
        setup = self._constrain(request)
        if isinstance(setup, Refusal):
            return self._refused(setup)
        session = self._session(setup)
        if isinstance(session, Refusal):
            return self._refused(session)
        saved = self._saved(setup, at_s)
        if isinstance(saved, Refusal):
            return self._refused(saved)
        return self._ready(session, saved, at_s)

    def _session(self, setup: Setup) -> Session | Refusal:
        rejected = self._options.faults.reject_setup
        if rejected is not None:
            reason = (
                f'Invalid JSON payload received. Unknown name "{rejected}" at'
                " 'setup': Cannot find field."
            )
            return Refusal(reason=reason)
        family = family_here(setup.model, self._place, self._options.models)
        if isinstance(family, Refusal):
            return family
        refusal = refused_setup(setup, family, self._place)
        return refusal or session_of(setup, family, self._place)

    def _saved(self, setup: Setup, at_s: float) -> Saved | Refusal | None:
        """Return the session that is to be gone on with; None: a new one."""
        handle = setup.session_resumption and setup.session_resumption.handle
        if not handle:
            return None
        code = self._options.faults.resume_refused
        if code is not None:
            return Refusal(code=code)
        return self._handles.find(handle, setup.model, at_s)

    def _ready(
        self, session: Session, saved: Saved | None, at_s: float
    ) -> tuple[Output, ...]:
        desk = Desk(
            options=self._options,
            session=session,
            mind=self._mind if saved is None else saved.mind,
            new_id=self._new_id,
            now_s=at_s,
        )
        if saved is not None:
            desk.conversation = saved.conversation
        self._desk = desk
        self._talk = Talk(desk, self._handles)
        named: dict[str, Any] = {}
        if self._options.session_id:
            named["sessionId"] = self._new_id("session")
        desk.send({"setupComplete": named})
        if self._options.faults.quota:
            desk.refuse(Refusal(code=INTERNAL, reason=_QUOTA))
        start_expiry(desk)
        return self._sent(desk.take())

    def _refused(self, refusal: Refusal) -> tuple[Output, ...]:
        return self._sent([Close(refusal.code, refusal.reason)])

    def _sent(self, outputs: Iterable[Output]) -> tuple[Output, ...]:
        sent: list[Output] = []
        for output in self._disturbance.apply(outputs):
            sent.append(output)
            if isinstance(output, Close | Drop):
                self._has_ended = True
                break
        return tuple(sent)
