import subprocess
import sys
import threading
import time
from typing import Any

import pytest

from realtime_run.core.errors import AudioError
from realtime_run_devices.driver import Format
from realtime_run_devices.edge import DevicesAudio
from realtime_run_devices.miniaudio_driver import MiniaudioDriver
from realtime_run_devices.settings import DevicesSettings

FORM = Format(rate_hz=16_000, period_ms=10)
LEFT_OPEN = """
import threading
from realtime_run_devices.driver import Format
from realtime_run_devices.miniaudio_driver import MiniaudioDriver

called = threading.Event()

def pull(frames):
    called.set()
    return bytes(2 * frames)

form = Format(rate_hz=16_000, period_ms=10)
stream = MiniaudioDriver(["NULL"]).open_output(None, form, pull)
assert called.wait(5)
"""


@pytest.fixture
def null() -> MiniaudioDriver:
    """A sound system without sound, but with a clock."""
    return MiniaudioDriver(["NULL"])


def test_what_is_listed_is_named_and_marked(null: MiniaudioDriver) -> None:
    shown = [
        (one.device.direction, one.device.index, one.device.name, one.device.default)
        for one in null.listed()
    ]

    assert shown == [
        ("input", 0, "NULL Capture Device", True),
        ("output", 0, "NULL Playback Device", True),
    ]


@pytest.mark.parametrize("listed", [True, False])
def test_a_loudspeaker_asks_for_periods_in_real_time(
    null: MiniaudioDriver, listed: bool
) -> None:
    asked: list[tuple[float, int]] = []
    enough = threading.Event()

    def pull(frames: int) -> bytes:
        asked.append((time.monotonic(), frames))
        if len(asked) == 13:
            enough.set()
        return bytes(2 * frames)

    found = null.listed()[1] if listed else None
    stream = null.open_output(found, FORM, pull)
    assert enough.wait(5)
    stream.close()
    after = len(asked)

    assert {frames for _, frames in asked} == {160}
    # The first three fill it up; the others come when a period was played.
    assert asked[12][0] - asked[3][0] >= 0.08
    assert len(asked) == after


def test_a_microphone_gives_periods(null: MiniaudioDriver) -> None:
    heard: list[int] = []
    enough = threading.Event()

    def take(samples: bytes) -> None:
        heard.append(len(samples))
        if len(heard) == 5:
            enough.set()

    stream = null.open_input(None, FORM, take)
    assert enough.wait(5)
    stream.close()
    stream.close()

    assert set(heard) == {320}


def test_a_program_ends_though_its_devices_are_open() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LEFT_OPEN], timeout=8, check=False, capture_output=True
    )

    assert (done.returncode, done.stderr) == (0, b"")


def test_a_sound_system_that_does_not_answer_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PULSE_SERVER", "unix:/nonexistent")

    with pytest.raises(AudioError) as raised:
        MiniaudioDriver(["PULSEAUDIO"]).listed()

    assert str(raised.value) == (
        "no sound system answers: is a sound server running, and may this program"
        " use it?"
    )


async def test_a_conversation_keeps_real_time_on_devices_of_a_driver(
    null: MiniaudioDriver, voice: Any
) -> None:
    settings = DevicesSettings(input="null capture", output=0, input_rate=16_000)

    async with DevicesAudio(settings, null).open(voice) as microphone:
        assert microphone is not None
        await microphone.read()
        began, pulled = time.monotonic(), voice.pulled
        for _ in range(15):
            await microphone.read()
        took_s = time.monotonic() - began
        pulled = voice.pulled - pulled

    assert 0.2 <= took_s < 2.0
    assert abs(pulled / 24_000 - took_s) < 0.1
    assert voice.told == []
