"""Whole conversations by the whole program, on virtual devices."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from realtime_run_devices.virtual_audio import MICROPHONE, SPEAKER, VirtualAudio

pytestmark = [
    pytest.mark.debian("pulseaudio"),
    pytest.mark.debian("pulseaudio-utils", program="pactl"),
    pytest.mark.timeout(30),
]
MS = 1_000_000
PERIOD_MS = 10
STORY = " ".join(["one two three four five six seven eight nine ten"] * 3)


def spec(says: str, *, settings: str = "", barge_in: str = "eager") -> str:
    return f"""
provider:
  use: local
  brain: {{use: rules, otherwise: "{says}"}}
audio: {{use: devices, input: {MICROPHONE}, output: {SPEAKER}{settings}}}
barge_in: {barge_in}
"""


def test_a_question_is_heard_and_its_answer_is_played(
    virtual_audio: VirtualAudio, running: Any, spoken: Callable[..., Path]
) -> None:
    with running(spec("done")) as program, virtual_audio.listening() as recording:
        program.until("realtime_connected")
        virtual_audio.speak(spoken("five_five.wav"))
        began = program.until("realtime_agent_speech_started")
        done = program.until("realtime_audio_output_done")
        recording.until(lambda heard: len(heard.sounds) == 1, within_s=5)
        code = program.interrupt()

    (answer,) = recording.sounds
    assert done["interrupted"] is False
    assert abs(answer.begin_ns - began["monotonic_ns"]) / MS < 250
    assert answer.duration_ms == pytest.approx(done["played_ms"], abs=200)
    assert code == 130


def test_an_interruption_by_voice_is_silent_within_a_period(
    virtual_audio: VirtualAudio, running: Any, spoken: Callable[..., Path]
) -> None:
    """Both clocks are the machine's; the recorder can only make it look later."""
    asks_then_talks_over_it = spoken("five_five.wav", 2.2, "ten_of_clubs.wav")
    with running(spec(STORY)) as program, virtual_audio.listening() as recording:
        program.until("realtime_connected")
        virtual_audio.speak(asks_then_talks_over_it)
        interruption = program.until("realtime_interruption")
        done = program.until("realtime_audio_output_done")
        recording.until(lambda heard: len(heard.sounds) == 2, within_s=5)

    cut, _answer_to_the_second = recording.sounds
    assert (interruption["epoch"], interruption["false_alarm"]) == (1, False)
    assert done["interrupted"] is True
    assert cut.duration_ms < 4000
    late_ms = (cut.end_ns - interruption["silence_ns"]) / MS
    assert late_ms <= 20 + PERIOD_MS


def test_a_speaker_that_goes_and_comes_back_leaves_the_session_alive(
    virtual_audio: VirtualAudio, running: Any, spoken: Callable[..., Path]
) -> None:
    with running(spec("done")) as program:
        program.until("realtime_connected")
        virtual_audio.unplug_speaker()
        program.until("audio_device_changed", direction="output", state="lost")
        virtual_audio.plug_in_speaker()
        program.until("audio_device_changed", direction="output", state="returned")
        with virtual_audio.listening() as recording:
            virtual_audio.speak(spoken("ten_of_clubs.wav"))
            program.until("realtime_audio_output_done", interrupted=False)
            recording.until(lambda heard: len(heard.sounds) == 1, within_s=5)
        code = program.interrupt()

    assert code == 130
    assert "Traceback" not in program.said


def test_a_microphone_that_goes_and_comes_back_is_heard_again(
    virtual_audio: VirtualAudio, running: Any, spoken: Callable[..., Path]
) -> None:
    with running(spec("done")) as program:
        program.until("realtime_connected")
        virtual_audio.unplug_microphone()
        program.until("audio_device_changed", direction="input", state="lost")
        virtual_audio.plug_in_microphone()
        program.until("audio_device_changed", direction="input", state="returned")
        virtual_audio.speak(spoken("ten_of_clubs.wav"))
        done = program.until("realtime_audio_output_done")
        code = program.interrupt()

    assert done["interrupted"] is False
    assert code == 130


def test_a_sound_server_that_dies_is_told_of_and_ctrl_c_still_ends(
    virtual_audio: VirtualAudio, running: Any
) -> None:
    with running(spec("done")) as program:
        program.until("realtime_connected")
        virtual_audio.kill()
        program.until("audio_device_changed", direction="output", state="lost")
        program.until("audio_device_changed", direction="input", state="lost")
        code = program.interrupt()

    assert code == 130
    assert "Traceback" not in program.said


def test_an_echo_interrupts_an_agent_that_nothing_protects(
    virtual_audio: VirtualAudio, running: Any, spoken: Callable[..., Path]
) -> None:
    with (
        running(spec(STORY)) as program,
        virtual_audio.echoing(delay_ms=40, gain_db=-6),
    ):
        program.until("realtime_connected")
        virtual_audio.speak(spoken("ten_of_clubs.wav"))
        done = program.until("realtime_audio_output_done")

    assert done["interrupted"] is True


@pytest.mark.parametrize("setting", ["echo_cancellation", "half_duplex"])
def test_an_echo_does_not_interrupt_an_agent_that_is_protected(
    virtual_audio: VirtualAudio,
    running: Any,
    spoken: Callable[..., Path],
    setting: str,
) -> None:
    counting = "one two three four five six seven eight nine ten"
    with (
        running(spec(counting, settings=f", {setting}: true")) as program,
        virtual_audio.echoing(delay_ms=40, gain_db=-6),
    ):
        program.until("realtime_connected")
        virtual_audio.speak(spoken("ten_of_clubs.wav"))
        done = program.until("realtime_audio_output_done")

    assert done["interrupted"] is False
    assert program.all_of("realtime_interruption") == []
