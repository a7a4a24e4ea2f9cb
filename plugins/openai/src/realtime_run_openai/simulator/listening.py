"""The service's ear: the input audio buffer, and the user's turns in it."""

import base64
import binascii
from collections import deque
from collections.abc import Callable
from typing import Any

from realtime_run.core.pcm import BYTES_PER_SAMPLE, Pcm
from realtime_run.simulation.agenda import Activity
from realtime_run.simulation.hearing import Hearing, TurnBegan, TurnEnded, TurnPolicy
from realtime_run_openai.simulator import g711
from realtime_run_openai.simulator.conversation import Entry
from realtime_run_openai.simulator.desk import Desk
from realtime_run_openai.simulator.refusals import Refusal

_LONGEST_S = 300
"""The buffer keeps the last five minutes."""
_BEFORE_SPEECH_S = 5
"""Outside of a turn it keeps these, more than any prefix padding."""
_MOST_PICTURES = 256
"""So many pictures wait for the turn that they belong to; the oldest are forgotten."""
_WORD_S = 0.03


class Listening:
    """Hears the user, tells of speech, and puts turns into the conversation.

    Args:
        desk: The session.
        on_speech: Called when the user begins to speak.
        on_turn: Called when a turn that the service is to answer is complete.
    """

    def __init__(
        self,
        desk: Desk,
        on_speech: Callable[[], None],
        on_turn: Callable[[], None],
    ) -> None:
        self._desk = desk
        self._on_speech = on_speech
        self._on_turn = on_turn
        self._rate_hz = desk.accent.rate_hz
        self._hearing = Hearing(self._rate_hz)
        self._before_ms = 0
        self._buffer = bytearray()
        self._item_id: str | None = None
        self._pictures: deque[tuple[int, int]] = deque(maxlen=_MOST_PICTURES)

    @property
    def at_ms(self) -> int:
        """How much audio has been written to the buffer in this session."""
        return self._before_ms + self._hearing.heard_ms

    @property
    def in_turn(self) -> bool:
        """Whether the user is speaking."""
        return self._hearing.in_turn

    def append(self, audio: str) -> Refusal | None:
        """Take what an event brought, in base64; returns what is wrong with it."""
        try:
            sound = base64.b64decode(audio, validate=True)
        except (binascii.Error, ValueError):
            sound = None
        law = self._desk.session.hears
        if sound is None or (law == "audio/pcm" and len(sound) % BYTES_PER_SAMPLE):
            message = "Invalid 'audio': expected whole samples, encoded in base64."
            return Refusal(code="invalid_value", message=message, param="audio")
        if law == "audio/pcm":
            self.hear(Pcm(sound, self._desk.accent.rate_hz))
        else:
            self.hear(Pcm(g711.decode(sound, law), g711.RATE_HZ))
        return None

    def hear(self, pcm: Pcm) -> None:
        """Take more samples, mono."""
        if pcm.rate_hz != self._rate_hz:
            self._before_ms, self._rate_hz = self.at_ms, pcm.rate_hz
            self._hearing = Hearing(pcm.rate_hz)
            self._buffer.clear()
        self._buffer += pcm.data
        for change in self._hearing.hear(pcm, self._policy()):
            match change:
                case TurnBegan(at_ms=at_ms):
                    self._began(self._before_ms + at_ms)
                case TurnEnded(at_ms=at_ms, spoken_ms=spoken_ms):
                    self._ended(self._before_ms + at_ms, spoken_ms / 1000)
        self._trim()

    def commit(self) -> Refusal | None:
        """Take the buffer for a turn, as the client wants; returns why not."""
        duration_ms = self._buffered_ms()
        least_ms = self._desk.accent.least_ms
        if duration_ms < least_ms:
            message = (
                "Error committing input audio buffer: buffer too small. Expected at"
                f" least {least_ms}ms of audio, but buffer only has"
                f" {duration_ms:.2f}ms of audio."
            )
            return Refusal(code="input_audio_buffer_commit_empty", message=message)
        self._hearing.forget()
        self._add_turn(duration_ms / 1000)
        return None

    def clear(self) -> None:
        """Forget the buffer, and a turn that is going on in it."""
        self._buffer.clear()
        self._pictures.clear()
        self._hearing.forget()
        self._item_id = None
        self._desk.out.send("input_audio_buffer.cleared")

    def see(self, size: tuple[int, int]) -> None:
        """Take a picture that belongs to the turn that ends next.

        Args:
            size: Width and height in pixels.
        """
        self._pictures.append(size)

    def timed_out(self, silent_ms: int) -> None:
        """Take it for a turn that the user has been silent for long."""
        if not self._desk.accent.tells_silence:
            self._desk.conversation.add(self._turn(0.0))
            return
        self._item_id = self._desk.out.new_id("item")
        self._desk.out.send(
            "input_audio_buffer.timeout_triggered",
            audio_start_ms=max(0, self.at_ms - silent_ms),
            audio_end_ms=self.at_ms,
            item_id=self._item_id,
        )
        self._add_turn(0.0)

    def _policy(self) -> TurnPolicy | None:
        detection = self._desk.session.turn_detection
        return None if detection is None else self._desk.accent.turns(detection)

    def _began(self, at_ms: int) -> None:
        self._item_id = self._desk.out.new_id("item")
        self._keep_last(self.at_ms - at_ms)
        self._desk.out.send(
            "input_audio_buffer.speech_started",
            audio_start_ms=at_ms,
            item_id=self._item_id,
        )
        self._on_speech()

    def _ended(self, at_ms: int, spoken_s: float) -> None:
        self._item_id = self._item_id or self._desk.out.new_id("item")
        self._desk.out.send(
            "input_audio_buffer.speech_stopped",
            audio_end_ms=at_ms,
            item_id=self._item_id,
        )
        self._add_turn(spoken_s)
        detection = self._desk.session.turn_detection or {}
        if detection.get("create_response"):
            self._on_turn()

    def _add_turn(self, spoken_s: float) -> None:
        desk = self._desk
        entry = self._turn(spoken_s)
        last = desk.conversation.entries[-1:]
        desk.out.send(
            "input_audio_buffer.committed",
            previous_item_id=last[0].id if last else None,
            item_id=entry.id,
        )
        desk.add_item(entry)
        if desk.session.transcribes:
            name = f"transcript {entry.id}"
            at_s = desk.now_s + desk.options.latency_s
            desk.agenda.start(name, self._transcribe(entry), at_s)

    def _turn(self, spoken_s: float) -> Entry:
        """Return what is in the buffer, which is empty then."""
        desk = self._desk
        item: dict[str, Any] = {
            "id": self._item_id or desk.out.new_id("item"),
            "type": "message",
            "status": "completed",
            "role": "user",
            "content": [{"type": "input_audio", "transcript": None}],
        }
        entry = Entry(
            item,
            audio=bytes(self._buffer),
            audio_ms=max(1, int(self._buffered_ms())),
            spoken_s=spoken_s,
            image_sizes=tuple(self._pictures),
        )
        if spoken_s:
            entry.transcript = desk.mind.transcript(spoken_s)
        self._item_id = None
        self._buffer.clear()
        self._pictures.clear()
        return entry

    def _transcribe(self, entry: Entry) -> Activity:
        kind = "conversation.item.input_audio_transcription"
        place = {"item_id": entry.id, "content_index": 0}
        for step, fields in self._desk.accent.transcript(entry, self._desk.session):
            if step == "completed":
                entry.item["content"][0]["transcript"] = entry.transcript
            self._desk.out.send(f"{kind}.{step}", **place, **fields)
            yield _WORD_S

    def _buffered_ms(self) -> float:
        return len(self._buffer) * 1000 / (BYTES_PER_SAMPLE * self._rate_hz)

    def _keep_last(self, duration_ms: float) -> None:
        kept = int(duration_ms * self._rate_hz / 1000) * BYTES_PER_SAMPLE
        del self._buffer[: max(0, len(self._buffer) - kept)]

    def _trim(self) -> None:
        manual = self._desk.session.turn_detection is None
        longest_s = _LONGEST_S if manual or self.in_turn else _BEFORE_SPEECH_S
        self._keep_last(longest_s * 1000)
