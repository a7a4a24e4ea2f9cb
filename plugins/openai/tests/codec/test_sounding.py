"""Responses over WebRTC, whose speech comes by another way than the messages."""

from typing import Any

import pytest

from realtime_run.core.commands import (
    AppendAudio,
    CancelResponse,
    SendText,
    Truncate,
)
from realtime_run.core.errors import ConnectionClosedError, ProviderError
from realtime_run.core.pcm import Pcm
from realtime_run.core.provider_events import ResponseDone

GONE = ConnectionClosedError("gone")


@pytest.fixture
def speaking(webrtc: Any) -> Any:
    webrtc.hear("response.created", response={"id": "r1"})
    webrtc.hear(
        "response.content_part.added",
        response_id="r1",
        item_id="a1",
        content_index=0,
        part={"type": "audio"},
    )
    webrtc.hear("output_audio_buffer.started", response_id="r1")
    return webrtc.forget()


def done(status: str = "completed") -> dict[str, str]:
    return {"id": "r1", "status": status}


def test_what_sounds_belongs_to_the_response_that_the_server_speaks(
    speaking: Any,
) -> None:
    during = speaking.codec.sounding
    speaking.hear("output_audio_buffer.stopped", response_id="r1")

    assert during == ("r1", "a1")
    assert speaking.codec.sounding is None


@pytest.mark.parametrize("how", ["stopped", "cleared"])
def test_a_response_is_done_when_it_has_been_spoken(speaking: Any, how: str) -> None:
    early = speaking.hear("response.done", response=done())
    late = speaking.hear(f"output_audio_buffer.{how}", response_id="r1")

    assert early == []
    assert late == [ResponseDone(response_id="r1")]


def test_a_response_that_was_made_is_done_when_the_connection_ends(
    speaking: Any,
) -> None:
    speaking.hear("response.done", response=done())

    assert speaking.codec.closed(GONE, 0.0).events == (ResponseDone(response_id="r1"),)
    assert speaking.codec.closed(GONE, 0.0).events == ()


def test_a_response_that_was_cancelled_is_done_at_once(speaking: Any) -> None:
    events = speaking.hear("response.done", response=done("cancelled"))

    assert events == [ResponseDone(response_id="r1", status="cancelled")]


def test_a_response_that_was_spoken_before_it_is_done_waits_for_nothing(
    speaking: Any,
) -> None:
    speaking.hear("output_audio_buffer.stopped", response_id="r1")

    events = speaking.hear("response.done", response=done())

    assert events == [ResponseDone(response_id="r1")]


def test_speech_that_never_stops_is_waited_for_within_a_bound(speaking: Any) -> None:
    speaking.hear("response.done", response=done())

    early = speaking.wait(299)
    late = speaking.wait(1)

    assert (early, late) == ([], [ResponseDone(response_id="r1")])


def test_speech_that_never_starts_is_waited_for_a_moment_only(webrtc: Any) -> None:
    webrtc.hear(
        "response.content_part.added",
        response_id="r1",
        item_id="a1",
        part={"type": "audio"},
    )

    early = webrtc.hear("response.done", response=done())
    late = webrtc.wait(2)

    assert (early, late) == ([], [ResponseDone(response_id="r1")])


def test_a_response_without_speech_waits_for_nothing(webrtc: Any) -> None:
    webrtc.hear("response.created", response={"id": "r1"})

    assert webrtc.hear("response.done", response=done()) == [
        ResponseDone(response_id="r1")
    ]


def test_an_interruption_cancels_and_clears_what_was_not_sent(speaking: Any) -> None:
    speaking.ask(CancelResponse(response_id="r1"))

    assert speaking.sent_types == ["response.cancel", "output_audio_buffer.clear"]


def test_what_is_done_and_still_spoken_is_cleared_only(speaking: Any) -> None:
    speaking.hear("response.done", response=done())

    speaking.ask(CancelResponse(response_id="r1"))

    assert speaking.sent_types == ["output_audio_buffer.clear"]


def test_nothing_is_cleared_when_nothing_sounds(webrtc: Any) -> None:
    webrtc.ask(CancelResponse(response_id="r1"))

    assert webrtc.sent == []


def test_the_server_truncates_by_itself(speaking: Any) -> None:
    command = Truncate(response_id="r1", item_id="a1", played_ms=10, heard="")

    assert speaking.ask(command) == []


def test_no_audio_goes_into_messages(webrtc: Any) -> None:
    with pytest.raises(ProviderError, match="takes no audio in messages"):
        webrtc.ask(AppendAudio(pcm=Pcm(bytes(960), 24_000)))


def test_the_next_response_does_not_cut_what_is_being_spoken(speaking: Any) -> None:
    speaking.hear("response.done", response=done())
    speaking.ask(SendText(text="And then?"))

    before = list(speaking.sent_types)
    speaking.hear("output_audio_buffer.stopped", response_id="r1")

    assert before == ["conversation.item.create"]
    assert speaking.sent_types == ["conversation.item.create", "response.create"]


def test_a_server_that_does_not_say_that_it_stopped_is_not_waited_for(
    speaking: Any,
) -> None:
    speaking.hear("response.done", response=done())
    speaking.ask(CancelResponse(response_id="r1"))

    assert speaking.wait(2) == [ResponseDone(response_id="r1")]
