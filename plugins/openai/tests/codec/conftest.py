import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from openai import BaseModel
from openai.types.realtime import RealtimeClientEvent

from realtime_run.core.commands import Command
from realtime_run.core.provider_events import ProviderEvent
from realtime_run.plugin.api import HistoryItem
from realtime_run.wire.codec import Outcome
from realtime_run_openai.codec import Codec, CodecOptions
from realtime_run_openai.dialect import OPENAI

Wire = dict[str, Any]

SESSION: Wire = {
    "type": "realtime",
    "instructions": "Be brief.",
    "audio": {"output": {"voice": "marin"}},
}


@cache
def _classes() -> Mapping[str, type[BaseModel]]:
    union = get_args(RealtimeClientEvent)[0]
    return {
        get_args(model.model_fields["type"].annotation)[0]: model
        for model in get_args(union)
    }


def _unknown_fields(value: object, path: str) -> list[str]:
    if isinstance(value, list):
        return [name for item in value for name in _unknown_fields(item, path)]
    if not isinstance(value, BaseModel):
        return []
    found = [f"{path}.{name}" for name in value.model_extra or {}]
    for name in type(value).model_fields:
        found += _unknown_fields(getattr(value, name), f"{path}.{name}")
    return found


def valid(text: str) -> Wire:
    """Return a message to the server, if the vendor's own types agree with it."""
    message = json.loads(text)
    model = _classes()[message["type"]].model_validate(message, strict=True)
    assert _unknown_fields(model, message["type"]) == []
    return message


class Talk:
    """A codec, and what became of everything it was told."""

    def __init__(self, options: CodecOptions) -> None:
        self.codec = Codec(options)
        self.at_s = 0.0
        self.events: list[ProviderEvent] = []
        self.sent: list[Wire] = []

    def open(
        self, session: Wire | None = SESSION, history: Sequence[HistoryItem] = ()
    ) -> "Talk":
        """Greet, configure and acknowledge; then forget what came of it."""
        self.hear("session.created", session={"id": "sess_1"})
        self._take(self.codec.opening(session, history, self.at_s))
        self.hear("session.updated", session={"id": "sess_1"})
        return self.forget()

    def forget(self) -> "Talk":
        self.events.clear()
        self.sent.clear()
        return self

    def hear(self, type_: str, **fields: object) -> list[ProviderEvent]:
        return self.hear_raw(json.dumps({"type": type_, **fields}))

    def hear_raw(self, text: str | bytes) -> list[ProviderEvent]:
        return self._take(self.codec.receive(text, self.at_s))

    def ask(self, command: Command) -> list[Wire]:
        before = len(self.sent)
        self._take(self.codec.ask(command, self.at_s))
        return self.sent[before:]

    def begin(
        self, session: Wire | None, history: Sequence[HistoryItem] = ()
    ) -> list[Wire]:
        before = len(self.sent)
        self._take(self.codec.opening(session, history, self.at_s))
        return self.sent[before:]

    def wait(self, seconds: float) -> list[ProviderEvent]:
        """Let time pass, with a tick whenever the codec wants one."""
        events: list[ProviderEvent] = []
        until_s = self.at_s + seconds
        while (due := self.codec.deadline) is not None and due <= until_s:
            self.at_s = max(self.at_s, due)
            events += self._take(self.codec.tick(self.at_s))
        self.at_s = until_s
        return events

    @property
    def sent_types(self) -> list[str]:
        return [message["type"] for message in self.sent]

    def _take(self, outcome: Outcome) -> list[ProviderEvent]:
        self.events += outcome.events
        self.sent += map(valid, outcome.messages)
        return list(outcome.events)


def _setting_of(param: str | None) -> str | None:
    return {"session.audio.output.voice": "provider.voice"}.get(param or "")


def _cost(usage: Mapping[str, object]) -> float | None:
    total = usage.get("total_tokens")
    return total / 1000 if isinstance(total, int) else None


@pytest.fixture
def make_talk() -> Callable[..., Talk]:
    def make(**overrides: Any) -> Talk:
        fields: Wire = {
            "dialect": OPENAI,
            "transport": "websocket",
            "creates_responses": True,
            "images_kept": 2,
            "cost": _cost,
            "setting_of": _setting_of,
        }
        return Talk(CodecOptions(**fields | overrides))

    return make


@pytest.fixture
def talk(make_talk: Callable[..., Talk]) -> Talk:
    return make_talk().open()


@pytest.fixture
def webrtc(make_talk: Callable[..., Talk]) -> Talk:
    return make_talk(transport="webrtc").open()


@pytest.fixture
def recorded(shared: Path) -> Callable[[str], list[tuple[str, Wire]]]:
    """Read the messages of a recording, each with its direction."""

    def read(name: str) -> list[tuple[str, Wire]]:
        path = shared / "recordings" / "cassettes" / f"{name}.yaml"
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        recording = yaml.load(path.read_text(encoding="utf-8"), loader)  # noqa: S506 - a safe loader
        return [
            (interaction["direction"], interaction["data"])
            for interaction in recording["interactions"]
            if interaction.get("kind") == "message"
        ]

    return read
