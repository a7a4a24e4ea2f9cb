import threading

from hypothesis import given
from hypothesis import strategies as st

from realtime_run.core.pcm import Pcm
from realtime_run.media.playback import (
    MOST_SECONDS,
    Ended,
    Note,
    Playback,
    Played,
    Started,
)

HZ = 1000  # one frame is one millisecond


def samples(*values: int) -> Pcm:
    return Pcm(b"".join(v.to_bytes(2, "little") for v in values), HZ)


def heard(data: bytes) -> list[int]:
    return [
        int.from_bytes(data[at : at + 2], "little") for at in range(0, len(data), 2)
    ]


class Listening:
    def __init__(self) -> None:
        self.notes: list[Note] = []
        self.playback = Playback(HZ, self.notes.extend)


def test_what_was_pushed_is_pulled_in_order() -> None:
    playback = Listening().playback
    playback.push("r1", samples(1, 2))
    playback.push("r1", samples(3))

    assert heard(playback.pull(3)) == [1, 2, 3]


def test_where_nothing_waits_silence_is_pulled() -> None:
    playback = Listening().playback
    playback.push("r1", samples(1))

    assert heard(playback.pull(3)) == [1, 0, 0]


def test_a_pull_tells_what_was_played_and_what_began_and_ended() -> None:
    listening = Listening()
    listening.playback.push("r1", samples(1, 2))
    listening.playback.finish("r1")

    listening.playback.pull(4)

    assert listening.notes == [Started("r1"), Played(samples(1, 2)), Ended("r1", 2.0)]


def test_a_response_that_was_pulled_before_its_end_was_known_ends_then() -> None:
    listening = Listening()
    listening.playback.push("r1", samples(1, 2))
    listening.playback.pull(2)
    listening.notes.clear()

    listening.playback.finish("r1")

    assert listening.notes == [Ended("r1", 2.0)]


def test_two_responses_follow_each_other_without_a_gap() -> None:
    listening = Listening()
    listening.playback.push("r1", samples(1))
    listening.playback.finish("r1")
    listening.playback.push("r2", samples(2))

    assert heard(listening.playback.pull(2)) == [1, 2]


def test_one_response_ends_before_the_next_begins() -> None:
    listening = Listening()
    listening.playback.push("r1", samples(1))
    listening.playback.finish("r1")
    listening.playback.push("r2", samples(2))

    listening.playback.pull(2)

    assert listening.notes == [
        Started("r1"),
        Played(samples(1)),
        Ended("r1", 1.0),
        Started("r2"),
        Played(samples(2)),
    ]


def test_a_response_waits_for_the_one_before_to_be_complete() -> None:
    playback = Listening().playback
    playback.push("r1", samples(1))
    playback.push("r2", samples(9))

    assert heard(playback.pull(2)) == [1, 0]
    playback.push("r1", samples(2))
    playback.finish("r1")
    assert heard(playback.pull(2)) == [2, 9]


def test_a_flush_drops_what_waits_and_tells_what_was_pulled() -> None:
    playback = Listening().playback
    playback.push("r1", samples(1, 2, 3))
    playback.pull(2)

    played = playback.flush()

    assert played == {"r1": 2.0}
    assert heard(playback.pull(2)) == [0, 0]
    assert playback.pending_frames == 0


def test_a_second_flush_finds_nothing() -> None:
    playback = Listening().playback
    playback.push("r1", samples(1))
    playback.flush()

    assert playback.flush() == {}


def test_another_rate_is_converted_and_positions_stay_milliseconds() -> None:
    notes: list[Note] = []
    playback = Playback(48_000, notes.extend)
    playback.push("r1", Pcm.silence(100, 24_000))
    playback.finish("r1")

    playback.pull(48_000)

    ended = [note for note in notes if isinstance(note, Ended)]
    assert [round(note.played_ms) for note in ended] == [100]


def test_a_buffer_that_is_full_refuses_more() -> None:
    playback = Listening().playback
    second = Pcm.silence(1000, HZ)

    accepted = sum(playback.push("r1", second) for _ in range(MOST_SECONDS + 5))

    assert accepted == MOST_SECONDS


@given(
    st.lists(st.integers(1, 30), max_size=10), st.lists(st.integers(0, 50), max_size=20)
)
def test_every_sample_is_pulled_exactly_once(
    pushes: list[int], pulls: list[int]
) -> None:
    listening = Listening()
    values = iter(range(1, 10_000))
    pushed = [[next(values) for _ in range(count)] for count in pushes]
    for part in pushed:
        listening.playback.push("r1", samples(*part))

    pulled = [heard(listening.playback.pull(frames)) for frames in (*pulls, 1000)]

    flat = [value for part in pulled for value in part if value]
    assert flat == [value for part in pushed for value in part]
    assert [len(part) for part in pulled] == [*pulls, 1000]


class Loudspeaker:
    """Holds `latency` frames, as a headset does."""

    def __init__(self, latency: int) -> None:
        self.latency = latency
        self.unheard_frames = 0
        self.flushes = 0
        self.fillings = 0

    def filled(self) -> None:
        self.fillings += 1

    def pull(self, playback: Playback, frames: int) -> None:
        playback.pull(frames)
        self.unheard_frames = min(self.latency, self.unheard_frames + frames)

    def flush(self) -> int:
        self.flushes += 1
        dropped, self.unheard_frames = self.unheard_frames, 0
        return dropped


def test_what_a_device_still_holds_has_not_been_heard() -> None:
    listening, device = Listening(), Loudspeaker(latency=3)
    listening.playback.attach(device)
    listening.playback.push("r1", samples(*range(10)))

    for _ in range(5):
        device.pull(listening.playback, 1)
    played = listening.playback.flush()

    assert played == {"r1": 2.0}
    assert listening.notes == [
        Started("r1"),
        Played(samples(0)),
        Played(samples(1)),
    ]
    assert device.flushes == 1


def test_a_response_in_the_device_counts_after_all_of_it_was_pulled() -> None:
    listening, device = Listening(), Loudspeaker(latency=3)
    listening.playback.attach(device)
    listening.playback.push("r1", samples(1, 2, 3, 4))
    listening.playback.finish("r1")
    device.pull(listening.playback, 4)

    played = listening.playback.flush()

    assert played == {"r1": 1.0}
    assert listening.notes == [Started("r1"), Played(samples(1))]


def test_a_response_ends_when_the_device_has_given_out_its_last_sample() -> None:
    listening, device = Listening(), Loudspeaker(latency=2)
    listening.playback.attach(device)
    listening.playback.push("r1", samples(1, 2))
    listening.playback.finish("r1")

    device.pull(listening.playback, 2)
    nothing_yet = list(listening.notes)
    device.pull(listening.playback, 2)
    device.pull(listening.playback, 1)

    assert nothing_yet == []
    assert listening.notes == [Started("r1"), Played(samples(1, 2)), Ended("r1", 2.0)]


def test_a_device_is_told_that_samples_wait() -> None:
    listening, device = Listening(), Loudspeaker(latency=0)
    listening.playback.attach(device)

    listening.playback.push("r1", samples(1))
    listening.playback.push("r1", samples(2))

    assert device.fillings == 2


def test_a_response_ends_with_its_last_sample_and_not_with_the_silence_after_it() -> (
    None
):
    listening, device = Listening(), Loudspeaker(latency=3)
    listening.playback.attach(device)
    listening.playback.push("r1", samples(1, 2))
    device.pull(listening.playback, 2)
    device.pull(listening.playback, 3)
    listening.notes.clear()

    listening.playback.finish("r1")

    assert listening.notes == [Started("r1"), Played(samples(1, 2)), Ended("r1", 2.0)]


class SlowToCount(Loudspeaker):
    """Takes note of what it dropped only when its own thread runs again."""

    def flush(self) -> int:
        return self.unheard_frames - 1


def test_a_device_that_counts_late_makes_nothing_unheard_that_was_heard() -> None:
    listening, device = Listening(), SlowToCount(latency=3)
    listening.playback.attach(device)
    listening.playback.push("r1", samples(1, 2, 3, 4, 5))
    device.pull(listening.playback, 5)

    played = listening.playback.flush()

    assert played == {"r1": 2.0}
    assert listening.notes == [Started("r1"), Played(samples(1, 2))]


def test_notes_keep_their_order_when_two_threads_cause_them() -> None:
    """A note that is being given holds up the thread that would give the next."""
    begun, go_on = threading.Event(), threading.Event()
    notes: list[Note] = []

    def note_slowly(new: tuple[Note, ...]) -> None:
        if not begun.is_set():
            begun.set()
            go_on.wait(5)
        notes.extend(new)

    playback = Playback(HZ, note_slowly)
    playback.push("r1", samples(1))
    pulling = threading.Thread(target=playback.pull, args=(1,))
    finishing = threading.Thread(target=playback.finish, args=("r1",))

    pulling.start()
    begun.wait(5)
    finishing.start()
    finishing.join(0.02)
    go_on.set()
    pulling.join(5)
    finishing.join(5)

    assert notes == [Started("r1"), Played(samples(1)), Ended("r1", 1.0)]
