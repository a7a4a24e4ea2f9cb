import base64
import json
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from realtime_run.core.commands import Command
from realtime_run.core.errors import ConnectionClosedError, ProviderError
from realtime_run.core.provider_events import ProviderEvent
from realtime_run.plugin.api import Opening
from realtime_run.wire.codec import Outcome
from realtime_run_gemini.codec import Codec, CodecOptions

Wire = dict[str, Any]

SETUP: Wire = {
    "model": "models/gemini-3.8-live",
    "generationConfig": {"responseModalities": ["AUDIO"]},
    "sessionResumption": {},
}
PCM = b"\x01\x00\x02\x00"


class Talk:
    """A codec, and what became of everything it was told."""

    def __init__(self, options: CodecOptions) -> None:
        made: Counter[str] = Counter()

        def new_id(kind: str) -> str:
            made[kind] += 1
            return f"{kind}_{made[kind]}"

        self.codec = Codec(options, new_id=new_id)
        self.at_s = 100.0
        self.events: list[ProviderEvent] = []
        self.sent: list[Wire] = []

    def open(
        self, opening: Opening | None = None, setup: Wire = SETUP, **complete: object
    ) -> "Talk":
        """Set up, and be accepted; then forget what came of it."""
        self.begin(opening, setup)
        self.hear(setupComplete=complete)
        return self.forget()

    def begin(self, opening: Opening | None = None, setup: Wire = SETUP) -> list[Wire]:
        before = len(self.sent)
        self._take(self.codec.opening(setup, opening or Opening(), self.at_s))
        return self.sent[before:]

    def forget(self) -> "Talk":
        self.events.clear()
        self.sent.clear()
        return self

    def hear(self, **members: object) -> list[ProviderEvent]:
        return self.hear_raw(json.dumps(members))

    def hear_raw(self, text: str | bytes) -> list[ProviderEvent]:
        return self._take(self.codec.receive(text, self.at_s))

    def content(self, **fields: object) -> list[ProviderEvent]:
        return self.hear(serverContent=fields)

    def sound(self, pcm: bytes = PCM, **blob: object) -> list[ProviderEvent]:
        """Let the model say something."""
        encoded = base64.b64encode(pcm).decode()
        inline = {"mimeType": "audio/pcm;rate=24000", "data": encoded, **blob}
        return self.content(modelTurn={"parts": [{"inlineData": inline}]})

    def says(self, text: str) -> list[ProviderEvent]:
        return self.content(outputTranscription={"text": text})

    def user(self, text: str, **more: object) -> list[ProviderEvent]:
        return self.content(inputTranscription={"text": text, **more})

    def call(self, *calls: Mapping[str, object]) -> list[ProviderEvent]:
        return self.hear(toolCall={"functionCalls": calls})

    def voice(self, type_: str, offset: str | None = None) -> list[ProviderEvent]:
        more = {} if offset is None else {"audioOffset": offset}
        return self.hear(voiceActivity={"type": f"ACTIVITY_{type_}", **more})

    def turn_complete(self, **more: object) -> list[ProviderEvent]:
        return self.content(turnComplete=True, **more)

    def ask(self, command: Command) -> list[Wire]:
        before = len(self.sent)
        self._take(self.codec.ask(command, self.at_s))
        return self.sent[before:]

    def close(self, code: str, reason: str = "") -> list[ProviderEvent]:
        why = ConnectionClosedError("closed", code=code, reason=reason)
        return self._take(self.codec.closed(why, self.at_s))

    def wait(self, seconds: float) -> list[ProviderEvent]:
        """Let time pass, with a tick whenever the codec wants one."""
        events: list[ProviderEvent] = []
        until_s = self.at_s + seconds
        while (due := self.codec.deadline) is not None and due <= until_s:
            self.at_s = max(self.at_s, due)
            events += self._take(self.codec.tick(self.at_s))
        self.at_s = until_s
        return events

    def of(self, *kinds: type) -> list[ProviderEvent]:
        return [event for event in self.events if isinstance(event, kinds)]

    def _take(self, outcome: Outcome) -> list[ProviderEvent]:
        self.events += outcome.events
        self.sent += map(json.loads, outcome.messages)
        return list(outcome.events)


def _cost(usage: Mapping[str, object]) -> float | None:
    total = usage.get("totalTokenCount")
    return total / 1024 if isinstance(total, int) else None


def _fault(code: int, reason: str) -> ProviderError | None:
    return ProviderError(reason, code=str(code)) if code == 1008 else None


@pytest.fixture
def make_talk() -> Callable[..., Talk]:
    def make(**overrides: Any) -> Talk:
        fields: Wire = {
            "model": "gemini-3.8-live",
            "text_by": "realtime_input",
            "content_at_any_time": True,
            "scheduling": {},
            "rotate_after_s": 540.0,
            "handle_lifetime_s": 7_200.0,
            "cost": _cost,
            "fault": _fault,
        }
        return Talk(CodecOptions(**fields | overrides))

    return make


@pytest.fixture
def talk(make_talk: Callable[..., Talk]) -> Talk:
    return make_talk().open()


@pytest.fixture
def manual(make_talk: Callable[..., Talk]) -> Talk:
    return make_talk(manual_turns=True, interruptible=False).open()


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
