"""Whole conversations by the whole program, on virtual devices."""

import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from realtime_run_devices.virtual_audio import MICROPHONE, SPEAKER, VirtualAudio
from realtime_run_devices.virtual_recording import PAUSE_MS

pytestmark = [
    pytest.mark.debian("pulseaudio"),
    pytest.mark.debian("pulseaudio-utils", program="pactl"),
    pytest.mark.timeout(30),
]
MS = 1_000_000
PERIOD_MS = 10
UNPROTECTED_MS = 1000
"""Within so much an agent that hears itself has interrupted itself."""
COUNTING = "one two three four five six"
TRIES = 3
TEN_OF_CLUBS_S = 1.095
STORY = " ".join([COUNTING] * 5)


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
        recording.until(lambda heard: heard.silent_for_ms > PAUSE_MS, within_s=5)
        code = program.interrupt()

    said_ms = sum(e["audible_ms"] for e in program.all_of("realtime_audio_output"))
    assert done["interrupted"] is False
    assert recording.audible_ms == pytest.approx(said_ms, abs=PERIOD_MS)
    assert abs(recording.sounds[0].begin_ns - began["monotonic_ns"]) / MS < 250
    assert code == 130


def test_an_interruption_by_voice_is_silent_within_a_period(
    virtual_audio: VirtualAudio, running: Any, spoken: Callable[..., Path]
) -> None:
    """Both clocks are the machine's; the recorder can only make it look later."""
    asks_then_talks_over_it = spoken("ten_of_clubs.wav", 1.8, "ten_of_clubs.wav")
    late_ms: list[float] = []

    # Other tests run beside this one: while the sound server waits for a processor,
    # what it has taken sounds later. A voice that is not dropped is late every time.
    while not late_ms or (late_ms[-1] > 20 + PERIOD_MS and len(late_ms) < TRIES):
        with running(spec(STORY)) as program, virtual_audio.listening() as recording:
            program.until("realtime_connected")
            virtual_audio.speak(asks_then_talks_over_it)
            interruption = program.until("realtime_interruption")
            done = program.until("realtime_audio_output_done")
            program.until("realtime_agent_speech_started", 2)
        virtual_audio.hush()
        silence_ns = interruption["silence_ns"]
        cut = [s for s in recording.sounds if s.begin_ns < silence_ns][-1]
        late_ms.append((cut.end_ns - silence_ns) / MS)
        assert (interruption["epoch"], interruption["false_alarm"]) == (1, False)
        assert done["interrupted"] is True
        assert done["played_ms"] < 4000

    assert min(late_ms) <= 20 + PERIOD_MS


def test_after_a_sound_too_short_to_count_the_agent_goes_on_and_loses_nothing(
    virtual_audio: VirtualAudio, running: Any, spoken: Callable[..., Path]
) -> None:
    pausing = "{react: pause, min_speech: 250ms, resume_after: 500ms}"
    cough = ("ten_of_clubs.wav", 0.2, 0.32)
    with (
        running(spec(COUNTING, barge_in=pausing)) as program,
        virtual_audio.listening() as recording,
    ):
        program.until("realtime_connected")
        virtual_audio.speak(spoken("ten_of_clubs.wav", 1.5, cough, 0.1))
        done = program.until("realtime_audio_output_done")
        recording.until(lambda heard: heard.silent_for_ms > PAUSE_MS, within_s=5)

    (interruption,) = program.all_of("realtime_interruption")
    silences = [b.begin_ns - a.end_ns for a, b in pairwise(recording.sounds)]
    assert (interruption["false_alarm"], done["interrupted"]) == (True, False)
    assert max(silences) / MS > 500
    said_ms = sum(e["audible_ms"] for e in program.all_of("realtime_audio_output"))
    assert recording.audible_ms == pytest.approx(said_ms, abs=PERIOD_MS)


def test_devices_that_go_and_come_back_leave_the_conversation_alive(
    virtual_audio: VirtualAudio, running: Any, spoken: Callable[..., Path]
) -> None:
    ends = ("input", "output")
    with running(spec("done")) as program:
        program.until("realtime_connected")
        virtual_audio.unplug_microphone()
        virtual_audio.unplug_speaker()
        for end in ends:
            program.until("audio_device_changed", direction=end, state="lost")
        virtual_audio.plug_in_microphone()
        virtual_audio.plug_in_speaker()
        for end in ends:
            program.until("audio_device_changed", direction=end, state="returned")
        with virtual_audio.listening() as recording:
            virtual_audio.speak(spoken("ten_of_clubs.wav"))
            done = program.until("realtime_audio_output_done")
            recording.until(lambda heard: bool(heard.sounds), within_s=5)
        code = program.interrupt()

    assert done["interrupted"] is False
    assert code == 130
    assert "Traceback" not in program.said


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
    assert done["played_ms"] < UNPROTECTED_MS


def test_with_echo_cancellation_the_user_interrupts_and_the_echo_does_not(
    virtual_audio: VirtualAudio, running: Any, spoken: Callable[..., Path]
) -> None:
    asks_then_talks_over_it = spoken("ten_of_clubs.wav", 3.0, "ten_of_clubs.wav")
    early_ms: list[float] = []

    # A machine that stalls loses sound: then the echo comes at another time, and is
    # heard until the canceller has found it again. An agent that nothing protects
    # interrupts itself every time.
    while len(early_ms) < TRIES:
        with (
            running(spec(STORY, settings=", echo_cancellation: true")) as program,
            virtual_audio.echoing(delay_ms=40, gain_db=-6),
        ):
            program.until("realtime_connected")
            began_ns = time.monotonic_ns()
            virtual_audio.speak(asks_then_talks_over_it)
            interruption = program.until("realtime_interruption")
        talks_over_it_ns = began_ns + int((TEN_OF_CLUBS_S + 3.0) * 1e9)
        early_ms.append((talks_over_it_ns - interruption["onset_ns"]) / MS)
        virtual_audio.hush()
        if early_ms[-1] <= 0:
            break

    assert min(early_ms) <= 0


def test_with_half_duplex_neither_the_echo_nor_the_user_interrupts(
    virtual_audio: VirtualAudio, running: Any, spoken: Callable[..., Path]
) -> None:
    with (
        running(spec(COUNTING, settings=", half_duplex: true")) as program,
        virtual_audio.echoing(delay_ms=40, gain_db=-6),
    ):
        program.until("realtime_connected")
        virtual_audio.speak(spoken("ten_of_clubs.wav", 1.0, "ten_of_clubs.wav"))
        done = program.until("realtime_audio_output_done")

    assert done["interrupted"] is False
    assert program.all_of("realtime_interruption") == []
