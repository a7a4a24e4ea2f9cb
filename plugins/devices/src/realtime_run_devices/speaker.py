"""Gives a loudspeaker what the agent says, whenever its driver asks."""

from collections.abc import Callable
from functools import partial
from typing import Literal

from realtime_run.core.pcm import BYTES_PER_SAMPLE
from realtime_run.plugin.edges import DeviceChange, Playback
from realtime_run_devices.driver import Driver, Format, Found, Stream
from realtime_run_devices.held import asked, fresh, given
from realtime_run_devices.line import Line, Time
from realtime_run_devices.mishaps import Mishaps
from realtime_run_devices.processing import Processing
from realtime_run_devices.silence import Silence


class Speaker:
    """The loudspeaker, whichever device it is at the moment."""

    direction: Literal["output"] = "output"

    def __init__(
        self,
        playback: Playback,
        processing: Processing,
        form: Format,
        report: Callable[[DeviceChange], None],
        time: Time,
    ) -> None:
        """Make a loudspeaker that no device is behind yet.

        Args:
            playback: What the agent says.
            processing: Is told what leaves for the device.
            form: How it leaves.
            report: Is told, once, if something fails.
            time: What tells how much the device holds.
        """
        self.mishaps = Mishaps(self.direction, report)
        """What failed so far."""
        self._playback = playback
        self._processing = processing
        self._form = form
        self._time = time
        self._line: Line | None = None

    @property
    def unheard_frames(self) -> int:
        """How many frames the device holds, as of its last call.

        Since then it has played on: up to a period of them was heard already.
        """
        line = self._line
        return line.held.frames if line is not None and line.held is not None else 0

    def filled(self) -> None:
        """Go on as before: it never sleeps."""

    def flush(self) -> int:
        """Return 0: what the device holds, a period or two, cannot be taken back."""
        return 0

    def line(self) -> Line:
        """Return the line of a device that holds nothing yet."""
        return Line(self._time, fresh(self._form.rate_hz, self._form.period_ms))

    def open(self, driver: Driver, found: Found | None, line: Line) -> Stream:
        """Open a loudspeaker.

        Raises:
            AudioError: If it cannot be used.
        """
        return driver.open_output(found, self._form, partial(self._pull, line))

    def open_silence(self, line: Line) -> Stream:
        """Play to nobody, in real time."""
        line.held = None
        frames = self._form.rate_hz * self._form.period_ms // 1000

        def play() -> None:
            self._pull(line, frames)

        return Silence(self._form.period_ms, play)

    def use(self, line: Line, name: str) -> None:
        """Take note of which device is heard from now on."""
        self.mishaps.device = name
        self._line = line
        held_ms = line.held.capacity * 1000 // line.held.rate_hz if line.held else 0
        # A microphone holds a period that is full, and one that fills.
        self._processing.delay_ms = held_ms + 2 * self._form.period_ms

    def _pull(self, line: Line, frames: int) -> bytes:
        """Return what the device plays next; in its thread."""
        line.beat()
        if line.held is not None:
            line.held = asked(line.held, frames)
        if line.used:
            return self._next(line, frames)
        _hold(line, frames)
        return bytes(frames * BYTES_PER_SAMPLE)

    def _next(self, line: Line, frames: int) -> bytes:
        samples = bytes(frames * BYTES_PER_SAMPLE)
        try:
            # Noted in between, an interruption would count them as heard.
            samples = self._playback.pull(frames, taken=partial(_hold, line, frames))
            self._processing.far(samples)
        except Exception as error:  # noqa: BLE001 - a driver's thread must not die of it
            self.mishaps.note(error)
        return samples


def _hold(line: Line, frames: int) -> None:
    """Note that a device holds so many frames more."""
    if line.held is not None:
        line.held = given(line.held, frames, line.called_s)
