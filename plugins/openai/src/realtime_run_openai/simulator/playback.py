"""What of a response is sounding on the client's side of a WebRTC call.

Samples leave in real time, faster as they are made: what waits can still be dropped.
"""

from dataclasses import dataclass

from realtime_run.simulation.agenda import Activity
from realtime_run.simulation.outputs import Hush, Play
from realtime_run_openai.simulator.desk import Desk

_NAME = "playback"
_BYTES_A_MS = 48
"""Mono s16le at 24 kHz."""


@dataclass(slots=True)
class _Sounding:
    response_id: str
    item_id: str
    began_s: float
    queued_ms: float = 0.0
    is_whole: bool = False


class Playback:
    """Tells when the audio of a response starts, stops and is cleared."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._sounding: _Sounding | None = None

    @property
    def end_s(self) -> float:
        """When what is queued will have been heard; the past if nothing is."""
        sounding = self._sounding
        if sounding is None:
            return self._desk.now_s
        return max(self._desk.now_s, sounding.began_s + sounding.queued_ms / 1000)

    def play(self, response_id: str, item_id: str, pcm: bytes) -> None:
        """Queue samples of a response."""
        sounding = self._sounding
        if sounding is None or sounding.response_id != response_id:
            self._stop()
            sounding = _Sounding(response_id, item_id, self._desk.now_s)
            self._sounding = sounding
            self._desk.out.send("output_audio_buffer.started", response_id=response_id)
        sounding.queued_ms += len(pcm) / _BYTES_A_MS
        self._desk.out.put(Play(pcm))

    def finish(self, response_id: str) -> None:
        """Say that no more samples of a response will come."""
        sounding = self._sounding
        if sounding is not None and sounding.response_id == response_id:
            sounding.is_whole = True
            self._desk.agenda.start(_NAME, self._drain(), self.end_s)

    def clear(self) -> bool:
        """Stop what sounds, and cut its item at what was heard; False: nothing does."""
        sounding, self._sounding = self._sounding, None
        if sounding is None:
            return False
        desk = self._desk
        desk.agenda.stop(_NAME)
        desk.out.put(Hush())
        desk.out.send("output_audio_buffer.cleared", response_id=sounding.response_id)
        heard_ms = min(sounding.queued_ms, (desk.now_s - sounding.began_s) * 1000)
        entry = desk.conversation.find(sounding.item_id)
        if entry is not None:
            cut(desk, sounding.item_id, 0, int(heard_ms))
        return True

    def _drain(self) -> Activity:
        self._stop()
        yield 0.0

    def _stop(self) -> None:
        sounding, self._sounding = self._sounding, None
        if sounding is not None:
            self._desk.agenda.stop(_NAME)
            self._desk.out.send(
                "output_audio_buffer.stopped", response_id=sounding.response_id
            )


def cut(desk: Desk, item_id: str, content_index: int, audio_end_ms: int) -> None:
    """Shorten an answer to what was heard; what it said is no longer known."""
    entry = desk.conversation.find(item_id)
    if entry is not None:
        entry.cut_ms = audio_end_ms
        entry.audio_ms = min(entry.audio_ms, audio_end_ms)
        entry.audio = entry.audio[: audio_end_ms * _BYTES_A_MS]
        entry.item["content"] = [
            {key: value for key, value in part.items() if key != "transcript"}
            for part in entry.item["content"]
        ]
    desk.out.send(
        "conversation.item.truncated",
        item_id=item_id,
        content_index=content_index,
        audio_end_ms=audio_end_ms,
    )
