from realtime_run.core.pcm import Pcm
from realtime_run.media.playback import (
    MOST_SECONDS,
    Ended,
    Note,
    Playback,
    Played,
    Started,
)
from realtime_run.testing.sound import HandSpeaker

HZ = 1000  # one frame is one millisecond
RAMP = 10


def samples(*values: int) -> Pcm:
    return Pcm(b"".join(v.to_bytes(2, "little", signed=True) for v in values), HZ)


def values(data: bytes) -> list[int]:
    return [
        int.from_bytes(data[at : at + 2], "little", signed=True)
        for at in range(0, len(data), 2)
    ]


class Listening:
    def __init__(self) -> None:
        self.notes: list[Note] = []
        self.playback = Playback(HZ, self.notes.extend)

    def device(self, latency: int, *, takes_back: bool = True) -> HandSpeaker:
        return HandSpeaker(self.playback, latency, takes_back=takes_back)

    @property
    def played(self) -> list[int]:
        told = (note.pcm.data for note in self.notes if isinstance(note, Played))
        return values(b"".join(told))


class SleepyDevice:
    """Is told when there is something to do."""

    unheard_frames = 0

    def __init__(self) -> None:
        self.woken = 0

    def filled(self) -> None:
        self.woken += 1

    def flush(self) -> int:
        return 0


def test_a_pause_is_silent_from_the_next_frame_and_a_resume_goes_on_there() -> None:
    playback = Listening().playback
    playback.push("r1", samples(1, 2, 3, 4))
    before = playback.pull(2)

    playback.pause()
    paused = playback.pull(3)
    playback.resume()
    after = playback.pull(3)

    assert values(before + paused + after) == [1, 2, 0, 0, 0, 3, 4, 0]


def test_the_silence_of_a_pause_is_told_to_nobody() -> None:
    listening = Listening()
    listening.playback.push("r1", samples(1, 2))
    listening.playback.pull(1)
    listening.notes.clear()

    listening.playback.pause()
    listening.playback.pull(50)

    assert listening.notes == []


def test_what_comes_while_it_is_paused_is_kept() -> None:
    playback = Listening().playback
    playback.push("r1", samples(1))

    playback.pause()
    playback.push("r1", samples(2))
    playback.finish("r1")
    playback.push("r2", samples(3))
    paused = playback.pull(2)
    playback.resume()

    assert values(paused + playback.pull(3)) == [0, 0, 1, 2, 3]


def test_a_paused_buffer_that_is_full_refuses_more() -> None:
    playback = Listening().playback
    second = Pcm.silence(1000, HZ)
    playback.pause()

    accepted = sum(playback.push("r1", second) for _ in range(MOST_SECONDS + 5))

    assert accepted == MOST_SECONDS


def test_a_pause_takes_back_what_the_device_holds() -> None:
    listening = Listening()
    device = listening.device(latency=3)
    listening.playback.push("r1", samples(*range(1, 9)))
    device.play(5)

    listening.playback.pause()
    device.play(4)
    listening.playback.resume()
    device.play(10)

    assert [value for value in values(device.heard) if value] == [*range(1, 9)]
    assert listening.played[:2] == [1, 2]


def test_what_a_device_cannot_take_back_is_heard_and_told_in_its_time() -> None:
    listening = Listening()
    device = listening.device(latency=3, takes_back=False)
    listening.playback.push("r1", samples(*range(1, 9)))
    device.play(5)

    listening.playback.pause()
    at_once = listening.played
    device.play(3)
    device.play(0)

    assert at_once == []
    assert values(device.heard) == [1, 2, 3, 4, 5]
    assert listening.notes == [Started("r1"), Played(samples(1, 2, 3, 4, 5))]
    listening.playback.resume()
    device.play(6)
    assert values(device.heard)[8:] == [6, 7, 8]


def test_a_response_of_which_the_end_was_taken_back_ends_when_it_was_heard() -> None:
    listening = Listening()
    device = listening.device(latency=4)
    for name, parts in (("r1", (1, 2, 3)), ("r2", (4, 5))):
        listening.playback.push(name, samples(*parts))
        listening.playback.finish(name)
    device.play(6)

    listening.playback.pause()
    device.play(20)
    paused = list(listening.notes)
    listening.playback.resume()
    device.play(20)
    device.play(0)

    assert paused == [Started("r1"), Played(samples(1, 2))]
    assert listening.notes == [
        *paused,
        Played(samples(3)),
        Ended("r1", 3.0),
        Started("r2"),
        Played(samples(4, 5)),
        Ended("r2", 2.0),
    ]


def test_a_response_that_was_heard_ends_also_in_a_pause() -> None:
    listening = Listening()
    listening.playback.push("r1", samples(1))
    listening.playback.pull(1)

    listening.playback.pause()
    listening.playback.finish("r1")

    assert listening.notes[-1] == Ended("r1", 1.0)


def test_a_flush_of_a_pause_counts_only_what_was_heard() -> None:
    listening = Listening()
    device = listening.device(latency=3)
    listening.playback.push("r1", samples(*range(1, 9)))
    device.play(5)
    listening.playback.pause()
    device.play(50)

    played = listening.playback.flush()

    assert played == {"r1": 2.0}
    assert listening.played == [1, 2]
    listening.playback.push("r2", samples(9))
    assert values(listening.playback.pull(2)) == [9, 0]


def test_pausing_twice_and_resuming_twice_is_the_same_as_once() -> None:
    listening = Listening()
    device = listening.device(latency=2)
    listening.playback.push("r1", samples(*range(1, 6)))
    device.play(3)

    listening.playback.pause()
    listening.playback.pause()
    device.play(1)
    listening.playback.pause()
    listening.playback.resume()
    listening.playback.resume()
    device.play(9)

    assert [value for value in values(device.heard) if value] == [1, 2, 3, 4, 5]


def test_a_resume_of_what_was_never_paused_does_nothing() -> None:
    playback = Listening().playback
    playback.push("r1", samples(1, 2))

    playback.resume()

    assert values(playback.pull(3)) == [1, 2, 0]


def test_nothing_waits_for_a_device_while_it_is_paused() -> None:
    playback, device = Listening().playback, SleepyDevice()
    playback.attach(device)
    playback.push("r1", samples(1))

    playback.pause()
    playback.push("r1", samples(2))

    assert (playback.pending_frames, device.woken) == (0, 1)
    playback.resume()
    assert (playback.pending_frames, device.woken) == (2, 2)


def test_a_lowered_voice_loses_no_sample_and_is_told_as_it_was_heard() -> None:
    listening = Listening()
    listening.playback.push("r1", samples(*[1000] * 40))
    before = values(listening.playback.pull(5))

    listening.playback.duck()
    low = values(listening.playback.pull(15))
    listening.playback.resume()
    lifted = values(listening.playback.pull(25))

    down = [910, 820, 730, 640, 550, 460, 370, 280, 190, 100]
    up = [*down[-2::-1], 1000]
    assert (before, low) == ([1000] * 5, [*down, *[100] * 5])
    assert lifted == [*up, *[1000] * 10, *[0] * 5]
    assert listening.played == before + low + lifted[:-5]


def test_a_device_keeps_what_it_held_when_the_voice_was_lowered() -> None:
    listening = Listening()
    device = listening.device(latency=3)
    listening.playback.push("r1", samples(*[1000] * 40))
    device.play(6)

    listening.playback.duck()
    device.play(RAMP)

    assert values(device.heard)[:8] == [1000] * 6 + [910, 820]


def test_what_was_lowered_and_taken_back_is_as_loud_as_ever_after_a_resume() -> None:
    listening = Listening()
    device = listening.device(latency=5)
    listening.playback.push("r1", samples(*[1000] * 30))
    listening.playback.duck()  # nothing sounds yet: low from the first sample on
    device.play(12)

    listening.playback.pause()
    device.play(9)
    listening.playback.resume()
    device.play(40)

    sound = [value for value in values(device.heard) if value]
    assert sound == [100] * 7 + [1000] * 23


def test_a_pause_can_be_left_for_a_lowered_voice() -> None:
    playback = Listening().playback
    playback.push("r1", samples(*[1000] * 8))
    playback.pull(2)

    playback.pause()
    playback.pull(2)
    playback.duck()

    assert values(playback.pull(3)) == [100, 100, 100]


def test_a_lowered_voice_that_is_paused_is_low_again_if_it_is_lowered_again() -> None:
    playback = Listening().playback
    playback.push("r1", samples(*[1000] * 20))
    playback.duck()
    low = playback.pull(2)

    playback.pause()
    silent = playback.pull(2)
    playback.duck()
    again = playback.pull(2)

    assert values(low + silent + again) == [100, 100, 0, 0, 100, 100]


def test_after_a_flush_the_next_response_is_as_loud_as_ever() -> None:
    playback = Listening().playback
    playback.push("r1", samples(*[1000] * 20))
    playback.pull(2)
    playback.duck()
    playback.pull(4)

    playback.flush()
    playback.push("r2", samples(1000, 1000))

    assert values(playback.pull(2)) == [1000, 1000]


def test_a_pull_of_nothing_changes_nothing() -> None:
    playback = Listening().playback
    playback.duck()
    playback.push("r1", samples(1000, 1000))

    nothing = playback.pull(0)
    playback.resume()

    assert nothing == b""
    assert values(playback.pull(2)) == [1000, 1000]


def test_what_was_heard_to_its_end_is_remembered_when_all_is_flushed() -> None:
    playback = Listening().playback
    playback.push("r1", samples(1, 2, 3))
    playback.finish("r1")
    playback.pull(5)

    assert playback.flush() == {"r1": 3.0}


def test_only_the_last_responses_are_remembered() -> None:
    playback = Listening().playback
    for number in range(20):
        playback.push(f"r{number}", samples(1))
        playback.finish(f"r{number}")
    playback.pull(20)

    assert list(playback.flush()) == [f"r{number}" for number in range(12, 20)]
