"""Takes what a microphone hears in its driver's thread, and gives it to the session."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Literal

from realtime_run.core.pcm import BYTES_PER_SAMPLE, FRAME_MS, Framer, Pcm
from realtime_run.plugin.edges import DeviceChange
from realtime_run_devices.driver import Driver, Format, Found, Stream
from realtime_run_devices.line import Line, Time
from realtime_run_devices.mishaps import Mishaps
from realtime_run_devices.processing import Processing
from realtime_run_devices.silence import Silence

MOST_FRAMES = 1000 // FRAME_MS
"""How many frames of 20 ms wait to be read, a second; then the oldest is dropped: what
the user says now matters more than what he said then."""


class DeviceMicrophone:
    """The microphone, whichever device it is at the moment.

    Frames pass from the driver's thread to the loop through a deque, whose `append` and
    `popleft` are atomic: neither side ever waits for the other.
    """

    direction: Literal["input"] = "input"
    used_up = False
    patient = False

    def __init__(
        self,
        processing: Processing,
        form: Format,
        report: Callable[[DeviceChange], None],
        time: Time,
    ) -> None:
        """Make a microphone that no device is behind yet; on the session's loop.

        Args:
            processing: Cleans what is heard.
            form: How it arrives.
            report: Is told, once, if something fails.
            time: What tells when the device called.
        """
        self.rate_hz = form.rate_hz
        self.dropped = 0
        """How many frames of 20 ms were dropped, since nobody read them."""
        self.mishaps = Mishaps(self.direction, report)
        """What failed so far."""
        self._processing = processing
        self._form = form
        self._time = time
        self._framer = Framer(form.rate_hz)
        self._frames: deque[Pcm] = deque(maxlen=MOST_FRAMES)
        self._arrived = asyncio.Event()
        self._wanted = False
        self._loop = asyncio.get_running_loop()

    async def read(self) -> Pcm:
        """Return the next 20 ms; what was heard before the first call is not in it."""
        self._wanted = True
        while not self._frames:
            self._arrived.clear()
            if not self._frames:  # one may have come between the two
                await self._arrived.wait()
        return self._frames.popleft()

    def line(self) -> Line:
        """Return the line of a device that was not opened yet."""
        return Line(self._time)

    def open(self, driver: Driver, found: Found | None, line: Line) -> Stream:
        """Open a microphone.

        Raises:
            AudioError: If it cannot be used.
        """
        return driver.open_input(found, self._form, partial(self._take, line))

    def open_silence(self, line: Line) -> Stream:
        """Hear nothing, in real time."""
        frames = self._form.rate_hz * self._form.period_ms // 1000

        def hear() -> None:
            self._take(line, bytes(frames * BYTES_PER_SAMPLE))

        return Silence(self._form.period_ms, hear)

    def use(self, line: Line, name: str) -> None:
        """Take note of which device is heard from now on."""
        del line  # a microphone holds nothing that anybody asks for
        self.mishaps.device = name

    def _take(self, line: Line, samples: bytes) -> None:
        """Take what was heard; in the device's thread."""
        line.beat()
        if not line.used:
            return
        try:
            heard = self._processing.near(samples)
        except Exception as error:  # noqa: BLE001 - a driver's thread must not die of it
            self.mishaps.note(error)
            heard = bytes(len(samples))  # what was not cleaned might be the agent
        if not self._wanted:
            return
        for frame in self._framer.push(Pcm(heard, self.rate_hz)):
            if len(self._frames) == MOST_FRAMES:
                self.dropped += 1
            self._frames.append(frame)
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                self._loop.call_soon_threadsafe(self._arrived.set)
