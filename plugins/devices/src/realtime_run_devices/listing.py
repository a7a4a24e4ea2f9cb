"""Lists the devices of this machine, and tests a microphone and a loudspeaker."""

import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from functools import partial

from realtime_run.core.errors import AudioError
from realtime_run.core.pcm import BYTES_PER_SAMPLE
from realtime_run.plugin.sound_devices import DeviceTest, SoundDevice
from realtime_run_devices.calls import CLOSE_S, LIST_S, OPEN_S, Attempt, waited
from realtime_run_devices.driver import Direction, Driver, Format, Found, Stream
from realtime_run_devices.miniaudio_driver import MiniaudioDriver
from realtime_run_devices.names import DEFAULT, IN_WORDS, quoted, resolve
from realtime_run_devices.probe import below_full_db, echo_of, is_clipped, sweep

RATE_HZ = 48_000
PERIOD_MS = 10
RECORDED_MS = 1_000
ROOM_MS = 800
"""How long after the sweep its echo is waited for: Bluetooth takes 0.3 s."""
PATIENCE_S = 3.0
"""How much longer than expected a device may take."""


class Listing:
    """The devices that a driver knows."""

    def __init__(self, driver: Driver | None = None) -> None:
        """Make a list that is not read yet.

        Args:
            driver: The sound system; miniaudio's if it is left out.
        """
        self._driver = driver or MiniaudioDriver()

    def listed(self) -> Sequence[SoundDevice]:
        """See `SoundDevices.listed`."""
        return tuple(found.device for found in self._present())

    def test(
        self,
        input_device: str | int,
        output_device: str | int,
        report: Callable[[str], None],
    ) -> DeviceTest:
        """See `SoundDevices.test`."""
        present = self._present()
        _, microphone = resolve(input_device, "input", present)
        _, loudspeaker = resolve(output_device, "output", present)
        form = Format(rate_hz=RATE_HZ, period_ms=PERIOD_MS)
        tape, reel = _Tape(), _Reel()
        name = _name("input", microphone, present)
        hear = partial(self._driver.open_input, microphone, form, tape.take)
        with _open(hear, f"the microphone {name}"):
            report(f"microphone {name}: say something, for a second")
            recorded = tape.next(RECORDED_MS, f"the microphone {name}")
            spoken = _name("output", loudspeaker, present)
            speak = partial(self._driver.open_output, loudspeaker, form, reel.pull)
            with _open(speak, f"the loudspeaker {spoken}"):
                report(f"loudspeaker {spoken}: this is what was heard")
                reel.play(recorded)
                reel.until_played(RECORDED_MS, f"the loudspeaker {spoken}")
                report("now a whistle from low to high, to hear whether it comes back")
                probe = sweep(RATE_HZ)
                reel.play(probe, at_start=tape.clear)
                heard = tape.next(
                    _milliseconds(probe) + ROOM_MS, f"the microphone {name}"
                )
        echo = echo_of(probe, heard, RATE_HZ)
        return DeviceTest(
            recorded_db=below_full_db(recorded),
            clipped=is_clipped(recorded),
            played_ms=RECORDED_MS,
            echo_db=None if echo is None else echo.quieter_db,
            echo_delay_ms=None if echo is None else echo.delay_ms,
        )

    def _present(self) -> Sequence[Found]:
        return waited(self._driver.listed, within_s=LIST_S, what="the list of devices")


class _Tape:
    """What a microphone hears."""

    def __init__(self) -> None:
        self._heard = bytearray()
        self._more = threading.Condition()

    def take(self, samples: bytes) -> None:
        """Append samples; in the driver's thread."""
        with self._more:
            self._heard += samples
            self._more.notify_all()

    def clear(self) -> None:
        """Begin anew."""
        with self._more:
            self._heard.clear()

    def next(self, milliseconds: int, whose: str) -> bytes:
        """Wait for so much, and return it.

        Raises:
            AudioError: If it does not come.
        """
        width = _width(milliseconds)
        with self._more:
            enough = self._more.wait_for(
                lambda: len(self._heard) >= width, milliseconds / 1000 + PATIENCE_S
            )
            heard = bytes(self._heard[:width])
            self._heard.clear()
        if not enough:
            message = f"{whose} gives no sound: it was unplugged, or hangs"
            raise AudioError(message)
        return heard


class _Reel:
    """What a loudspeaker plays."""

    def __init__(self) -> None:
        self._waiting = b""
        self._at_start: Callable[[], None] | None = None
        self._changed = threading.Condition()

    def play(self, samples: bytes, at_start: Callable[[], None] | None = None) -> None:
        """Play samples next.

        Args:
            samples: Mono s16le.
            at_start: Called when the first of them leaves.
        """
        with self._changed:
            self._waiting, self._at_start = samples, at_start

    def pull(self, frames: int, *, taken: Callable[[], None] | None = None) -> bytes:
        """Return what comes next; in the driver's thread."""
        width = frames * BYTES_PER_SAMPLE
        with self._changed:
            played, self._waiting = self._waiting[:width], self._waiting[width:]
            at_start = self._at_start if played else None
            if played:
                self._at_start = None
            self._changed.notify_all()
        if at_start is not None:
            at_start()
        if taken is not None:
            taken()
        return played.ljust(width, b"\0")

    def until_played(self, milliseconds: int, whose: str) -> None:
        """Wait until everything has left.

        Raises:
            AudioError: If it does not.
        """
        with self._changed:
            done = self._changed.wait_for(
                lambda: not self._waiting, milliseconds / 1000 + PATIENCE_S
            )
        if not done:
            message = f"{whose} takes no sound: it was unplugged, or hangs"
            raise AudioError(message)


@contextmanager
def _open(open_stream: Callable[[], Stream], whose: str) -> Generator[None]:
    """Open a device, and close it in the end."""
    attempt = Attempt(open_stream)
    try:
        stream = waited(attempt.run, within_s=OPEN_S, what="opening it")
    except AudioError as error:
        attempt.give_up()
        message = f"cannot use {whose}: {error}"
        raise AudioError(message) from error
    except BaseException:  # Ctrl-C
        attempt.give_up()
        raise
    try:
        yield
    finally:
        with suppress(AudioError):  # it hangs: the process ends without it
            waited(stream.close, within_s=CLOSE_S, what="closing it")


def _name(direction: Direction, found: Found | None, present: Sequence[Found]) -> str:
    if found is not None:
        return quoted(found.device.name)
    for one in present:
        if one.device.direction == direction and one.device.default:
            return quoted(one.device.name)
    return f"{DEFAULT} ({IN_WORDS[direction]})"


def _width(milliseconds: int) -> int:
    return RATE_HZ * milliseconds // 1000 * BYTES_PER_SAMPLE


def _milliseconds(samples: bytes) -> int:
    return len(samples) * 1000 // (RATE_HZ * BYTES_PER_SAMPLE)
