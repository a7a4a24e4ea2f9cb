"""The item that a response is making, and what is told when it ends."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from realtime_run_openai.simulator.conversation import Entry

PartKind: TypeAlias = Literal["audio", "text", "call"]
BYTES_A_MS = 48
"""Mono s16le at 24 kHz."""


@dataclass(slots=True)
class Part:
    """The item that is being made."""

    response_id: str
    entry: Entry
    kind: PartKind
    index: int
    text: str = ""
    audio: bytearray = field(default_factory=bytearray)

    @property
    def duration_ms(self) -> int:
        """How long it sounds so far."""
        return len(self.audio) // BYTES_A_MS

    @property
    def place(self) -> dict[str, Any]:
        """What every event about it carries."""
        return {
            "response_id": self.response_id,
            "item_id": self.entry.id,
            "output_index": self.index,
        }

    @property
    def content_place(self) -> dict[str, Any]:
        """What every event about its content carries."""
        return {**self.place, "content_index": 0}

    def close(
        self, status: str, *, transcript_first: bool
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """Finish the item, and yield the events that end its content.

        Args:
            status: The item's.
            transcript_first: Its transcript ends before its audio does.
        """
        item = self.entry.item
        if "status" in item:
            item["status"] = status
        cut_ms = self.entry.cut_ms
        end = None if cut_ms is None else cut_ms * BYTES_A_MS
        self.entry.audio = bytes(self.audio[:end])
        self.entry.audio_ms = len(self.entry.audio) // BYTES_A_MS
        place, text = self.content_place, self.text
        if self.kind == "call":
            return
        if self.kind == "text":
            shown = {"type": "text", "text": text}
            item["content"] = [{"type": "output_text", "text": text}]
            yield "response.output_text.done", {**place, "text": text}
        else:
            shown = {"type": "audio", "transcript": text}
            item["content"] = [{"type": "output_audio", "transcript": text}]
            audio = "response.output_audio.done", place
            kind = "response.output_audio_transcript.done"
            transcript = kind, {**place, "transcript": text}
            yield from (transcript, audio) if transcript_first else (audio, transcript)
        yield "response.content_part.done", {**place, "part": shown}


def at_speed(pcm: bytes, speed: float) -> bytes:
    """Return samples faster or slower, at the same pitch: 20 ms left out or repeated.

    Args:
        pcm: Mono s16le at 24 kHz.
        speed: 2 is twice as fast.
    """
    if speed == 1:
        return pcm
    step = 20 * BYTES_A_MS
    frames = [pcm[at : at + step] for at in range(0, len(pcm), step)]
    count = int(len(frames) / speed)
    return b"".join(frames[int(number * speed)] for number in range(count))
