"""The service's ear and eye: turns of the user, by sound or as the client tells."""

import re
from collections.abc import Callable
from typing import Literal

from realtime_run.core.pcm import BYTES_PER_SAMPLE, Pcm
from realtime_run.simulation.agenda import Activity
from realtime_run.simulation.hearing import Hearing, TurnBegan, TurnEnded
from realtime_run.simulation.pictures import size_of
from realtime_run_gemini.simulator.content_shapes import Blob
from realtime_run_gemini.simulator.conversation import LOOK_S, Entry
from realtime_run_gemini.simulator.desk import Desk
from realtime_run_gemini.simulator.requests import ARGUMENT, Refusal

_MIME = re.compile(r"audio/(?:pcm|l16)\s*(?:;\s*rate=(\d+))?\s*", re.IGNORECASE)
_PICTURES = frozenset({"image/jpeg", "image/png"})
_RATE_HZ = 16_000
_RATES = range(8_000, 48_001)
_WORD_S = 0.02
_INTERIM_MS = 400
"""So often what is heard so far is told, a word more each time."""
_SIGNALS = {
    "ACTIVITY_START": "VAD_SIGNAL_TYPE_SOS",
    "ACTIVITY_END": "VAD_SIGNAL_TYPE_EOS",
}
_EARLY = 0.1
"""A frame of one a second may come so much of a second too early."""


class Listening:
    """Hears and sees the user, and tells of turns.

    Args:
        desk: The session.
        on_speech: Called when the user begins to speak.
        on_turn: Called with each turn when it is complete.
    """

    def __init__(
        self,
        desk: Desk,
        on_speech: Callable[[], None],
        on_turn: Callable[[Entry], None],
    ) -> None:
        self._desk = desk
        self._on_speech = on_speech
        self._on_turn = on_turn
        self._hearing = Hearing(_RATE_HZ)
        self._rate_hz: int = _RATE_HZ
        self._before_ms = 0
        self._began_ms: int | None = None
        self._written: list[str] = []
        self._interims = 0
        self._looked_s: float | None = None

    @property
    def in_turn(self) -> bool:
        """Whether the user is speaking."""
        return self._began_ms is not None

    def hear(self, blob: Blob) -> Refusal | None:
        """Take more sound; returns what is wrong with it."""
        found = _MIME.fullmatch(blob.mime_type)
        rate_hz = int(found[1] or _RATE_HZ) if found else 0
        if rate_hz not in _RATES:
            return Refusal(reason=f"Unsupported audio format '{blob.mime_type}'.")
        if len(blob.data) % BYTES_PER_SAMPLE:
            return Refusal(reason=ARGUMENT)
        self._hear(Pcm(blob.data, rate_hz))
        return None

    def see(self, blob: Blob) -> Refusal | None:
        """Take a frame of video; returns what is wrong with it."""
        size = size_of(blob.data)
        if blob.mime_type not in _PICTURES or size is None:
            return Refusal(reason="Unable to process input image.")
        desk, looked_s = self._desk, self._looked_s
        seen = looked_s is None or desk.now_s - looked_s >= LOOK_S - _EARLY
        if seen:
            self._looked_s = desk.now_s
        desk.conversation = desk.conversation.with_frame(size, seen=seen)
        return None

    def begin(self) -> Refusal | None:
        """Take the client's word that the user begins; returns why not."""
        if self._desk.session.policy is not None:
            return _not_manual("activity_start")
        if not self.in_turn:
            self._began(self._at_ms)
        return None

    def end(self) -> Refusal | None:
        """Take the client's word that the user has finished; returns why not."""
        if self._desk.session.policy is not None:
            return _not_manual("activity_end")
        if self._began_ms is not None:
            self._ended((self._at_ms - self._began_ms) / 1000)
        return None

    def end_stream(self) -> Refusal | None:
        """Take a turn for complete, since the microphone is off; returns why not."""
        if self._desk.session.policy is None:
            reason = "audio_stream_end requires automatic activity detection."
            return Refusal(reason=reason)
        self._cut()
        return None

    def note(self, text: str) -> bool:
        """Take what is written for a part of a turn that lasts; False: none does."""
        if self._desk.session.policy is None and self.in_turn:
            self._written.append(text)
            return True
        return False

    @property
    def _at_ms(self) -> int:
        return self._before_ms + self._hearing.heard_ms

    def _hear(self, pcm: Pcm) -> None:
        policy = self._desk.session.policy
        if pcm.rate_hz != self._rate_hz:
            if policy is not None:
                self._cut()
            self._before_ms, self._rate_hz = self._at_ms, pcm.rate_hz
            self._hearing = Hearing(pcm.rate_hz)
        for change in self._hearing.hear(pcm, policy):
            match change:
                case TurnBegan(at_ms=at_ms):
                    self._signal("ACTIVITY_START")
                    self._began(self._before_ms + at_ms)
                case TurnEnded(spoken_ms=spoken_ms):
                    self._signal("ACTIVITY_END")
                    self._ended(spoken_ms / 1000)
        self._tell_interim()

    def _cut(self) -> None:
        """End a turn that was found in the sound, here and now."""
        if self._began_ms is not None:
            spoken_ms = self._at_ms - self._began_ms
            self._hearing.forget()
            self._signal("ACTIVITY_END")
            self._ended(spoken_ms / 1000)

    def _signal(self, kind: Literal["ACTIVITY_START", "ACTIVITY_END"]) -> None:
        desk = self._desk
        if desk.options.faults.no_voice_activity:
            return
        offset = f"{self._at_ms / 1000:g}s"
        desk.send({"voiceActivity": {"type": kind, "audioOffset": offset}})
        if desk.session.signals:
            signal = {"vadSignalType": _SIGNALS[kind]}
            desk.send({"voiceActivityDetectionSignal": signal})

    def _began(self, at_ms: int) -> None:
        self._began_ms = at_ms
        self._interims = 0
        self._on_speech()

    def _ended(self, spoken_s: float) -> None:
        desk = self._desk
        began_ms, self._began_ms = self._began_ms or 0, None
        written, self._written = " ".join(self._written), []
        words = desk.mind.transcript(spoken_s) if spoken_s else ""
        entry = Entry(
            role="user",
            id=desk.new_id("turn"),
            text=" ".join(filter(None, (words, written))),
            spoken_s=spoken_s,
            audio_ms=self._at_ms - began_ms,
        )
        if words and desk.session.hears_words:
            at_s = desk.now_s + desk.options.faults.late_transcripts_s
            desk.agenda.start(f"words of {entry.id}", self._transcribe(words), at_s)
        self._on_turn(entry)

    def _transcribe(self, words: str) -> Activity:
        for word in re.findall(r"\s*\S+", words):
            self._desk.send_content(inputTranscription={"text": word})
            yield _WORD_S

    def _tell_interim(self) -> None:
        desk = self._desk
        if self._began_ms is None or not desk.options.interim:
            return
        spoken_ms = self._at_ms - self._began_ms
        count = spoken_ms // _INTERIM_MS
        if desk.session.hears_words and count > self._interims:
            self._interims = count
            words = desk.mind.transcript(spoken_ms / 1000).split()[:count]
            desk.send_content(interimInputTranscription={"text": " ".join(words)})


def _not_manual(name: str) -> Refusal:
    reason = f"{name} requires automatic activity detection to be disabled."
    return Refusal(reason=reason)
