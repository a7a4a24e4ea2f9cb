"""A session of the simulated service in a test's hand, every message validated."""

import base64
import itertools
import json
from collections.abc import Callable, Mapping
from typing import Any, cast, get_args

import pytest
from openai.types.realtime import RealtimeServerEvent
from pydantic import BaseModel

from realtime_run.core.pcm import Pcm
from realtime_run.simulation.model import Mind
from realtime_run.simulation.script import Script, ScriptedTurn
from realtime_run.simulation.tones import spoken
from realtime_run.testing.simulated.hand_session import HandSession
from realtime_run_openai.simulator.client_events import ClientEvents
from realtime_run_openai.simulator.desk import Options, new_desk
from realtime_run_openai.simulator.faults import parse_faults
from realtime_run_openai.simulator.service import Service

_KNOWN_EXTRAS = {"session.id", "session.object", "session.expires_at"}
"""What the service sends and the vendor's types do not list."""


def _models() -> dict[str, type[BaseModel]]:
    union = get_args(RealtimeServerEvent)[0]
    return {
        get_args(model.model_fields["type"].annotation)[0]: model
        for model in get_args(union)
    }


MODELS = _models()


def _extras(model: object, path: str) -> list[str]:
    if isinstance(model, BaseModel):
        found = [f"{path}{name}" for name in model.model_extra or {}]
        for name in type(model).model_fields:
            found += _extras(getattr(model, name), f"{path}{name}.")
        return found
    if isinstance(model, list):
        entries = cast("list[object]", model)
        return [one for entry in entries for one in _extras(entry, path)]
    return []


def validated(event: Mapping[str, Any]) -> None:
    """Fail if the vendor's own types do not know every field of an event."""
    model = MODELS[event["type"]]
    read = model.model_validate_json(json.dumps(event), strict=True)
    extras = set(_extras(read, "")) - _KNOWN_EXTRAS
    assert not extras, f"{event['type']} has unknown fields: {sorted(extras)}"


class Talk(HandSession):
    """One session, and a clock that goes on when it is told to."""

    def __init__(self, service: Service, *, checks: bool) -> None:
        self.service = service
        judge = validated if checks else lambda _: None
        super().__init__(service, judge=judge)

    def send(self, kind: str, /, **fields: Any) -> list[dict[str, Any]]:
        """Send an event, and return what came at once."""
        return self.send_raw(json.dumps({"type": kind, **fields}))

    def update(self, **session: Any) -> list[dict[str, Any]]:
        return self.send("session.update", session={"type": "realtime", **session})

    def write(self, text: str) -> None:
        content = [{"type": "input_text", "text": text}]
        item = {"type": "message", "role": "user", "content": content}
        self.send("conversation.item.create", item=item)

    def speak(self, pcm: Pcm) -> None:
        """Speak in pieces of 100 ms, at the pace of speech."""
        size = pcm.rate_hz // 10 * 2
        for at in range(0, len(pcm.data), size):
            self.wait(0.1)
            audio = base64.b64encode(pcm.data[at : at + size]).decode()
            self.send("input_audio_buffer.append", audio=audio)

    def hear(self, pcm: Pcm) -> None:
        """Speak over RTP."""
        self.take(self.service.hear(pcm, self.at_s))

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
        model: str = "gpt-realtime-2.1",
        faults: Mapping[str, str] | None = None,
        **options: Any,
    ) -> Talk:
        ids = itertools.count()
        desk = new_desk(
            Options(faults=parse_faults(faults or {}), **options),
            model=model,
            mind=Mind(Script(turns=turns)),
            new_id=lambda prefix: f"{prefix}_{next(ids)}",
            at_s=0.0,
            unix_s=1_000_000.0,
        )
        return Talk(
            Service(desk, ClientEvents), checks="unknown_event" not in (faults or {})
        )

    return make


@pytest.fixture
def talk(make_talk: MakeTalk) -> Talk:
    """A session with all defaults, greeted."""
    return make_talk()


@pytest.fixture
def validate() -> Callable[[Mapping[str, Any]], None]:
    return validated


@pytest.fixture
def voice() -> Pcm:
    """A second of sound, and the silence that ends the turn."""
    return spoken("hello there you") + Pcm.silence(600, 24_000)
