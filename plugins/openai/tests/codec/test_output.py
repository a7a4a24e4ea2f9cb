import json
from collections.abc import Callable
from typing import Any

import pytest

from realtime_run.core.commands import CreateResponse
from realtime_run.core.provider_events import (
    AgentTranscript,
    AudioOutput,
    ItemChanged,
    ProviderFailed,
    ProviderNoted,
    ResponseDone,
    ResponseStarted,
    ResponseText,
    SpeechEnded,
    SpeechStarted,
)


def test_output_of_a_response_that_was_not_announced_begins_it(talk: Any) -> None:
    events = talk.hear(
        "response.output_audio.delta", response_id="r1", item_id="a1", delta="AAAA"
    )

    assert events == [
        ResponseStarted(response_id="r1"),
        AudioOutput(response_id="r1", pcm=b"\0\0", item_id="a1"),
    ]


def test_half_a_sample_waits_for_its_other_half(talk: Any) -> None:
    talk.hear("response.created", response={"id": "r1"})

    events = [
        event
        for delta in ("AQID", "BAUG")
        for event in talk.hear(
            "response.output_audio.delta", response_id="r1", item_id="a1", delta=delta
        )
    ]

    assert [event.pcm for event in events] == [b"\1\2", b"\3\4\5\6"]


def test_audio_that_is_no_base64_is_told_once(talk: Any) -> None:
    talk.hear("response.created", response={"id": "r1"})

    events = [
        event
        for _ in range(2)
        for event in talk.hear(
            "response.output_audio.delta", response_id="r1", item_id="a1", delta="A"
        )
    ]

    assert events == [
        ProviderNoted(message="audio that is not base64: dropped", level="warning")
    ]


@pytest.mark.parametrize(
    ("legacy", "fields"),
    [
        ("response.audio.delta", {"delta": "AAAA"}),
        ("response.audio_transcript.delta", {"delta": "Hi"}),
        ("response.audio_transcript.done", {"transcript": "Hi"}),
        ("response.text.delta", {"delta": "Hi"}),
    ],
)
def test_events_by_their_names_of_the_beta_mean_the_same(
    make_talk: Callable[..., Any], legacy: str, fields: dict[str, str]
) -> None:
    current = legacy.replace(".audio", ".output_audio").replace(".text", ".output_text")
    old, new = make_talk().open(), make_talk().open()

    heard = [
        talk.hear(name, response_id="r1", item_id="a1", **fields)
        for talk, name in ((old, legacy), (new, current))
    ]

    assert list(map(type, heard[0])) == list(map(type, heard[1]))
    assert len(heard[0]) == 2


def test_a_transcript_is_told_as_it_grows_and_as_a_whole(talk: Any) -> None:
    talk.hear("response.created", response={"id": "r1"})

    events = talk.hear(
        "response.output_audio_transcript.delta",
        response_id="r1",
        item_id="a1",
        delta=" ",
    )
    events += talk.hear(
        "response.output_audio_transcript.done",
        response_id="r1",
        item_id="a1",
        transcript=" Hi",
    )

    assert [(e.text, e.mode) for e in events] == [(" ", "delta"), (" Hi", "final")]
    assert all(isinstance(event, AgentTranscript) for event in events)


def test_written_text_without_deltas_is_told_when_it_is_done(talk: Any) -> None:
    talk.hear("response.created", response={"id": "r1"})

    events = talk.hear(
        "response.output_text.done", response_id="r1", item_id="a1", text="Hi"
    )
    again = talk.hear(
        "response.output_text.done", response_id="r1", item_id="a1", text="Hi"
    )

    assert events == [ResponseText(response_id="r1", text="Hi", item_id="a1")]
    assert again == []


def test_a_response_that_is_done_twice_is_done_once(talk: Any) -> None:
    done = {"id": "r1", "status": "completed"}

    events = talk.hear("response.done", response=done)
    again = talk.hear("response.done", response=done)

    assert events == [ResponseDone(response_id="r1")]
    assert again == [ProviderNoted(message="response r1 is done once more")]


def test_a_response_that_is_announced_after_its_end_does_not_begin_again(
    talk: Any,
) -> None:
    talk.hear("response.done", response={"id": "r1"})

    assert talk.hear("response.created", response={"id": "r1"}) == []


def test_a_failed_response_tells_why(talk: Any) -> None:
    events = talk.hear(
        "response.done",
        response={
            "id": "r1",
            "status": "failed",
            "status_details": {
                "error": {
                    "type": "tokens",
                    "code": "rate_limit_exceeded",
                    "message": "Try again in 2 s.",
                }
            },
        },
    )

    assert events == [
        ProviderFailed(
            error="Try again in 2 s",
            error_code="rate_limit_exceeded",
            context="response r1",
        ),
        ResponseDone(response_id="r1", status="failed"),
    ]


def test_a_response_that_was_cut_short_tells_why(talk: Any) -> None:
    events = talk.hear(
        "response.done",
        response={
            "id": "r1",
            "status": "incomplete",
            "status_details": {"reason": "max_output_tokens"},
        },
    )

    assert events == [
        ProviderNoted(
            message="the answer was cut short: max_output_tokens", level="warning"
        ),
        ResponseDone(response_id="r1", status="incomplete"),
    ]


def test_responses_outside_of_the_conversation_are_not_told(talk: Any) -> None:
    apart = {"id": "r1", "conversation_id": None, "metadata": {"topic": "safety"}}

    talk.hear("response.created", response=apart)
    delta = talk.hear(
        "response.output_text.delta", response_id="r1", item_id="a1", delta="unsafe"
    )
    done = talk.hear("response.done", response={**apart, "status": "completed"})

    assert (delta, done) == ([], [])


def test_the_users_speech_is_told_with_its_place_in_the_audio(talk: Any) -> None:
    events = talk.hear(
        "input_audio_buffer.speech_started", item_id="u1", audio_start_ms=120
    )
    events += talk.hear(
        "input_audio_buffer.speech_stopped", item_id="u1", audio_end_ms=900
    )

    assert events == [
        SpeechStarted(item_id="u1", audio_ms=120),
        SpeechEnded(item_id="u1", audio_ms=900),
    ]


def test_a_turn_is_answered_by_request_if_the_server_does_not_by_itself(
    make_talk: Callable[..., Any],
) -> None:
    talk = make_talk(creates_responses=False).open()
    talk.hear("response.created", response={"id": "r1"})

    talk.hear("input_audio_buffer.speech_started", item_id="u1", audio_start_ms=0)
    talk.hear("input_audio_buffer.speech_stopped", item_id="u1", audio_end_ms=900)
    talk.hear("input_audio_buffer.committed", item_id="u1")
    before = list(talk.sent_types)
    talk.hear("response.done", response={"id": "r1"})

    assert before == []
    assert talk.sent_types == ["response.create"]


def test_items_are_told_without_the_bytes_of_sound_and_pictures(talk: Any) -> None:
    content = [
        {"type": "input_audio", "audio": "AAAA", "transcript": "Look."},
        {"type": "input_image", "image_url": "data:image/jpeg;base64,AQ=="},
        {"type": "input_image", "image_url": "https://example.com/a.jpg"},
    ]

    events = talk.hear(
        "conversation.item.done",
        item={"id": "u1", "type": "message", "role": "user", "content": content},
    )

    assert events == [
        ItemChanged(
            item_id="u1",
            item_type="message",
            status="completed",
            role="user",
            content=(
                {"type": "input_audio", "transcript": "Look."},
                {"type": "input_image"},
                {"type": "input_image", "image_url": "https://example.com/a.jpg"},
            ),
        )
    ]


@pytest.mark.parametrize("how", ["truncated", "deleted"])
def test_an_item_that_was_cut_is_incomplete(talk: Any, how: str) -> None:
    item = {"id": "a1", "type": "message", "role": "assistant", "status": "completed"}
    talk.hear("conversation.item.added", item=item)

    events = talk.hear(f"conversation.item.{how}", item_id="a1", audio_end_ms=10)

    assert events == [
        ItemChanged(
            item_id="a1", item_type="message", status="incomplete", role="assistant"
        )
    ]


def test_an_unknown_event_is_told_once(talk: Any) -> None:
    events = talk.hear("response.hologram.delta") + talk.hear("response.hologram.delta")

    assert events == [
        ProviderNoted(
            message="unknown event 'response.hologram.delta': ignored", level="warning"
        )
    ]


@pytest.mark.parametrize(
    "garbage",
    [b"\xff\xfe", "", "nonsense", "[1, 2]", "null", "[" * 100_000, b"\x00\x01"],
    ids=["no-utf8", "empty", "no-json", "list", "null", "deep", "binary"],
)
def test_garbage_is_an_error_and_the_connection_goes_on(
    talk: Any, garbage: str | bytes
) -> None:
    (event,) = talk.hear_raw(garbage)

    assert isinstance(event, ProviderFailed)
    assert event.error_code == "invalid_message"
    assert event.is_recoverable
    assert talk.codec.failure is None


def test_a_binary_frame_that_holds_json_is_understood(talk: Any) -> None:
    text = json.dumps({"type": "response.created", "response": {"id": "r1"}})

    assert talk.hear_raw(text.encode()) == [ResponseStarted(response_id="r1")]


def test_an_item_is_told_once_whichever_message_brings_it(talk: Any) -> None:
    item = {"id": "a1", "type": "message", "role": "assistant", "status": "in_progress"}
    said = {"type": "output_audio", "transcript": "Hi"}
    whole = item | {"status": "completed", "content": [said]}
    talk.hear("response.created", response={"id": "r1"})
    talk.forget()

    talk.hear("response.output_item.added", response_id="r1", item=item)
    talk.hear("conversation.item.added", item=item)
    talk.hear("conversation.item.done", item=whole)
    talk.hear("response.output_item.done", response_id="r1", item=whole)

    assert [(event.status, event.content) for event in talk.events] == [
        ("in_progress", ()),
        ("completed", (said,)),
    ]


def test_a_response_that_is_done_and_is_no_object_ends_nothing(talk: Any) -> None:
    talk.hear("response.created", response={"id": "r1"})

    events = talk.hear("response.done", response="r1")
    done = talk.hear("response.done", response={"id": "r1"})

    assert events == [
        ProviderNoted(message="response.done without an id: dropped", level="warning")
    ]
    assert done == [ResponseDone(response_id="r1")]


@pytest.mark.parametrize("delta", ["AAAA", "%%%", "A"])
def test_output_of_an_unknown_response_ends_no_other(talk: Any, delta: str) -> None:
    talk.hear("response.created", response={"id": "r1"})
    talk.forget()

    talk.hear("response.output_audio.delta", response_id="r", item_id="a", delta=delta)
    events = talk.hear(
        "response.output_audio.delta", response_id="r1", item_id="a1", delta="AAAA"
    )

    assert events == [AudioOutput(response_id="r1", pcm=b"\0\0", item_id="a1")]
    assert talk.hear("response.done", response={"id": "r1"}) == [
        ResponseDone(response_id="r1")
    ]


def test_audio_that_holds_nothing_begins_no_response(talk: Any) -> None:
    events = talk.hear(
        "response.output_audio.delta", response_id="r", item_id="a", delta="%%%"
    )

    assert events == []
    assert [m["type"] for m in talk.ask(CreateResponse())] == ["response.create"]
