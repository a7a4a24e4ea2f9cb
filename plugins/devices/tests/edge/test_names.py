import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_run.core.errors import AudioError
from realtime_run.plugin.sound_devices import SoundDevice
from realtime_run_devices.driver import Direction, Found
from realtime_run_devices.names import candidates, is_home, quoted, resolve

ODD = ["", "'", '"quoted"', "two\nlines", "🎤 Mic", "MIC", "mic", "default", "none"]
NAMES = st.lists(st.one_of(st.sampled_from(ODD), st.text(max_size=8)), min_size=1)


def there(*names: str, direction: Direction = "input", default: int = 0) -> list[Found]:
    return [
        Found(
            device=SoundDevice(
                index=index, name=name, direction=direction, default=index == default
            )
        )
        for index, name in enumerate(names)
    ]


def refusal(wanted: str | int, present: list[Found]) -> str:
    with pytest.raises(AudioError) as raised:
        resolve(wanted, "input", present)
    return str(raised.value)


@given(NAMES, st.data())
def test_every_device_can_be_named_by_its_index(
    names: list[str], data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(names) - 1))

    home, found = resolve(index, "input", there(*names))

    assert found == there(*names)[index]
    assert home.name == names[index]
    assert candidates(home, there(*names))[0] == found


@given(NAMES, st.data())
def test_a_name_that_is_there_once_is_found_whatever_is_in_it(
    names: list[str], data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(names) - 1))
    folded = [name.casefold() for name in names]
    wanted = names[index]
    if wanted in {"", "default"} or folded.count(wanted.casefold()) > 1:
        return

    _, found = resolve(wanted.swapcase().swapcase(), "input", there(*names))

    assert found is not None
    assert found.device.name.casefold() == wanted.casefold()


@given(st.text(min_size=1, max_size=8), NAMES)
def test_a_name_means_one_device_or_is_refused_with_the_candidates(
    wanted: str, names: list[str]
) -> None:
    present = there(*names)
    near = [n for n in names if wanted.casefold() in n.casefold()]
    exact = [n for n in near if n.casefold() == wanted.casefold()]

    try:
        _, found = resolve(wanted, "input", present)
    except AudioError as error:
        listed = str(error).splitlines()[1:]
        assert len(exact or near) != 1
        assert len(listed) == len(exact or near or names)
    else:
        assert wanted == "default" or [found.device.name] == (exact or near)  # type: ignore[union-attr]  # only the default is None


@given(st.text(max_size=8))
def test_a_quoted_name_stands_on_one_line(name: str) -> None:
    assert quoted(name).isprintable()


def test_the_whole_of_a_name_comes_before_a_part_of_another() -> None:
    _, found = resolve("headset", "input", there("Headset Pro", "Headset"))

    assert found is not None
    assert found.device.index == 1


def test_a_part_that_several_devices_have_is_refused_with_those() -> None:
    said = refusal("usb", there("USB one", "Built-in", "usb two"))

    assert said == (
        "microphone 'usb' may be any of 2: write more of its name, or its index"
        "\n  0: 'USB one'\n  2: 'usb two'"
    )


def test_two_devices_of_one_name_are_told_apart_by_their_index() -> None:
    present = there("Webcam", "Webcam")

    said = refusal("Webcam", present)
    home, found = resolve(1, "input", present)

    assert said.endswith("\n  0: 'Webcam'\n  1: 'Webcam'")
    assert found == present[1]
    assert candidates(home, present)[0] == present[1]


def test_a_missing_name_is_refused_with_all_that_there_are() -> None:
    said = refusal("usb", there("Built-in", "it's\nodd", ""))

    assert said == (
        "no microphone 'usb': there is\n  0: 'Built-in'\n  1: 'it\\'s\\nodd'\n  2: ''"
    )


def test_an_index_that_is_too_great_is_refused_with_all_that_there_are() -> None:
    assert (
        refusal(3, there("A", "B")) == "no microphone 3: there is\n  0: 'A'\n  1: 'B'"
    )


def test_a_machine_without_microphones_says_what_to_do() -> None:
    said = refusal("default", there("Speaker", direction="output"))

    assert said == (
        "no microphone: this machine has none, or none that may be used; see"
        " `realtime-run devices`, or write audio: none"
    )


def test_a_default_that_hears_only_a_loudspeaker_is_no_microphone() -> None:
    (monitor,) = there("Monitor of Speaker")
    present = [Found(device=monitor.device, loopback=True)]

    said = refusal("default", present)

    assert said.startswith(
        "no microphone: the system's default is 'Monitor of Speaker'"
    )


def test_what_only_hears_a_loudspeaker_never_replaces_a_microphone() -> None:
    (lost, monitor) = there("Microphone", "Monitor of Speaker", default=1)
    home, _ = resolve("Microphone", "input", [lost])

    found = candidates(home, [Found(device=monitor.device, loopback=True)])

    assert found == ()


def test_a_device_that_is_away_is_replaced_by_the_default() -> None:
    home, _ = resolve("Headset", "input", there("Built-in", "Headset"))

    found = candidates(home, there("Built-in", "Other"))

    assert [one.device.name for one in found] == ["Built-in"]
    assert not is_home(home, found[0])


def test_a_device_that_is_back_comes_first() -> None:
    home, _ = resolve("Headset", "input", there("Built-in", "Headset"))

    found = candidates(home, there("Other", "Built-in", "Headset", default=1))

    assert [one.device.name for one in found] == ["Headset", "Built-in"]
