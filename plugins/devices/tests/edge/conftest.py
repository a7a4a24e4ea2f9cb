import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence

import pytest

from realtime_run.core.errors import AudioError
from realtime_run.plugin.edges import DeviceChange, OutputDevice
from realtime_run.plugin.sound_devices import SoundDevice
from realtime_run.testing.time import HandClock
from realtime_run_devices.driver import Direction, Format, Found, Pull, Take

MIC, SPEAKER = "Desk Microphone", "Desk Speaker"
FRAMES = 240
"""10 ms at 24 kHz."""


class HandStream:
    """An open device that calls when the test says so."""

    def __init__(self, driver: "HandDriver", name: str, call: Pull | Take) -> None:
        self.driver = driver
        self.name = name
        self.call = call
        self.closed = threading.Event()

    def close(self) -> None:
        self.closed.set()
        if self.name in self.driver.hangs_when_closed:
            self.driver.released.wait()


class HandDriver:
    """A sound system whose devices come, go, hang and fail when the test says so."""

    def __init__(self) -> None:
        self.present: list[Found] = []
        self.refuses: dict[str, str | Exception] = {}
        self.dead: set[str] = set()
        """Which devices open, and then never call."""
        self.hangs_when_closed: set[str] = set()
        self.hangs_when_opened: set[str] = set()
        self.hangs_when_listed = False
        self.no_server: str | None = None
        self.released = threading.Event()
        """Lets go what hangs."""
        self.streams: list[HandStream] = []
        self.plug("input", MIC, default=True)
        self.plug("output", SPEAKER, default=True)

    def plug(
        self,
        direction: Direction,
        name: str,
        *,
        default: bool = False,
        loopback: bool = False,
    ) -> None:
        index = sum(one.device.direction == direction for one in self.present)
        device = SoundDevice(
            index=index, name=name, direction=direction, default=default
        )
        self.present.append(Found(device=device, loopback=loopback))

    def unplug(self, name: str) -> None:
        self.present = [one for one in self.present if one.device.name != name]

    def stream(self, name: str) -> HandStream:
        """The newest one of that device."""
        return [one for one in self.streams if one.name == name][-1]

    def plays(self, name: str, frames: int = FRAMES) -> bytes:
        """Let a loudspeaker ask for so much."""
        played = self.stream(name).call(frames)  # type: ignore[arg-type]  # it pulls
        assert isinstance(played, bytes)
        return played

    def hears(self, name: str, samples: bytes) -> None:
        """Let a microphone hear it."""
        self.stream(name).call(samples)  # type: ignore[arg-type]  # it takes

    def listed(self) -> Sequence[Found]:
        if self.hangs_when_listed:
            self.released.wait()
        if self.no_server is not None:
            raise AudioError(self.no_server)
        return tuple(self.present)

    def open_output(self, found: Found | None, form: Format, pull: Pull) -> HandStream:
        stream = self._opened("output", found, pull)
        if stream.name not in self.dead:
            pull(form.rate_hz * form.period_ms // 1000)
        return stream

    def open_input(self, found: Found | None, form: Format, take: Take) -> HandStream:
        stream = self._opened("input", found, take)
        if stream.name not in self.dead:
            take(bytes(2 * form.rate_hz * form.period_ms // 1000))
        return stream

    def _opened(
        self, direction: Direction, found: Found | None, call: Pull | Take
    ) -> HandStream:
        if found is None:
            (found,) = (
                one
                for one in self.present
                if one.device.direction == direction and one.device.default
            )
        name = found.device.name
        if name in self.hangs_when_opened:
            self.released.wait()
        match self.refuses.get(name):
            case str() as reason:
                raise AudioError(reason)
            case Exception() as error:
                raise error
            case _:
                stream = HandStream(self, name, call)
                self.streams.append(stream)
                return stream


class Voice:
    """What the agent says: a Playback that counts what was pulled."""

    def __init__(self, rate_hz: int = 24_000) -> None:
        self.rate_hz = rate_hz
        self.waiting = b""
        self.pulled = 0
        self.fails: Exception | None = None
        self.device: OutputDevice | None = None
        self.told: list[DeviceChange] = []
        self._changed = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    @property
    def pending_frames(self) -> int:
        return len(self.waiting) // 2

    def pull(self, frames: int, *, taken: Callable[[], None] | None = None) -> bytes:
        if self.fails is not None:
            raise self.fails
        self.pulled += frames
        if taken is not None:
            taken()
        played, self.waiting = self.waiting[: 2 * frames], self.waiting[2 * frames :]
        self._loop.call_soon_threadsafe(self._changed.set)
        return played.ljust(2 * frames, b"\0")

    def attach(self, device: OutputDevice) -> None:
        self.device = device

    def report(self, change: DeviceChange) -> None:
        self.told.append(change)
        self._loop.call_soon_threadsafe(self._changed.set)

    async def until(self, seen: Callable[[], bool]) -> None:
        while not seen():
            self._changed.clear()
            await self._changed.wait()


class HandTime(HandClock):
    """A clock that the test moves, as devices see it."""

    def now(self) -> float:
        return self.now_ns() / 1e9


@pytest.fixture
def driver() -> Iterator[HandDriver]:
    driver = HandDriver()
    yield driver
    driver.released.set()


@pytest.fixture
def hand_time() -> HandTime:
    return HandTime()


@pytest.fixture
async def voice() -> Voice:
    return Voice()
