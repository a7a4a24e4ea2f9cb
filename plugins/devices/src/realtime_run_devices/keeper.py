"""Keeps one direction going: opens its device, notices its loss, and replaces it.

While there is no device, silence takes its place at the pace of real time, so that the
conversation goes on. What is lost and what to try next is decided in `watch` and
`names`.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Literal, Protocol

from realtime_run.core.errors import AudioError
from realtime_run.plugin.edges import DeviceChange
from realtime_run_devices.calls import LIST_S, OneAtATime, asked, closed, opened
from realtime_run_devices.driver import Direction, Driver, Found, Stream
from realtime_run_devices.line import Line, Time
from realtime_run_devices.names import (
    DEFAULT,
    IN_WORDS,
    Home,
    candidates,
    is_home,
    quoted,
)
from realtime_run_devices.settings import NONE
from realtime_run_devices.watch import LOOK_S, LOST_S, PERIOD_S, Watch, began, watched

FIRST_CALL_S = 2.0
"""How long a device may take to call back after it was opened, as over Bluetooth."""
_LEAVE_S = 0.3
"""How long a lost device is waited for when it is closed: some are not to be had again
before."""


class End(Protocol):
    """What a device is opened for: the user's ear, or his voice."""

    @property
    def direction(self) -> Direction:
        """Which way the sound goes."""
        ...

    def line(self) -> Line:
        """Return a new line that is not used yet."""
        ...

    def open(self, driver: Driver, found: Found | None, line: Line) -> Stream:
        """Open a device for a line. Called in a thread.

        Raises:
            AudioError: If it cannot be used.
        """
        ...

    def open_silence(self, line: Line) -> Stream:
        """Put silence in a device's place."""
        ...

    def use(self, line: Line, name: str) -> None:
        """Take note that this line, of the device so named, is used from now on."""


class Keeper:
    """One direction of the sound, and the device that carries it."""

    def __init__(
        self,
        end: End,
        driver: Driver,
        home: Home,
        report: Callable[[DeviceChange], None],
        time: Time,
    ) -> None:
        """Make a direction that nothing carries yet.

        Args:
            end: What the device is opened for.
            driver: What opens it.
            home: Which one is wanted.
            report: Is told what becomes of it.
            time: What its loss is noticed by.
        """
        self._end = end
        self._driver = driver
        self._home = home
        self._report = report
        self._time = time
        self._wanted = home.name or DEFAULT
        """What the device at home calls itself."""
        self._name: str | None = None
        """What is in use; None: silence."""
        self._line: Line | None = None
        self._stream: Stream | None = None
        self._watch: Watch | None = None
        self._used_s = 0.0
        """Since when it is in use."""
        self._calls = OneAtATime()

    async def start(self, found: Found | None, present: Sequence[Found]) -> None:
        """Open the device that is wanted.

        Args:
            found: The device; None: the one that the system chooses.
            present: All that there are.

        Raises:
            AudioError: If it cannot be used.
        """
        if found is not None:
            self._wanted = found.device.name
        else:
            defaults = (
                one.device.name
                for one in present
                if one.device.direction == self._end.direction and one.device.default
            )
            self._wanted = next(defaults, DEFAULT)
        try:
            line, stream = await self._tried(found)
        except AudioError as error:
            what = IN_WORDS[self._end.direction]
            message = (
                f"cannot use the {what} {quoted(self._wanted)}: {error};"
                " `realtime-run devices` lists what there is"
            )
            raise AudioError(message) from error
        self._use(line, stream, self._wanted, at_home=True)

    async def keep(self) -> None:
        """Watch the device, and replace it when it is lost. Never ends by itself."""
        while True:
            await self._time.sleep(PERIOD_S)
            if self._watch is None or self._line is None:
                continue
            self._watch, verdict = watched(
                self._watch, self._time.now(), self._line.called_s
            )
            if verdict == "lost":
                await self._lose()
            elif verdict == "look":
                await self._look(just_lost=False)

    async def close(self) -> None:
        """Close what is open, in a bounded time."""
        line, stream = self._line, self._stream
        self._line = self._stream = self._watch = None
        if line is not None and stream is not None:
            line.used = False
            await closed(stream)

    async def _lose(self) -> None:
        """Put silence in the place of what is in use, and look for something better."""
        name, stream = self._name, self._stream
        lived_s = self._time.now() - self._used_s
        line = self._end.line()
        self._use(line, self._end.open_silence(line), None, at_home=False)
        reason = f"it gave no sign of life for {LOST_S * 1000:.0f} ms"
        self._tell("lost", name or NONE, reason=reason)
        if stream is not None:
            await closed(stream, within_s=_LEAVE_S)
        # What opens and dies again at once is not tried several times a second.
        await self._look(just_lost=True, without=name if lived_s < LOOK_S else None)

    async def _look(self, *, just_lost: bool, without: str | None = None) -> None:
        """Use the best device that there is, if it is better than what is in use."""
        reason: str | None = None
        try:
            present = await asked(
                self._calls.around(self._driver.listed),
                within_s=LIST_S,
                what="the list of devices",
            )
        except AudioError as error:
            present, reason = (), str(error)
        for found in candidates(self._home, present):
            if found.device.name == self._name:
                return
            if found.device.name == without:
                continue
            try:
                line, stream = await self._tried(found)
            except AudioError as error:
                reason = reason or f"{quoted(found.device.name)}: {error}"
                continue
            await self._move(found.device.name, line, stream, reason, found)
            return
        if just_lost:
            self._tell("replaced", self._wanted, replacement=NONE, reason=reason)

    async def _move(
        self, name: str, line: Line, stream: Stream, reason: str | None, found: Found
    ) -> None:
        """Use another device, and close what was used."""
        before = self._stream
        self._use(line, stream, name, at_home=is_home(self._home, found))
        if name == self._wanted:
            self._tell("returned", name)
        else:
            self._tell("replaced", self._wanted, replacement=name, reason=reason)
        if self._home.name is None:
            self._wanted = name
        if before is not None:
            await closed(before, within_s=_LEAVE_S)

    async def _tried(self, found: Found | None) -> tuple[Line, Stream]:
        """Open a device, and wait for its first sign of life."""
        line = self._end.line()
        stream = await opened(
            self._calls.around(lambda: self._end.open(self._driver, found, line))
        )
        try:
            async with asyncio.timeout(FIRST_CALL_S):
                await line.alive.wait()
        except TimeoutError as error:
            await closed(stream, within_s=_LEAVE_S)
            message = f"it opens, and gives no sign of life for {FIRST_CALL_S:g} s"
            raise AudioError(message) from error
        except BaseException:
            await closed(stream)
            raise
        return line, stream

    def _use(
        self, line: Line, stream: Stream, name: str | None, *, at_home: bool
    ) -> None:
        if self._line is not None:
            self._line.used = False
        self._line, self._stream, self._name = line, stream, name
        self._used_s = self._time.now()
        self._watch = began(self._used_s, silent=name is None, at_home=at_home)
        self._end.use(line, name or NONE)
        line.used = True

    def _tell(
        self,
        state: Literal["lost", "replaced", "returned"],
        device: str,
        *,
        replacement: str | None = None,
        reason: str | None = None,
    ) -> None:
        self._report(
            DeviceChange(
                direction=self._end.direction,
                state=state,
                device=device,
                replacement=replacement,
                reason=reason,
            )
        )
