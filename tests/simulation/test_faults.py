"""Faults are read from names and values, as every simulator lists its own."""

from collections.abc import Mapping

import pytest

from realtime_run.simulation.disturbance import Disturbances
from realtime_run.simulation.faults import (
    Fault,
    FaultError,
    choice,
    closing,
    count,
    duration,
    flag,
    read_faults,
)

KNOWN: Mapping[str, Fault] = {
    "close": Fault("CODE or CODE@N", closing),
    "drop": Fault("N (default 2)", count("drop_after", default=2)),
    "garbage": Fault("takes no value", flag("garbage")),
    "oversized": Fault("BYTES, at most 9", count("oversized", most=9)),
    "stall": Fault("1 or 3 (default 3)", choice("stall_after", 1, 3, default=3)),
}


@pytest.mark.parametrize(
    ("given", "faults"),
    [
        ({}, Disturbances()),
        ({"close": "1011"}, Disturbances(close_code=1011)),
        ({"close": "4000@7"}, Disturbances(close_code=4000, close_after=7)),
        ({"drop": ""}, Disturbances(drop_after=2)),
        ({"drop": "0", "garbage": ""}, Disturbances(drop_after=0, garbage=True)),
        ({"oversized": "9"}, Disturbances(oversized=9)),
        ({"stall": ""}, Disturbances(stall_after=3)),
        ({"stall": "1"}, Disturbances(stall_after=1)),
    ],
)
def test_faults_are_read_from_their_values(
    given: Mapping[str, str], faults: Disturbances
) -> None:
    assert read_faults(given, KNOWN, Disturbances()) == faults


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("close", ""),
        ("close", "999"),
        ("close", "5000"),
        ("close", "1005"),
        ("close", "1011@-1"),
        ("drop", "-1"),
        ("garbage", "much"),
        ("oversized", ""),
        ("oversized", "10"),
        ("stall", "2"),
    ],
)
def test_a_value_that_makes_no_sense_is_told_with_what_does(
    name: str, value: str
) -> None:
    with pytest.raises(FaultError) as caught:
        read_faults({name: value}, KNOWN, Disturbances())

    assert caught.value.message == f"fault '{name}' does not take '{value}'"
    assert caught.value.hint == f"{name}: {KNOWN[name].meaning}"


def test_a_fault_that_does_not_exist_is_told_with_all_there_are() -> None:
    with pytest.raises(FaultError) as caught:
        read_faults({"explode": ""}, KNOWN, Disturbances())

    assert caught.value.message == "no fault 'explode'"
    assert caught.value.hint == f"the faults are: {', '.join(KNOWN)}"


@pytest.mark.parametrize("value", ["nan", "inf", "-1", "", "soon"])
def test_a_time_is_a_number_that_is_not_negative(value: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        duration("late_s")(value)


def test_a_time_may_be_written_in_another_unit() -> None:
    assert duration("late_s", unit_s=0.001)("250") == {"late_s": 0.25}
