from hypothesis import given
from hypothesis import strategies as st

from realtime_run_devices.watch import LOOK_S, LOST_S, PERIOD_S, Watch, began, watched


def verdicts(watch: Watch, until_s: float, called_s: float) -> list[str]:
    """Watch a device that called last at `called_s`, every 50 ms."""
    heard: list[str] = []
    for tick in range(1, round(until_s / PERIOD_S) + 1):
        watch, verdict = watched(watch, tick * PERIOD_S, called_s)
        heard.append(verdict)
    return heard


def test_a_device_that_calls_is_fine() -> None:
    watch = began(0.0, silent=False, at_home=True)

    for tick in range(1, 100):
        watch, verdict = watched(watch, tick * PERIOD_S, tick * PERIOD_S - 0.01)
        assert verdict == "fine"


def test_a_device_that_does_not_call_for_longer_than_250_ms_is_lost() -> None:
    heard = verdicts(began(0.0, silent=False, at_home=True), 0.3, called_s=0.0)

    assert heard == ["fine"] * 5 + ["lost"]


def test_silence_is_never_lost() -> None:
    heard = verdicts(began(0.0, silent=True, at_home=True), 5.0, called_s=0.0)

    assert set(heard) == {"fine"}


def test_a_device_that_is_away_is_looked_for_every_second() -> None:
    heard = verdicts(began(0.0, silent=True, at_home=False), 4.0, called_s=0.0)

    assert heard.count("look") == 4 // LOOK_S
    assert heard.index("look") == round(LOOK_S / PERIOD_S) - 1


def test_a_process_that_stood_still_holds_it_against_no_device() -> None:
    watch = began(0.0, silent=False, at_home=True)

    watch, after_sleep = watched(watch, 3600.0, called_s=0.0)
    watch, soon = watched(watch, 3600.05, called_s=0.0)
    for tick in range(2, 7):
        watch, verdict = watched(watch, 3600.0 + tick * PERIOD_S, called_s=0.0)

    assert (after_sleep, soon, verdict) == ("fine", "fine", "lost")


@given(st.lists(st.floats(0.001, 0.19), max_size=60), st.floats(0, 0.25))
def test_no_device_is_lost_that_called_within_250_ms(
    steps: list[float], age_s: float
) -> None:
    watch, now = began(0.0, silent=False, at_home=False), 0.0

    for step in steps:
        now += step
        watch, verdict = watched(watch, now, now - min(age_s, LOST_S) * 0.999)
        assert verdict != "lost"
