"""A session of the simulated service in a test's hand, every message validated."""

import base64
import itertools
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from realtime_run.core.pcm import Pcm
from realtime_run.simulation.model import Mind
from realtime_run.simulation.outputs import Close
from realtime_run.simulation.script import Script, ScriptedTurn
from realtime_run.simulation.tones import spoken
from realtime_run.testing.simulated.hand_session import HandSession
from realtime_run_gemini.simulator.desk import Options
from realtime_run_gemini.simulator.faults import parse_faults
from realtime_run_gemini.simulator.habits import kind_of
from realtime_run_gemini.simulator.place import Place
from realtime_run_gemini.simulator.resumption import Handles
from realtime_run_gemini.simulator.service import Service

MODEL = "models/gemini-3.8-live"
RATE_HZ = 16_000


class Client(HandSession):
    """One session, and a clock that goes on when it is told to."""

    def __init__(
        self, service: Service, at_s: float, validate: Callable[[Any], None]
    ) -> None:
        self.service = service
        super().__init__(service, at_s=at_s, judge=validate)

    def send(self, **message: Any) -> list[dict[str, Any]]:
        """Send a message, and return what came at once."""
        return self.send_raw(json.dumps(message))

    def setup(self, **fields: Any) -> list[dict[str, Any]]:
        return self.send(setup={"model": MODEL, **fields})

    def write(self, text: str) -> list[dict[str, Any]]:
        return self.send(realtimeInput={"text": text})

    def tell(self, *turns: tuple[str, str], complete: bool = False) -> None:
        """Add to the history: pairs of a role and a text."""
        given = [{"role": role, "parts": [{"text": text}]} for role, text in turns]
        self.send(clientContent={"turns": given, "turnComplete": complete})

    def speak(self, pcm: Pcm) -> None:
        """Speak in pieces of 40 ms, at the pace of speech."""
        size = pcm.rate_hz // 25 * 2
        for at in range(0, len(pcm.data), size):
            self.wait(0.04)
            data = base64.b64encode(pcm.data[at : at + size]).decode()
            audio = {"mimeType": f"audio/pcm;rate={pcm.rate_hz}", "data": data}
            self.send(realtimeInput={"audio": audio})

    def answer_calls(self, output: str, **more: Any) -> list[dict[str, Any]]:
        """Return a result for each function that was called."""
        responses = [
            {
                "id": call["id"],
                "name": call["name"],
                "response": {"output": output},
                **more,
            }
            for call in self.calls
        ]
        return self.send(toolResponse={"functionResponses": responses})

    @property
    def kinds(self) -> list[str]:
        """What came, a run of the same kind as one."""
        kinds = (kind_of(event) for event in self.events)
        return [kind for kind, _ in itertools.groupby(kinds)]

    @property
    def calls(self) -> list[dict[str, Any]]:
        return [
            call
            for event in self.of("toolCall")
            for call in event["toolCall"]["functionCalls"]
        ]

    @property
    def said(self) -> str:
        """What the model said, in words."""
        return self._words("outputTranscription")

    @property
    def heard(self) -> str:
        """What the user is taken to have said."""
        return self._words("inputTranscription")

    @property
    def handle(self) -> str:
        """The last handle to go on by."""
        updates = [one["sessionResumptionUpdate"] for one in self.of(UPDATE)]
        return str([one["newHandle"] for one in updates if one][-1])

    @property
    def closed(self) -> Close | None:
        """How the service ended the connection."""
        found = [one for one in self.outputs if isinstance(one, Close)]
        return found[-1] if found else None

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if kind_of(event) == kind]

    def _words(self, kind: str) -> str:
        return "".join(
            event["serverContent"][kind]["text"]
            for event in self.events
            if kind in event.get("serverContent", {})
        )


UPDATE = "sessionResumptionUpdate"
MakeClient = Callable[..., Client]


class Server:
    """Sessions that share their handles."""

    def __init__(self, validate: Callable[[Any], None]) -> None:
        ids = itertools.count()
        self._validate = validate
        self._new_id: Callable[[str], str] = lambda prefix: f"{prefix}-{next(ids)}"
        self._handles = Handles(7_200, self._new_id)

    def connect(
        self,
        *turns: ScriptedTurn,
        faults: Mapping[str, str] | None = None,
        place: Place | None = None,
        at_s: float = 0.0,
        **options: Any,
    ) -> Client:
        """Begin a session with a script; nothing is set up."""
        service = Service(
            Options(faults=parse_faults(faults or {}), **options),
            place=place or Place(),
            handles=self._handles,
            mind=Mind(Script(turns=turns)),
            new_id=self._new_id,
        )
        checks = "unknown_event" not in (faults or {})
        return Client(service, at_s, self._validate if checks else _anything)


def _anything(_: object) -> None:
    pass


@pytest.fixture
def connect(official: Any) -> MakeClient:
    """Begins sessions, whose every message Google's SDK judges."""
    return Server(official.server).connect


@pytest.fixture
def connect_unjudged() -> MakeClient:
    """Begins sessions without the SDK, which costs a millisecond a message."""
    return Server(_anything).connect


@pytest.fixture
def client(connect: MakeClient) -> Client:
    """A session that is set up, with transcripts."""
    made = connect()
    made.setup(inputAudioTranscription={}, outputAudioTranscription={})
    made.forget()
    return made


@pytest.fixture
def voice() -> Pcm:
    """A second of sound, and the silence that ends the turn."""
    return spoken("hello there you").resample(RATE_HZ) + Pcm.silence(600, RATE_HZ)
