"""What a machine cannot do to the microphone's sound is told where it is written."""

import sys
from typing import Any

import pytest
from pydantic import ValidationError

from realtime_run_devices.settings import DevicesSettings

SETTINGS = ("echo_cancellation", "noise_suppression")


def problem(**settings: Any) -> tuple[tuple[str | int, ...], str, str]:
    """Where it is, what it says, and the hint."""
    with pytest.raises(ValidationError) as refused:
        DevicesSettings.model_validate(settings)
    (error,) = refused.value.errors()
    return error["loc"], error["msg"], error["ctx"]["hint"]


@pytest.fixture
def without_livekit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "livekit", None)


@pytest.mark.parametrize("setting", SETTINGS)
def test_what_is_installed_is_taken(setting: str) -> None:
    settings = DevicesSettings.model_validate({setting: True})

    assert getattr(settings, setting) is True


@pytest.mark.usefixtures("without_livekit")
@pytest.mark.parametrize(
    ("setting", "instead"),
    [
        ("echo_cancellation", ", or write half_duplex: true"),
        ("noise_suppression", ""),  # nothing else takes noise away
    ],
)
def test_without_the_library_the_setting_names_the_extra(
    setting: str, instead: str
) -> None:
    where, what, hint = problem(**{setting: True})

    assert where == (setting,)
    assert what == f"'{setting}' needs the package livekit, which is not installed"
    assert hint == f"pip install 'realtime-run[aec]'{instead}"


@pytest.mark.usefixtures("without_livekit")
@pytest.mark.parametrize("setting", SETTINGS)
def test_without_the_library_it_may_be_off(setting: str) -> None:
    settings = DevicesSettings.model_validate({setting: False, "half_duplex": True})

    assert settings.half_duplex is True


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_rate_it_cannot_take_is_named(setting: str) -> None:
    where, what, hint = problem(**{setting: True, "input_rate": 22_050})

    assert where == (setting,)
    assert what == f"'{setting}' cannot take an input_rate of 22050"
    assert "48000" in hint


def test_a_rate_of_the_speaker_that_cannot_be_cut_evenly_is_converted() -> None:
    settings = DevicesSettings.model_validate(
        {"echo_cancellation": True, "output_rate": 22_050}
    )

    assert settings.output_rate == 22_050
