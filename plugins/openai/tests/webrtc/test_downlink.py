"""Messages and sound in one order."""

import json

import numpy as np
import pytest

from realtime_run.core.errors import ConnectionClosedError
from realtime_run_openai.downlink import Downlink
from realtime_run_openai.inbox import Inbox
from realtime_run_openai.rtp_audio import TAIL_FRAMES, TAIL_S, LabelledFrame

SILENCE = bytes(1920)
VOICE = np.full(960, 5000, "<i2").tobytes()


def message(kind: str, response_id: str | None = "r1", **fields: object) -> str:
    return json.dumps({"type": kind, "response_id": response_id, **fields})


STARTED = message("output_audio_buffer.started")
STOPPED = message("output_audio_buffer.stopped")
CLEARED = message("output_audio_buffer.cleared")


def test_messages_pass_at_once_while_nothing_is_held_back() -> None:
    downlink = Downlink()

    assert downlink.message("no JSON", 0.0) == ("no JSON",)
    assert downlink.message(b"\xff", 0.0) == (b"\xff",)
    assert downlink.message(STARTED, 0.0) == (STARTED,)
    assert downlink.deadline is None


def test_the_end_of_a_response_waits_for_the_last_of_its_sound() -> None:
    downlink = Downlink()
    downlink.message(STARTED, 0.0)

    at_once = downlink.message(STOPPED, 1.0)
    passed = [downlink.frame(VOICE, 1.0 + n * 0.02) for n in range(TAIL_FRAMES)]

    sound = LabelledFrame("r1", VOICE)
    assert at_once == ()
    assert passed == [(sound,)] * (TAIL_FRAMES - 1) + [(sound, STOPPED)]


def test_the_end_of_a_response_does_not_wait_for_sound_that_never_comes() -> None:
    downlink = Downlink()
    downlink.message(STARTED, 0.0)
    downlink.message(STOPPED, 1.0)

    too_soon = downlink.tick(1.0 + TAIL_S / 2)
    in_time = downlink.tick(1.0 + TAIL_S)

    assert (too_soon, in_time) == ((), (STOPPED,))
    assert downlink.deadline is None
    assert downlink.frame(VOICE, 9.0) == ()


def test_what_is_held_back_is_handed_on_when_the_connection_ends() -> None:
    downlink = Downlink()
    downlink.message(STARTED, 0.0)
    downlink.message(STOPPED, 1.0)

    assert downlink.end() == (STOPPED,)
    assert downlink.end() == ()
    assert downlink.deadline is None


async def test_the_last_messages_come_before_the_end_of_the_connection() -> None:
    inbox = Inbox(lambda: 1.0)
    inbox.put_message(STARTED)
    inbox.put_message(STOPPED)

    inbox.end(ConnectionClosedError("the server closed the call"))

    assert [await inbox.get(), await inbox.get()] == [STARTED, STOPPED]
    with pytest.raises(ConnectionClosedError, match="closed the call"):
        await inbox.get()


def test_a_barge_in_overtakes_the_end_that_is_held_back() -> None:
    downlink = Downlink()
    downlink.message(STARTED, 0.0)
    downlink.message(STOPPED, 1.0)

    speech = message("input_audio_buffer.speech_started", None)

    assert downlink.message(speech, 1.0) == (speech,)


def test_what_is_said_of_responses_keeps_its_order_behind_it() -> None:
    downlink = Downlink()
    downlink.message(STARTED, 0.0)
    downlink.message(STOPPED, 1.0)
    created = message("response.created", None)
    started = message("output_audio_buffer.started", "r2")

    assert downlink.message(created, 1.0) == ()
    assert downlink.message(started, 1.0) == ()
    passed = [item for n in range(5) for item in downlink.frame(VOICE, 1.0 + n * 0.02)]

    old, new = LabelledFrame("r1", VOICE), LabelledFrame("r2", VOICE)
    assert passed == [*[old] * 4, STOPPED, created, started, new]


def test_an_interruption_releases_what_is_held_back_and_drops_the_sound() -> None:
    downlink = Downlink()
    downlink.message(STARTED, 0.0)
    downlink.message(STOPPED, 1.0)

    released = downlink.message(CLEARED, 1.0)

    assert released == (STOPPED, CLEARED)
    assert downlink.frame(VOICE, 1.02) == ()


def test_the_session_s_own_interruption_drops_the_sound_before_the_server_says_so() -> (
    None
):
    downlink = Downlink()
    downlink.message(STARTED, 0.0)

    downlink.interrupted("r1")

    assert downlink.frame(VOICE, 0.02) == ()


def test_no_sound_follows_a_cancelled_response_s_done() -> None:
    downlink = Downlink()
    downlink.message(STARTED, 0.0)
    done = message("response.done", None, response={"id": "r1", "status": "cancelled"})

    assert downlink.message(done, 1.0) == (done,)
    assert downlink.frame(VOICE, 1.02) == ()


def test_sound_goes_on_after_the_done_of_a_completed_response() -> None:
    downlink = Downlink()
    downlink.message(STARTED, 0.0)
    done = message("response.done", None, response={"id": "r1", "status": "completed"})

    assert downlink.message(done, 1.0) == (done,)
    assert downlink.frame(VOICE, 1.02) == (LabelledFrame("r1", VOICE),)


def test_an_end_that_names_no_response_ends_the_one_that_sounds() -> None:
    downlink = Downlink()
    downlink.message(STARTED, 0.0)

    downlink.message(message("output_audio_buffer.cleared", None), 1.0)

    assert downlink.frame(VOICE, 1.02) == ()
