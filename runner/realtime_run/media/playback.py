"""What the agent still has to say, and the one clock of truth for what was heard.

Providers generate faster than real time, so seconds of audio wait here. An output
device pulls it at its own pace, from any thread; frames pulled are frames heard, less
what the device says that it still holds. That position drives truncation, the
transcript as heard, recordings and figures; wall clock never does.

While it is uncertain whether the user interrupts, the voice is paused or lowered.
Nothing is lost by either: each sample is heard once, unless it is flushed.
"""

import threading
from collections import deque
from collections.abc import Callable, Mapping

from realtime_run.core.pcm import BYTES_PER_SAMPLE, Pcm
from realtime_run.media.fade import Fade
from realtime_run.media.response_queue import ResponseQueue
from realtime_run.media.underway import Ended, Note, Played, Started, Underway
from realtime_run.plugin.edges import DeviceChange, OutputDevice

__all__ = ["MOST_SECONDS", "Ended", "Note", "Playback", "Played", "Started"]

MOST_SECONDS = 600
"""How much unplayed audio is kept; more is refused, see `Playback.push`."""
_ENDED = 8
"""Of so many responses that were heard to the end it is remembered: the session may not
have been told yet when it is interrupted."""


class Playback:
    """A buffer of mono s16le, ordered by response, that any thread may pull from."""

    def __init__(
        self, rate_hz: int, notify: Callable[[tuple[Note, ...]], None]
    ) -> None:
        """Make an empty buffer.

        Args:
            rate_hz: The rate at which the device pulls; what is pushed is converted.
            notify: Told what was heard, in its order, in the thread that found out.
                Must neither block nor call back.
        """
        self.rate_hz = rate_hz
        self._notify = notify
        self._lock = threading.Lock()
        self._queues: deque[ResponseQueue] = deque()
        self._pending = 0  # bytes
        self._limit = MOST_SECONDS * rate_hz * BYTES_PER_SAMPLE
        self._device: OutputDevice | None = None
        self._underway = Underway(rate_hz)
        self._heard_out: deque[Ended] = deque(maxlen=_ENDED)
        self._paused = False
        self._fade: Fade | None = None  # at full level there is none
        self._silent = True  # what was pulled last

    @property
    def pending_frames(self) -> int:
        """How many frames wait to be pulled; none do while it is paused."""
        return 0 if self._paused else self._pending // BYTES_PER_SAMPLE

    def attach(self, device: OutputDevice) -> None:
        """Name the device that holds samples between `pull` and the ear."""
        self._device = device

    def report(self, change: DeviceChange) -> None:
        """Tell the session what became of a device."""
        self._notify((change,))

    def push(self, response_id: str, pcm: Pcm) -> bool:
        """Append samples of a response; False if the buffer is full and refuses."""
        with self._lock:
            queue = self._queue_of(response_id)
            if self._pending >= self._limit:
                return False
            self._pending += queue.push(pcm)
        self._wake()
        return True

    def finish(self, response_id: str) -> None:
        """Note that a response has no more samples."""
        with self._lock:
            self._pending += self._queue_of(response_id).finish()
            while self._ended():
                pass
            self._tell(self._underway.hear(self._ear()))

    def pull(self, frames: int, *, taken: Callable[[], None] | None = None) -> bytes:
        """Return exactly `frames` frames, silence where nothing waits.

        Args:
            frames: How many.
            taken: See `plugin.edges.Playback`.
        """
        missing = frames * BYTES_PER_SAMPLE
        parts: list[bytes] = []
        with self._lock:
            underway = self._underway
            ear = self._ear()
            while self._queues and not self._paused:
                queue = self._queues[0]
                source = queue.take(missing)
                if source:
                    sound = source if self._fade is None else self._fade.apply(source)
                    underway.add(queue, source, sound)
                    parts.append(sound)
                    missing -= len(source)
                    self._pending -= len(source)
                if not self._ended():
                    break  # it has more, or is still growing, and keeps its place
            if frames:
                self._fall_silent(missing)
            if taken is not None:
                taken()
            heard = underway.hear(underway.pulled if self._device is None else ear)
            self._tell(heard)
        return b"".join(parts) + bytes(missing)

    def pause(self) -> None:
        """Fall silent now; what was not heard is kept, and heard after `resume`.

        What a device holds is taken back as far as it can be. The rest of it sounds,
        and counts as heard when its time has come.
        """
        with self._lock:
            self._paused = True
            self._take_back()

    def duck(self) -> None:
        """Go on 20 dB lower, also after `pause`; it takes 10 ms to get there.

        What a device holds is left to it as it is.
        """
        with self._lock:
            self._paused = False
            self._fade = self._fade or Fade(self.rate_hz)
            self._fade.lower()
            self._settle()
        self._wake()

    def resume(self) -> None:
        """Go on after `pause` or `duck`, as loud as before."""
        with self._lock:
            self._paused = False
            if self._fade is not None:
                self._fade.lift()
                self._settle()
        self._wake()

    def flush(self) -> Mapping[str, float]:
        """Drop everything that was not heard; what comes next is as loud as ever.

        What a device cannot take back sounds, but is not told of.

        Returns:
            Of each response that was in the buffer, and of the last that left it, the
            milliseconds that were heard.
        """
        with self._lock:
            self._take_back()
            notes, played = self._underway.drop()
            waiting = {queue.response_id: queue.heard_ms for queue in self._queues}
            self._queues.clear()
            self._pending = 0
            self._paused = False
            self._fade = None
            self._tell(notes)
            over = {ended.response_id: ended.played_ms for ended in self._heard_out}
        return {**over, **played, **waiting}

    def _ear(self) -> int:
        """Return the position of what is being heard."""
        if self._device is None:
            return self._underway.pulled
        held = self._device.unheard_frames * BYTES_PER_SAMPLE
        return self._underway.pulled - held

    def _take_back(self) -> None:
        """Empty the device as far as it can be, into the queues it came from."""
        self._tell(self._underway.hear(self._ear()))
        if self._device is None:
            return
        dropped = self._device.flush() * BYTES_PER_SAMPLE
        given, reopened = self._underway.take_back(dropped)
        self._pending += given
        self._queues.extendleft(reopened)
        # It went on until it was emptied.
        self._tell(self._underway.hear(self._ear()))

    def _queue_of(self, response_id: str) -> ResponseQueue:
        for queue in self._queues:
            if queue.response_id == response_id:
                return queue
        queue = ResponseQueue(response_id, self.rate_hz)
        self._queues.append(queue)
        return queue

    def _ended(self) -> bool:
        """Remove the first response if it was pulled to its end."""
        if not self._queues or not self._queues[0].over:
            return False
        self._underway.end(self._queues.popleft())
        return True

    def _fall_silent(self, size: int) -> None:
        """Note with how many bytes of silence a pull ends."""
        self._underway.pulled += size
        self._silent = size > 0
        if self._fade is not None:
            self._settle()

    def _settle(self) -> None:
        """Be at the wanted level at once where no step can be heard."""
        if self._fade is not None and self._silent:
            self._fade.settle()
        if self._fade is not None and self._fade.over:
            self._fade = None

    def _tell(self, notes: list[Note]) -> None:
        """Tell the session; under the lock, so that no thread overtakes another."""
        self._heard_out.extend(note for note in notes if isinstance(note, Ended))
        if notes:
            self._notify(tuple(notes))

    def _wake(self) -> None:
        if self._device is not None and not self._paused:
            self._device.filled()
