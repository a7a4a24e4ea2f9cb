import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from realtime_run.cli.device_findings import findings
from realtime_run.cli.devices import DevicesOptions, devices, sound_devices
from realtime_run.cli.main import main
from realtime_run.core.errors import AudioError, PluginError, RealtimeRunError
from realtime_run.plugin import host as host_module
from realtime_run.plugin.host import Host
from realtime_run.plugin.sound_devices import DeviceTest, SoundDevice


class Studio:
    """A machine with the devices and the room that a test describes."""

    def __init__(self, *devices: SoundDevice, found: DeviceTest | None = None) -> None:
        self._devices = devices
        self._found = found
        self.asked: tuple[str | int, str | int] | None = None

    def listed(self) -> Sequence[SoundDevice]:
        return self._devices

    def test(
        self,
        input_device: str | int,
        output_device: str | int,
        report: Callable[[str], None],
    ) -> DeviceTest:
        self.asked = (input_device, output_device)
        report("say something")
        if self._found is None:
            raise KeyboardInterrupt
        return self._found


def found(**fields: Any) -> DeviceTest:
    usual = {
        "recorded_db": 20.0,
        "played_ms": 1000,
        "echo_db": None,
        "echo_delay_ms": None,
    }
    return DeviceTest(**(usual | fields))


MIC = SoundDevice(index=0, name="Mic", direction="input", default=True)
ODD = SoundDevice(index=1, name="two\nlines", direction="input")
SPEAKER = SoundDevice(index=0, name="Speaker", direction="output", default=True)


@pytest.mark.parametrize(
    ("quieter_db", "words"),
    [
        (14.2, "14 dB quieter"),
        (0.0, "as loud"),
        (-0.4, "as loud"),
        (-6.0, "6 dB louder"),
    ],
)
def test_an_echo_is_compared_with_what_was_played(
    quieter_db: float, words: str
) -> None:
    *_, echo = findings(found(echo_db=quieter_db, echo_delay_ms=12))

    assert echo.message == (
        f"the microphone hears the loudspeaker, {words}, 12 ms later: the agent would"
        " interrupt itself"
    )


def test_devices_are_listed_with_index_and_default(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = devices(DevicesOptions(), Studio(MIC, ODD, SPEAKER))

    assert code == 0
    assert capsys.readouterr().out == (
        "microphones:\n  0  Mic  (default)\n  1  two\\nlines\n"
        "loudspeakers:\n  0  Speaker  (default)\n"
    )


def test_a_machine_without_devices_is_told_what_to_write(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = devices(DevicesOptions(), Studio())

    assert code == 1
    assert capsys.readouterr().out == (
        "microphones: none\nloudspeakers: none\na spec without sound says audio: none\n"
    )


def test_a_list_can_be_read_by_programs(capsys: pytest.CaptureFixture[str]) -> None:
    code = devices(DevicesOptions(as_json=True), Studio(ODD))

    assert code == 0
    assert json.loads(capsys.readouterr().out) == {
        "devices": [
            {"index": 1, "name": "two\nlines", "direction": "input", "default": False}
        ]
    }


def test_a_good_test_ends_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    studio = Studio(found=found(echo_db=51.2, echo_delay_ms=60))

    code = devices(DevicesOptions(test=True, output_device="2"), studio)

    assert code == 0
    assert studio.asked == ("default", 2)
    assert capsys.readouterr().out == (
        "say something\n"
        "ok: the microphone hears you (-20 dB of full scale)\n"
        "ok: the microphone hears the loudspeaker, 51 dB quieter, 60 ms later:"
        " quiet enough\n"
    )


def test_a_test_for_programs_talks_to_the_person_beside_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = devices(DevicesOptions(test=True, as_json=True), Studio(found=found()))

    written = capsys.readouterr()
    assert (code, written.err) == (0, "say something\n")
    assert json.loads(written.out)["test"]["recorded_db"] == 20.0


@pytest.mark.parametrize(
    ("fields", "said", "advised"),
    [
        ({"recorded_db": 120.0}, "the microphone is silent", "muted"),
        ({"recorded_db": 50.0}, "the microphone is faint", "turn it up"),
        ({"recorded_db": 2.0, "clipped": True}, "too loud: it clips", "turn it down"),
        ({"echo_db": 12.0, "echo_delay_ms": 80}, "12 dB quieter", "echo_cancellation"),
    ],
)
def test_what_is_wrong_is_told_with_what_to_do_and_ends_with_1(
    fields: Any, said: str, advised: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = devices(DevicesOptions(test=True), Studio(found=found(**fields)))

    (wrong,) = (one for one in findings(found(**fields)) if not one.fine)
    assert code == 1
    assert said in wrong.message
    assert wrong.hint is not None
    assert advised in wrong.hint
    assert f"not ok: {wrong.message}\n  hint: {wrong.hint}\n" in capsys.readouterr().out


def test_naming_a_device_without_a_test_is_a_mistake() -> None:
    with pytest.raises(RealtimeRunError, match="add --test"):
        devices(DevicesOptions(input_device="usb"), Studio(MIC))


def test_without_a_plugin_that_knows_devices_the_extra_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(host_module, "entry_points", lambda group: [])

    with pytest.raises(PluginError) as raised:
        sound_devices(Host())

    assert str(raised.value) == (
        "no installed plugin knows sound devices; pip install 'realtime-run[devices]'"
    )


def test_the_installed_plugin_is_found() -> None:
    known = sound_devices(Host())

    assert type(known).__module__ == "realtime_run_devices.listing"


@pytest.mark.parametrize(
    ("raised", "code"), [(AudioError("no sound"), 2), (KeyboardInterrupt(), 130)]
)
def test_a_failure_and_ctrl_c_end_cleanly(
    raised: BaseException,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def listed() -> Sequence[SoundDevice]:
        raise raised

    studio = Studio()
    monkeypatch.setattr(studio, "listed", listed)
    monkeypatch.setattr("realtime_run.cli.devices.sound_devices", lambda host: studio)

    ended = main(["devices"])

    assert ended == code
    assert "Traceback" not in capsys.readouterr().err
