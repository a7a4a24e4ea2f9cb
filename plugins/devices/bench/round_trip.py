"""Measures the way of a sound through speaker and microphone, and what both cost.

A click is put into the ring: how long from when the speaker's driver takes it until it
is read from a microphone that hears the speaker? Both are virtual, of a private
PulseAudio server: what is measured is the plugin, miniaudio and the server. The virtual
speaker plays a period as soon as it has it, where a real one plays it sample by sample,
and air and converters take their time too. The processor's time is that of the program
while the agent is silent, once without and once with echo cancellation.

    python plugins/devices/bench/round_trip.py [OPENINGS]
"""

import asyncio
import os
import statistics
import sys
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter, process_time

from realtime_run.core.errors import AudioError
from realtime_run.plugin.api import DeviceChange, Microphone, OutputDevice
from realtime_run_devices import echo_cancellation, plugin
from realtime_run_devices.virtual_audio import LOOP, SPEAKER, virtual_audio

_HZ = 24_000
_PERIODS_MS = (10, 20)
_LOUD = 4_000
_CLICK = array("h", [20_000] * 24).tobytes()
_LONGEST_S = 1.0
_BETWEEN_S = 0.15
_SETTLE_S = 0.5
_IDLE_S = 1.0
_CLICKS = 4


@dataclass
class _Ring:
    """A ring that holds silence, and now and then one click."""

    rate_hz: int = _HZ
    pending_frames: int = 0
    pulled_at: float | None = None
    """When the click left."""
    changes: list[DeviceChange] = field(default_factory=list)
    _waits: bool = False

    def click(self) -> None:
        self.pulled_at = None
        self._waits = True

    def pull(self, frames: int, *, taken: Callable[[], None] | None = None) -> bytes:
        if taken is not None:
            taken()
        if not self._waits or frames * 2 < len(_CLICK):
            return bytes(frames * 2)
        self._waits = False
        self.pulled_at = perf_counter()
        return _CLICK.ljust(frames * 2, b"\0")

    def attach(self, device: OutputDevice) -> None:
        pass

    def report(self, change: DeviceChange) -> None:
        self.changes.append(change)


async def _round_trip_ms(ring: _Ring, microphone: Microphone) -> float:
    """Send one click around."""
    ring.click()
    async with asyncio.timeout(_LONGEST_S):
        while True:
            heard = array("h", (await microphone.read()).data)
            loud = next((n for n, s in enumerate(heard) if abs(s) > _LOUD), None)
            if ring.pulled_at is not None and loud is not None:
                return (perf_counter() - ring.pulled_at) * 1000


async def _read_for(microphone: Microphone, seconds: float) -> None:
    until = perf_counter() + seconds
    while perf_counter() < until:
        await microphone.read()


async def _opened(period_ms: int, *, cancelling: bool) -> tuple[float, list[float]]:
    """Return the percentage of a core, and the round trips, of devices opened once."""
    offer = plugin.realtime_run_audio()
    settings = offer.settings.model_validate(
        {
            "input": LOOP,
            "output": SPEAKER,
            "period": f"{period_ms}ms",
            "echo_cancellation": cancelling,
        }
    )
    ring = _Ring()
    trips: list[float] = []
    async with offer.make(settings).open(ring) as microphone:
        assert microphone is not None
        await _read_for(microphone, _SETTLE_S)
        used, began = process_time(), perf_counter()
        await _read_for(microphone, _IDLE_S)
        percent = 100 * (process_time() - used) / (perf_counter() - began)
        # An echo canceller would take the click out.
        for _ in range(0 if cancelling else _CLICKS):
            trips.append(await _round_trip_ms(ring, microphone))
            await _read_for(microphone, _BETWEEN_S)
    assert not ring.changes, ring.changes
    return percent, trips


async def _measure(period_ms: int, openings: int, *, cancelling: bool) -> str:
    # Where in a frame of 20 ms a click falls is settled when the devices open, and
    # stays: one opening would measure that.
    percents: list[float] = []
    trips: list[float] = []
    for _ in range(openings):
        percent, more = await _opened(period_ms, cancelling=cancelling)
        percents.append(percent)
        trips += more
    name = "echo cancellation" if cancelling else "plain"
    line = f"{period_ms:3} ms  {name:18} {statistics.median(percents):5.1f} %"
    if not trips:
        return line
    middle = statistics.median(trips)
    return f"{line}  {middle:5.1f} ms  ({min(trips):.1f} to {max(trips):.1f})"


async def _main(openings: int) -> None:
    print(f"medians of {openings} openings, {_CLICKS} clicks each")
    print("period, of a core, round trip (least to most)")
    for cancelling in (False, True):
        if cancelling and not echo_cancellation.is_installed():
            print("echo cancellation: skipped, 'livekit' is not installed")
            return
        for period_ms in _PERIODS_MS:
            print(await _measure(period_ms, openings, cancelling=cancelling))


if __name__ == "__main__":
    try:
        with virtual_audio() as sound, sound.looped():
            os.environ.update(sound.environment)
            asyncio.run(_main(int(sys.argv[1]) if len(sys.argv) > 1 else 5))
            load = " ".join(f"{one:.1f}" for one in os.getloadavg())
            print(f"load {load} on {os.cpu_count()} cores")
    except AudioError as error:
        print(f"skipped: {error}")
