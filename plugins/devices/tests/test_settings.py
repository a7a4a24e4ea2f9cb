from pathlib import Path
from typing import Any

import pytest

from realtime_run.core.errors import SpecError
from realtime_run.plugin.host import Host
from realtime_run.spec.load import load
from realtime_run_devices.settings import DevicesSettings

README = Path(__file__).parents[1] / "README.md"


def problem(tmp_path: Path, audio: str) -> Any:
    spec = tmp_path / "agent.yaml"
    spec.write_text(f"provider: echo\naudio: {audio}\n", encoding="utf-8")
    with pytest.raises(SpecError) as raised:
        load(spec, settings_of=Host().settings_of, environ={})
    (only,) = raised.value.problems
    return only


@pytest.mark.parametrize("setting", DevicesSettings.model_fields)
def test_every_setting_is_explained(setting: str) -> None:
    assert f"| `{setting}` |" in README.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("audio", "said"),
    [
        (
            "{use: devices, input: none, output: none}",
            "neither 'input' nor 'output' is a device",
        ),
        (
            "{use: devices, input: none, half_duplex: true}",
            "'half_duplex' is for a microphone that hears the loudspeaker",
        ),
        (
            "{use: devices, output: none, echo_cancellation: true}",
            "'echo_cancellation' is for a microphone that hears the loudspeaker",
        ),
        (
            "{use: devices, input: none, noise_suppression: true}",
            "'noise_suppression' is for a microphone",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_the_file(
    audio: str, said: str, tmp_path: Path
) -> None:
    found = problem(tmp_path, audio)

    assert (found.message, found.line, found.column) == (said, 2, 1)
    assert found.hint is not None


@pytest.mark.parametrize("audio", ["input: ''", "input: -1", "input: true"])
def test_a_device_is_named_by_text_or_a_number(audio: str, tmp_path: Path) -> None:
    found = problem(tmp_path, f"{{use: devices, {audio}}}")

    assert (found.line, found.column) == (2, 30)


@pytest.mark.parametrize("period", ["4ms", "101ms"])
def test_a_period_is_5_to_100_ms(period: str, tmp_path: Path) -> None:
    assert problem(tmp_path, f"{{use: devices, period: {period}}}").column == 31
