"""A session of the simulated service in a test's hand."""

import base64
import itertools
import json
import struct
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest

from realtime_run.core.pcm import Pcm
from realtime_run.simulation.model import Mind
from realtime_run.simulation.script import Script, ScriptedTurn
from realtime_run.simulation.tones import spoken
from realtime_run.testing.simulated.hand_session import HandSession
from realtime_run_openai.simulator.desk import Options, new_desk
from realtime_run_openai.simulator.service import Service
from realtime_run_qwen.simulator.accent import accent_of
from realtime_run_qwen.simulator.behaviour import Behaviour
from realtime_run_qwen.simulator.client_events import ClientEvents
from realtime_run_qwen.simulator.faults import parse_faults

PLUS = "qwen3.5-omni-plus-realtime"
RATE_HZ = 16_000


class Talk(HandSession):
    """One session, and a clock that goes on when it is told to."""

    def __init__(self, service: Service) -> None:
        self.service = service
        super().__init__(service)

    def send(self, kind: str, /, **fields: Any) -> list[dict[str, Any]]:
        """Send an event, and return what came at once."""
        return self.send_raw(json.dumps({"type": kind, **fields}))

    def update(self, **session: Any) -> list[dict[str, Any]]:
        return self.send("session.update", session=session)

    def write(self, text: str) -> list[dict[str, Any]]:
        content = [{"type": "input_text", "text": text}]
        item = {"type": "message", "role": "user", "content": content}
        return self.send("conversation.item.create", item=item)

    def ask(self, text: str) -> None:
        """Write, and wait for the whole answer."""
        self.write(text)
        self.send("response.create")
        self.wait(60)

    def show(self, jpeg: bytes) -> list[dict[str, Any]]:
        image = base64.b64encode(jpeg).decode()
        return self.send("input_image_buffer.append", image=image)

    def speak(self, pcm: Pcm) -> None:
        """Speak in pieces of 100 ms, at the pace of speech."""
        size = pcm.rate_hz // 10 * 2
        for at in range(0, len(pcm.data), size):
            self.wait(0.1)
            audio = base64.b64encode(pcm.data[at : at + size]).decode()
            self.send("input_audio_buffer.append", audio=audio)

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.events]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] == kind]


MakeTalk = Callable[..., Talk]


@pytest.fixture
def make_talk() -> MakeTalk:
    def make(
        *turns: ScriptedTurn,
        model: str = PLUS,
        faults: Mapping[str, str] | None = None,
        cancel_done: bool = False,
        lifetime_s: float = 7200.0,
        **habits: Any,
    ) -> Talk:
        ids = itertools.count()
        found = parse_faults(faults or {})
        accent = accent_of(found, cancel_done=cancel_done)
        desk = new_desk(
            Options(faults=found, accent=accent, lifetime_s=lifetime_s),
            model=model,
            mind=Mind(Script(turns=turns)),
            new_id=lambda prefix: f"{prefix}_{next(ids)}",
            at_s=0.0,
            unix_s=1_000_000.0,
        )
        behaviour = Behaviour(faults=found, **habits)
        return Talk(Service(desk, partial(ClientEvents, behaviour=behaviour)))

    return make


@pytest.fixture
def talk(make_talk: MakeTalk) -> Talk:
    """A session with all defaults, greeted."""
    return make_talk()


@pytest.fixture
def voice() -> Pcm:
    """A second of sound, and the silence that ends the turn."""
    speech = spoken("hello there you").resample(RATE_HZ)
    return speech + Pcm.silence(1000, RATE_HZ)


@pytest.fixture
def jpeg() -> Callable[..., bytes]:
    """Makes the beginning of a JPEG, and as much as it shall be long."""

    def make(width: int = 640, height: int = 480, size: int = 100) -> bytes:
        frame = struct.pack(">HBHH", 17, 8, height, width)
        return (b"\xff\xd8\xff\xc0" + frame).ljust(size, b"\0")

    return make
