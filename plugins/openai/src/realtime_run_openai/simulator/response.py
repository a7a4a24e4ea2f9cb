"""One response: its items and parts, told in the order in which the service tells."""

import base64
import re
from collections.abc import Iterable
from typing import Any, Literal, TypeAlias

from realtime_run.simulation.agenda import Activity
from realtime_run_openai.simulator import g711, usage
from realtime_run_openai.simulator.conversation import Entry
from realtime_run_openai.simulator.desk import Desk
from realtime_run_openai.simulator.part import BYTES_A_MS, Part, PartKind
from realtime_run_openai.simulator.plan import Plan
from realtime_run_openai.simulator.playback import Playback

Status: TypeAlias = Literal["completed", "cancelled", "failed", "incomplete"]
_CHUNK_MS = 100
_WORD_S = 0.02
_ARGUMENTS = 12
"""Characters of a call's arguments in one delta."""


class Response:
    """One response that is being made."""

    def __init__(self, desk: Desk, playback: Playback, plan: Plan) -> None:
        self.id = desk.out.new_id("resp")
        self.plan = plan
        self.output: list[dict[str, Any]] = []
        self.made = usage.Tokens()
        self._desk = desk
        self._playback = playback
        self._part: Part | None = None
        self._is_full = False
        self._sounding_until_s = 0.0

    @property
    def sounding_until_s(self) -> float:
        """When what was said of it so far will have been heard."""
        return self._sounding_until_s

    @property
    def is_full(self) -> bool:
        """Whether it stopped at the most tokens."""
        return self._is_full

    @property
    def speaks(self) -> bool:
        """Whether its answer is to be spoken."""
        return "audio" in self.plan.modalities

    def is_saying(self, item_id: str) -> bool:
        """Return whether it is making this item, in speech."""
        part = self._part
        return part is not None and part.kind == "audio" and part.entry.id == item_id

    @property
    def said_ms(self) -> int:
        """How long the item that is being made has become."""
        return 0 if self._part is None else self._part.duration_ms

    def begin(self) -> None:
        """Tell that it was created."""
        self._desk.out.send(
            "response.created", response=self._object("in_progress", None, None)
        )

    def write(self, text: str) -> Activity:
        """Answer in writing; stops at the most tokens."""
        self._open_message("text", {"type": "text", "text": ""})
        for word in _words(text):
            if not self._may_make(usage.of_text(word), 0):
                break
            self._send_delta("output_text", word)
            yield _WORD_S / self._desk.options.speed
        self.close("completed")

    def say(self, text: str, pcm: bytes) -> Activity:
        """Answer in speech; stops at the most tokens.

        Args:
            text: What is said.
            pcm: How it sounds, mono s16le at 24 kHz.
        """
        self._open_message("audio", {"type": "audio", "transcript": ""})
        words = list(_words(text))
        per_character = len(pcm) / max(1, len(text))
        said = 0.0
        step = _CHUNK_MS * BYTES_A_MS
        for at in range(0, len(pcm), step):
            while words and said < at + step:
                said += len(words[0]) * per_character
                self._may_make(usage.of_text(words[0]), 0)
                self._send_delta("output_audio_transcript", words.pop(0))
            if not self._may_make(0, usage.of_speech(_CHUNK_MS)):
                words.clear()
                break
            self.sound(pcm[at : at + step])
            yield _CHUNK_MS / 1000 / self._desk.options.speed
        for word in words:
            self._send_delta("output_audio_transcript", word)
        self.close("completed")

    def call(self, item: dict[str, Any]) -> Activity:
        """Call a tool, of the client or of a server of tools.

        Args:
            item: A `function_call` or `mcp_call`, with its whole arguments.
        """
        arguments = str(item["arguments"])
        part = self._open({**item, "arguments": ""}, "call")
        common = part.place
        if item["type"] == "function_call":
            common["call_id"] = item["call_id"]
            kind = "response.function_call_arguments"
        else:
            kind = "response.mcp_call_arguments"
        for at in range(0, len(arguments), _ARGUMENTS):
            delta = arguments[at : at + _ARGUMENTS]
            part.entry.item["arguments"] += delta
            self._desk.out.send(f"{kind}.delta", **common, delta=delta)
            yield _WORD_S / self._desk.options.speed
        self.made = usage.Tokens(
            self.made.text + usage.of_text(arguments), self.made.audio
        )
        if item["type"] == "function_call":
            common["name"] = item["name"]
        self._desk.out.send(f"{kind}.done", **common, arguments=arguments)

    def settle(self, **known: Any) -> None:
        """Fill in what has become known of the item that is being made."""
        if self._part is not None:
            self._part.entry.item.update(known)

    def whole(self, item: dict[str, Any]) -> None:
        """Add an item that is made at once."""
        self._open(item, "call")
        self.close("completed")

    def sound(self, pcm: bytes) -> None:
        """Send samples of the answer."""
        part = self._part
        if part is None:
            return
        part.audio += pcm
        begun_s = max(self._sounding_until_s, self._desk.now_s)
        self._sounding_until_s = begun_s + len(pcm) / BYTES_A_MS / 1000
        self._desk.session.has_spoken = True
        if self._desk.is_webrtc:
            self._playback.play(self.id, part.entry.id, pcm)
        else:
            self.send_audio(part.content_place, pcm)

    def send_audio(self, place: dict[str, Any], pcm: bytes) -> None:
        """Send samples as an event, in the format that was asked for."""
        kind = self.plan.format["type"]
        coded = pcm if kind == "audio/pcm" else g711.encode(pcm, kind)
        delta = base64.b64encode(coded).decode()
        self._desk.out.send("response.output_audio.delta", **place, delta=delta)

    def late(self, count: int) -> None:
        """Send deltas that come after the response was interrupted."""
        part = self._part
        if part is None or part.kind != "audio" or self._desk.is_webrtc:
            return
        for _ in range(count):
            self.send_audio(part.content_place, bytes(_CHUNK_MS * BYTES_A_MS))

    def close(self, status: Literal["completed", "incomplete"]) -> None:
        """End the item that is being made; none is no mistake."""
        part, self._part = self._part, None
        if part is None:
            return
        item = part.entry.item
        order = self._desk.accent.transcript_first
        for kind, fields in part.close(status, transcript_first=order):
            self._desk.out.send(kind, **fields)
        if self.plan.in_conversation:
            previous = self._desk.conversation.previous(part.entry.id)
            self._desk.out.send(
                "conversation.item.done", previous_item_id=previous, item=dict(item)
            )
        self.output.append(item)
        self._desk.out.send(
            "response.output_item.done",
            response_id=self.id,
            output_index=part.index,
            item=dict(item),
        )

    def end(
        self, status: Status, details: dict[str, Any] | None, used: dict[str, Any]
    ) -> None:
        """Tell that it is done."""
        self._playback.finish(self.id)
        self._desk.out.send(
            "response.done", response=self._object(status, details, used)
        )

    def _may_make(self, text: int, audio: int) -> bool:
        most = self.plan.max_tokens
        made = usage.Tokens(self.made.text + text, self.made.audio + audio)
        if isinstance(most, int) and made.total > most:
            self._is_full = True
            return False
        self.made = made
        return True

    def _open_message(
        self, kind: Literal["audio", "text"], shown: dict[str, Any]
    ) -> None:
        item: dict[str, Any] = {
            "id": self._desk.out.new_id("item"),
            "type": "message",
            "status": "in_progress",
            "role": "assistant",
            "content": [],
        }
        part = self._open(item, kind)
        self._desk.out.send(
            "response.content_part.added", **part.content_place, part=shown
        )

    def _open(self, item: dict[str, Any], kind: PartKind) -> Part:
        part = Part(self.id, Entry(item), kind, len(self.output))
        self._part = part
        self._desk.out.send(
            "response.output_item.added",
            response_id=self.id,
            output_index=part.index,
            item=dict(item),
        )
        if self.plan.in_conversation:
            previous = self._desk.conversation.add(part.entry)
            self._desk.out.send(
                "conversation.item.added", previous_item_id=previous, item=dict(item)
            )
        return part

    def _send_delta(self, kind: str, delta: str) -> None:
        part = self._part
        if part is not None:
            part.text += delta
            self._desk.out.send(
                f"response.{kind}.delta", **part.content_place, delta=delta
            )

    def _object(
        self, status: str, details: object, used: dict[str, Any] | None
    ) -> dict[str, Any]:
        conversation = self._desk.conversation_id
        return {
            "object": "realtime.response",
            "id": self.id,
            "status": status,
            "status_details": details,
            "output": [dict(item) for item in self.output],
            **self.plan.shown(conversation),
            "usage": used,
            "metadata": self.plan.metadata,
        }


def _words(text: str) -> Iterable[str]:
    """Yield the words of a text, each with the space before it."""
    return re.findall(r"\s*\S+", text)
