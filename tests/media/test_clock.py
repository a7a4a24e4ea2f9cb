import asyncio

from hypothesis import given
from hypothesis import strategies as st

from realtime_run.media.clock import FrameCounter, Ticker


class LateClock:
    """Time that passes only in `sleep`, and wakes its sleeper so late each time."""

    def __init__(self, *lateness: float) -> None:
        self.time = 100.0
        self._lateness = list(lateness)

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds + (self._lateness.pop(0) if self._lateness else 0.0)
        await asyncio.sleep(0)


async def times_of(ticker: Ticker, clock: LateClock, ticks: int) -> list[float]:
    times: list[float] = []
    for _ in range(ticks):
        await ticker.tick()
        times.append(round(clock.time - 100, 6))
    return times


async def test_a_late_period_is_caught_up_and_makes_no_later_one_late() -> None:
    clock = LateClock(0, 0.05)
    ticker = Ticker(clock)

    times = await times_of(ticker, clock, 6)

    assert times == [0.0, 0.07, 0.07, 0.07, 0.08, 0.1]


async def test_an_hour_of_late_periods_does_not_drift() -> None:
    clock = LateClock(*[0.003] * 1000)
    ticker = Ticker(clock)

    times = await times_of(ticker, clock, 1000)

    assert times[-1] == round(999 * 0.02 + 0.003, 6)


async def test_periods_of_a_long_standstill_are_given_up() -> None:
    clock = LateClock(0, 60.01)
    ticker = Ticker(clock)

    lost = [await ticker.tick() for _ in range(4)]

    assert lost == [0, 3000, 0, 0]
    assert round(clock.time - 100, 6) == 60.06


async def test_a_microphone_has_its_first_period_after_it() -> None:
    clock = LateClock()
    ticker = Ticker(clock, first_due_s=0.02)

    times = await times_of(ticker, clock, 2)

    assert times == [0.02, 0.04]


@given(st.integers(4_000, 384_000), st.integers(1, 500))
def test_frames_of_periods_add_up_to_the_rate(rate_hz: int, periods: int) -> None:
    counter = FrameCounter(rate_hz)

    shares = [counter.next() for _ in range(periods)]

    assert sum(shares) == rate_hz * 20 * periods // 1000
    assert max(shares) - min(shares) <= 1
