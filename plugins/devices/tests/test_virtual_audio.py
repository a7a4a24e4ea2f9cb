"""The virtual microphone and loudspeaker do what real ones would."""

import os
import subprocess
import wave
from array import array
from pathlib import Path

import pytest

from realtime_run.core.errors import AudioError
from realtime_run_devices.virtual_audio import VirtualAudio
from realtime_run_devices.virtual_audio import virtual_audio as running

pytestmark = [
    pytest.mark.debian("pulseaudio"),
    pytest.mark.debian("pulseaudio-utils", program="pactl"),
]
HZ = 48_000


@pytest.fixture
def beep(tmp_path: Path) -> Path:
    """A fifth of a second of sound."""
    file = tmp_path / "beep.wav"
    tone = array("h", [8000 if at // 48 % 2 else -8000 for at in range(HZ // 5)])
    with wave.open(str(file), "wb") as wav:
        wav.setparams((1, 2, HZ, 0, "NONE", ""))
        wav.writeframes(tone.tobytes())
    return file


def asked(sound: VirtualAudio, *words: str) -> str:
    return subprocess.run(
        ["pactl", *words],  # noqa: S607 - whichever is installed
        env=sound.environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_what_is_spoken_reaches_a_speaker_that_echoes_nothing(
    virtual_audio: VirtualAudio, beep: Path
) -> None:
    with virtual_audio.listening() as recording:
        spoken = virtual_audio.speak(beep)
        assert spoken.wait() == 0

        recording.until(lambda heard: len(heard.samples) > HZ // 5, within_s=5)

    assert recording.sounds == ()


def test_what_a_program_plays_is_heard_whole(
    virtual_audio: VirtualAudio, beep: Path
) -> None:
    with virtual_audio.listening() as recording:
        subprocess.run(
            ["paplay", str(beep)],  # noqa: S607 - whichever is installed
            env=virtual_audio.environment,
            check=True,
        )
        recording.until(lambda heard: len(heard.sounds) == 1, within_s=5)
        recording.until(lambda heard: heard.sounds[0].duration_ms >= 199, within_s=5)

    (sound,) = recording.sounds
    assert sound.duration_ms == pytest.approx(200, abs=1)


def test_devices_go_and_come_back_as_the_default(virtual_audio: VirtualAudio) -> None:
    virtual_audio.unplug_speaker()
    virtual_audio.unplug_microphone()
    gone = asked(virtual_audio, "list", "short")
    virtual_audio.plug_in_speaker()
    virtual_audio.plug_in_microphone()

    assert "rr_speaker" not in gone
    assert "source_name=rr_mic" not in gone
    assert asked(virtual_audio, "get-default-sink") == "rr_speaker\n"
    assert asked(virtual_audio, "get-default-source") == "rr_mic\n"


def test_what_is_not_plugged_in_cannot_be_unplugged(
    virtual_audio: VirtualAudio,
) -> None:
    virtual_audio.unplug_speaker()

    with pytest.raises(AudioError, match="no module with 'sink_name=rr_speaker'"):
        virtual_audio.unplug_speaker()


def test_an_echo_ends_with_its_context(virtual_audio: VirtualAudio) -> None:
    with virtual_audio.echoing(delay_ms=40, gain_db=-6):
        during = asked(virtual_audio, "list", "sink-inputs")
    after = asked(virtual_audio, "list", "sink-inputs")

    assert "-6.00 dB" in during
    assert after == ""


def test_a_loop_is_a_microphone_while_its_context_lasts(
    virtual_audio: VirtualAudio,
) -> None:
    with virtual_audio.looped() as name:
        during = asked(virtual_audio, "list", "sources")
    after = asked(virtual_audio, "list", "sources")

    assert f"Description: {name}\n" in during
    assert f"Description: {name}\n" not in after


def test_two_servers_run_beside_each_other(virtual_audio: VirtualAudio) -> None:
    with running() as other:
        other.unplug_speaker()
        there = asked(virtual_audio, "list", "short", "sinks")

    assert "rr_speaker" in there


def test_nothing_is_left_of_it() -> None:
    with running() as sound:
        folder = Path(sound.environment["XDG_RUNTIME_DIR"])
        sound.kill()

    assert not folder.exists()


def test_without_pulseaudio_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(AudioError, match="apt-get install pulseaudio"), running():
        pass


def test_a_server_that_does_not_start_says_why(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("pulseaudio", "pactl"):
        program = tmp_path / name
        program.write_text("#!/bin/sh\necho no sound today >&2\n", encoding="utf-8")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    with pytest.raises(AudioError, match="no sound today"), running():
        pass
