"""Measures what a conversation on devices costs, on a driver without sound.

The driver keeps real time and needs no sound server, so what is measured is ours: the
processor time of callbacks, watching and reading, how regular the callbacks are, and
how long it takes to open and to close.
"""

import asyncio
import itertools
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from realtime_run_devices.edge import DevicesAudio
from realtime_run_devices.miniaudio_driver import MiniaudioDriver
from realtime_run_devices.settings import DevicesSettings

SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
RATE_HZ = 24_000


class Tone:
    """An agent that never stops."""

    rate_hz = RATE_HZ
    pending_frames = RATE_HZ

    def __init__(self) -> None:
        self.pulled_s: list[float] = []
        self.reported: list[Any] = []

    def pull(self, frames: int, *, taken: Callable[[], None] | None = None) -> bytes:
        if taken is not None:
            taken()
        self.pulled_s.append(time.perf_counter())
        return b"\x10\x00" * frames

    def attach(self, device: Any) -> None:
        self.device = device

    def report(self, change: Any) -> None:
        self.reported.append(change)


def percent(gaps_ms: Sequence[float], share: float) -> float:
    return statistics.quantiles(gaps_ms, n=100)[round(share * 100) - 1]


async def measure(settings: DevicesSettings) -> str:
    tone = Tone()
    began = time.perf_counter()
    async with DevicesAudio(settings, MiniaudioDriver(["NULL"])).open(tone) as mic:
        assert mic is not None
        opened_ms = (time.perf_counter() - began) * 1000
        await mic.read()
        tone.pulled_s.clear()
        start, cpu = time.perf_counter(), time.process_time()
        frames = 0
        while time.perf_counter() - start < SECONDS:
            await mic.read()
            frames += 1
        took = time.perf_counter() - start
        share = (time.process_time() - cpu) / took * 100
        pulled = tuple(tone.pulled_s)
        ending = time.perf_counter()
    closed_ms = (time.perf_counter() - ending) * 1000
    gaps = [(b - a) * 1000 for a, b in itertools.pairwise(pulled)]
    return (
        f"{share:4.1f} % of a core; a pull every {statistics.median(gaps):4.1f} ms,"
        f" p99 {percent(gaps, 0.99):5.1f}, max {max(gaps):5.1f};"
        f" {frames / took:4.1f} frames/s read, {mic.dropped} dropped;"  # type: ignore[attr-defined]
        f" open {opened_ms:.0f} ms, close {closed_ms:.0f} ms;"
        f" {len(tone.reported)} losses"
    )


def main() -> None:
    written: dict[str, dict[str, object]] = {
        "period 10 ms": {},
        "period 20 ms": {"period": "20ms"},
        "half duplex": {"half_duplex": True},
    }
    for name, beside_use in written.items():
        settings = DevicesSettings.model_validate(beside_use)
        print(f"{name:14s}", asyncio.run(measure(settings)))


if __name__ == "__main__":
    main()
