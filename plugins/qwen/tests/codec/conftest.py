import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from realtime_run.core.commands import AppendAudio, Command
from realtime_run.core.pcm import Pcm
from realtime_run.core.provider_events import ProviderEvent
from realtime_run.plugin.api import Opening
from realtime_run.wire.codec import Outcome
from realtime_run_openai.codec import Codec
from realtime_run_qwen.codec_options import codec_options
from realtime_run_qwen.session_object import session_object
from realtime_run_qwen.settings import QwenSettings

Wire = dict[str, Any]


class Talk:
    """A codec for Qwen, and what became of everything it was told."""

    def __init__(self, opening: Opening, **settings: Any) -> None:
        self.settings = QwenSettings.model_validate({"api_key": "k", **settings})
        self.opening = opening
        self.codec = Codec(codec_options(self.settings, opening))
        self.at_s = 0.0
        self.events: list[ProviderEvent] = []
        self.sent: list[Wire] = []

    def open(self) -> "Talk":
        """Greet, configure and acknowledge; then forget what came of it."""
        self.hear("session.created", session={"id": "sess_1"})
        session = session_object(self.settings, self.opening)
        self._take(self.codec.opening(session, (), self.at_s))
        self.hear("session.updated", session=session)
        self.events.clear()
        self.sent.clear()
        return self

    def hear(self, type_: str, **fields: object) -> list[ProviderEvent]:
        return self.hear_raw(
            json.dumps({"type": type_, "event_id": "event_1", **fields})
        )

    def hear_raw(self, text: str) -> list[ProviderEvent]:
        return self._take(self.codec.receive(text, self.at_s))

    def refuse(self, message: str, code: str = "invalid_value") -> list[ProviderEvent]:
        """Send an error as this service does: it names no message."""
        error = {"type": "invalid_request_error", "code": code, "message": message}
        return self.hear("error", error=error)

    def ask(self, command: Command) -> list[Wire]:
        before = len(self.sent)
        self._take(self.codec.ask(command, self.at_s))
        return self.sent[before:]

    def speak(self, milliseconds: int = 100) -> list[Wire]:
        """Send audio of the user's."""
        return self.ask(AppendAudio(pcm=Pcm(bytes(32 * milliseconds), 16_000)))

    def begin(self, response_id: str = "r1") -> None:
        """Let the server begin to speak."""
        self.hear("response.created", response={"id": response_id, "output": []})
        pcm = b64encode(bytes(48 * 1000)).decode()
        place = {"response_id": response_id, "item_id": f"a_{response_id}"}
        self.hear("response.audio.delta", delta=pcm, **place)

    def end(self, response_id: str = "r1", status: str = "completed") -> None:
        """Let the server say that a response is done."""
        response = {"id": response_id, "status": status, "output": []}
        self.hear("response.done", response=response)

    def stop(self, response_id: str = "r1") -> None:
        """End a response as this service does: without `response.done`."""
        item = {
            "id": f"a_{response_id}",
            "type": "message",
            "role": "assistant",
            "status": "incomplete",
            "content": [],
        }
        place = {"response_id": response_id, "output_index": 0}
        self.hear("response.content_part.done", part={"type": "audio"}, **place)
        self.hear("response.output_item.done", item=item, **place)

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

    def of(self, kind: type[ProviderEvent]) -> list[Any]:
        """Return what was reported of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    def _take(self, outcome: Outcome) -> list[ProviderEvent]:
        self.events += outcome.events
        self.sent += map(json.loads, outcome.messages)
        return list(outcome.events)


@pytest.fixture
def make_talk() -> Callable[..., Talk]:
    def make(opening: Mapping[str, Any] | None = None, **settings: Any) -> Talk:
        return Talk(Opening(**(opening or {})), **settings).open()

    return make


@pytest.fixture
def talk(make_talk: Callable[..., Talk]) -> Talk:
    return make_talk()
