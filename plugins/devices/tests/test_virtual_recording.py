"""A recording knows when each of its samples was played."""

import subprocess
import threading
import time
from array import array
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from realtime_run_devices.virtual_recording import PAUSE_MS, Recording, Sound

HZ = 1000
MS = 1_000_000


def pcm(*samples: int) -> bytes:
    return array("h", samples).tobytes()


@contextmanager
def recorder(recording: Recording) -> Iterator["subprocess.Popen[bytes]"]:
    """A recorder that gives what is written to its input."""
    with subprocess.Popen(
        ["cat"],  # noqa: S607 - whichever is installed
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
    ) as process:
        reader = threading.Thread(target=recording.take_from, args=(process,))
        reader.start()
        try:
            yield process
        finally:
            process.kill()
            reader.join()


def test_silence_is_no_sound() -> None:
    recording = Recording(HZ)

    recording.take(bytes(2 * HZ), 1000 * MS)

    assert recording.sounds == ()


def test_a_sound_lies_where_its_samples_were_played() -> None:
    recording = Recording(HZ)

    recording.take(pcm(0, 0, 200, 0, -200, 0), 50 * MS)

    assert recording.sounds == (Sound(begin_ns=46 * MS, end_ns=49 * MS),)
    assert recording.sounds[0].duration_ms == 3


def test_the_piece_that_came_with_the_least_delay_tells_the_time() -> None:
    recording = Recording(HZ)

    recording.take(pcm(200), 110 * MS)
    recording.take(pcm(0), 105 * MS)
    recording.take(pcm(200), 130 * MS)

    assert recording.sounds == (Sound(begin_ns=103 * MS, end_ns=106 * MS),)


@pytest.mark.parametrize(("silence", "sounds"), [(PAUSE_MS - 1, 1), (PAUSE_MS, 2)])
def test_a_pause_parts_sounds_and_a_shorter_one_does_not(
    silence: int, sounds: int
) -> None:
    recording = Recording(HZ)

    recording.take(pcm(200, *[0] * (silence - 1), 200), 1000 * MS)

    assert len(recording.sounds) == sounds


def test_silence_is_counted_from_the_last_sound() -> None:
    recording = Recording(HZ)

    recording.take(bytes(2 * 5), 0)
    before = recording.silent_for_ms
    recording.take(pcm(200, 0, 0), 0)

    assert (before, recording.silent_for_ms) == (5, 2)


def test_audible_samples_are_counted_wherever_they_lie() -> None:
    recording = Recording(HZ)

    recording.take(pcm(200, 0, -200, 100, 101), 0)

    assert recording.audible_ms == 3


def test_half_a_sample_waits_for_its_other_half() -> None:
    recording = Recording(HZ)

    recording.take(b"\x01\x00\x02", 0)
    before = recording.samples
    recording.take(b"\x00", 0)

    assert (before, recording.samples) == (b"\x01\x00", b"\x01\x00\x02\x00")


def test_what_was_waited_for_ends_the_wait() -> None:
    recording = Recording(HZ)

    with recorder(recording) as process:
        assert process.stdin is not None
        process.stdin.write(pcm(*[200] * 60))
        recording.until(lambda heard: len(heard.sounds) == 1, within_s=5)

    assert recording.sounds[0].duration_ms == 60
    assert recording.sounds[0].end_ns <= time.monotonic_ns()


def test_a_recorder_that_ends_ends_the_wait() -> None:
    recording = Recording(HZ)

    with recorder(recording) as process:
        process.kill()

        with pytest.raises(TimeoutError):
            recording.until(lambda heard: bool(heard.sounds), within_s=60)


def test_what_does_not_come_is_not_waited_for() -> None:
    recording = Recording(HZ)

    with recorder(recording), pytest.raises(TimeoutError, match=r"not within 0.01 s"):
        recording.until(lambda heard: bool(heard.sounds), within_s=0.01)
