"""Transcripts, items, pictures, notes, errors and silence, in this dialect."""

from base64 import b64decode
from collections.abc import Callable
from typing import Any

import pytest

from realtime_run.core.commands import (
    AppendImage,
    CancelResponse,
    CreateResponse,
    EndTurn,
    SendText,
    SendToolResults,
    StartTurn,
    ToolResult,
    Truncate,
)
from realtime_run.core.errors import ConnectionClosedError
from realtime_run.core.provider_events import (
    AgentTranscript,
    AudioOutput,
    ItemChanged,
    ProviderFailed,
    ResponseDone,
    ResponseText,
    ToolCalled,
    UserTranscript,
)
from realtime_run.plugin.provider_api import Opening
from realtime_run_openai.codec import Codec
from realtime_run_qwen.codec_options import codec_options
from realtime_run_qwen.settings import QwenSettings

TRANSCRIPTION = "conversation.item.input_audio_transcription"


def picture(content: bytes = b"\xff\xd8 a picture") -> AppendImage:
    return AppendImage(jpeg=content, width=640, height=480)


def test_what_is_certain_and_what_may_change_replace_the_open_transcript(
    talk: Any,
) -> None:
    talk.hear(f"{TRANSCRIPTION}.delta", item_id="u1", text="", stash="Go")
    talk.hear(f"{TRANSCRIPTION}.text", item_id="u1", text="Go for", stash="ward")
    talk.hear(f"{TRANSCRIPTION}.completed", item_id="u1", transcript="Go forward.")

    assert [(told.text, told.mode) for told in talk.of(UserTranscript)] == [
        ("Go", "replacement"),
        ("Go forward", "replacement"),
        ("Go forward.", "final"),
    ]


@pytest.mark.parametrize("prefix", ["response.", "response.output_"])
def test_the_names_of_both_generations_are_understood(talk: Any, prefix: str) -> None:
    place = {"response_id": "r1", "item_id": "a1"}
    talk.hear("response.created", response={"id": "r1"})
    talk.hear(f"{prefix}audio.delta", delta="AAAA", **place)
    talk.hear(f"{prefix}audio_transcript.delta", delta="Hello", **place)
    talk.hear(f"{prefix}text.delta", delta="Hi", **place)

    assert [event.pcm for event in talk.of(AudioOutput)] == [b"\0\0"]
    assert [event.text for event in talk.of(AgentTranscript)] == ["Hello"]
    assert [event.text for event in talk.of(ResponseText)] == ["Hi"]


def test_what_the_user_spoke_is_the_users_whatever_the_server_says(talk: Any) -> None:
    talk.hear("input_audio_buffer.speech_started", item_id="u1")
    talk.hear("input_audio_buffer.committed", item_id="u1")
    talk.hear(
        "conversation.item.created",
        item={
            "id": "u1",
            "type": "message",
            "role": "assistant",
            "content": [{"type": "input_audio"}],
        },
    )

    assert [item.role for item in talk.of(ItemChanged)] == ["user"]


def test_a_tool_is_called_once_and_its_response_is_done(talk: Any) -> None:
    call = {"call_id": "call_1", "name": "move", "arguments": '{"meters": 1}'}
    item = {"id": "f1", "type": "function_call", "status": "completed", **call}
    place = {"response_id": "r1", "output_index": 0}
    talk.hear("response.created", response={"id": "r1"})
    talk.hear("response.output_item.added", item={**item, "arguments": ""}, **place)
    talk.hear("response.function_call_arguments.done", item_id="f1", **call, **place)
    talk.hear("response.output_item.done", item=item, **place)
    talk.hear(
        "response.done", response={"id": "r1", "status": "completed", "output": [item]}
    )

    assert talk.of(ToolCalled) == [
        ToolCalled(
            response_id="r1",
            call_id="call_1",
            name="move",
            arguments='{"meters": 1}',
        )
    ]
    assert [done.status for done in talk.of(ResponseDone)] == ["completed"]


def test_a_picture_waits_for_the_first_audio_and_only_the_newest_goes(
    talk: Any,
) -> None:
    early = talk.ask(picture(b"old")) + talk.ask(picture(b"new"))

    sent = talk.speak(100)
    talk.speak(100)

    assert early == []
    assert [message["type"] for message in sent] == [
        "input_audio_buffer.append",
        "input_image_buffer.append",
    ]
    assert talk.sent_types.count("input_image_buffer.append") == 1
    assert b64decode(sent[1]["image"]) == b"new"


def test_a_picture_after_audio_goes_at_once_and_is_never_deleted(talk: Any) -> None:
    talk.speak(100)

    sent = [talk.ask(picture()) for _ in range(3)]

    assert [[message["type"] for message in one] for one in sent] == [
        ["input_image_buffer.append"]
    ] * 3


def test_a_picture_between_turns_of_the_runners_goes_with_the_next(
    make_talk: Callable[..., Any],
) -> None:
    talk = make_talk({"manual_turns": True})
    talk.ask(StartTurn())
    talk.speak(200)
    talk.ask(EndTurn())

    between = talk.ask(picture())
    talk.ask(StartTurn())
    sent = talk.speak(100)

    assert between == []
    assert [message["type"] for message in sent] == [
        "input_audio_buffer.append",
        "input_image_buffer.append",
    ]


def test_silence_between_turns_of_the_runners_takes_no_picture_along(
    make_talk: Callable[..., Any],
) -> None:
    talk = make_talk({"manual_turns": True})
    talk.wait(31)

    early = talk.ask(picture())
    talk.ask(StartTurn())
    talk.speak(100)

    assert early == []
    assert talk.sent_types == [
        "input_audio_buffer.append",
        "input_audio_buffer.clear",
        "input_audio_buffer.append",
        "input_image_buffer.append",
    ]


def test_a_picture_as_large_as_can_be_is_sent(talk: Any) -> None:
    talk.speak(100)

    [sent] = talk.ask(picture(bytes(190_000)))

    assert sent["type"] == "input_image_buffer.append"


def test_a_picture_that_is_too_large_is_not_sent_and_told_of(talk: Any) -> None:
    talk.speak(100)

    sent = talk.ask(picture(bytes(190_001)))

    assert sent == []
    [told] = talk.of(ProviderFailed)
    assert told.error_code == "image_too_large"
    assert "190,001 bytes" in told.error


def test_the_model_is_told_in_words_what_was_heard(talk: Any) -> None:
    talk.begin()
    talk.ask(CancelResponse(response_id="r1"))
    while_active = talk.ask(
        Truncate(response_id="r1", item_id="a_r1", played_ms=300, heard="Once upon")
    )

    talk.stop()
    talk.wait(0.1)

    assert while_active == []
    assert talk.sent_types == ["response.cancel", "conversation.item.create"]
    [part] = talk.sent[-1]["item"]["content"]
    assert part == {
        "type": "input_text",
        "text": "[The user interrupted your last answer, and heard no more of it than:"
        ' "Once upon"]',
    }


def test_of_a_long_answer_the_end_of_what_was_heard_is_told_on_one_line(
    talk: Any,
) -> None:
    heard = "It began so: " + "x" * 500 + "\n end"
    talk.begin()
    talk.end()

    [note] = talk.ask(
        Truncate(response_id="r1", item_id="a_r1", played_ms=300, heard=heard)
    )

    [part] = note["item"]["content"]
    assert part["text"].endswith(f'of it than: "… {"x" * 396} end"]')


def test_the_note_comes_before_what_the_user_writes_next(talk: Any) -> None:
    talk.begin()
    talk.ask(CancelResponse(response_id="r1"))
    talk.ask(Truncate(response_id="r1", item_id="a_r1", played_ms=0, heard=""))
    talk.ask(SendText(text="Stop. What is the time?"))

    talk.stop()
    talk.wait(0.1)

    texts = [
        message["item"]["content"][0]["text"]
        for message in talk.sent
        if message["type"] == "conversation.item.create"
    ]
    assert texts == [
        "[The user interrupted your last answer, and heard nothing of it.]",
        "Stop. What is the time?",
    ]
    assert talk.sent_types[-1] == "response.create"


def test_a_note_that_the_server_lists_is_no_news(talk: Any) -> None:
    talk.begin()
    talk.end()
    talk.ask(Truncate(response_id="r1", item_id="a_r1", played_ms=300, heard="Once"))

    listed = talk.sent[-1]["item"] | {"id": "srv_7", "status": "completed"}
    talk.hear("conversation.item.created", item=listed)

    assert talk.of(ItemChanged) == []


def test_an_answer_that_was_heard_whole_needs_no_note(talk: Any) -> None:
    talk.begin()
    talk.hear("response.audio.done", response_id="r1", item_id="a_r1")
    talk.end()

    sent = talk.ask(
        Truncate(response_id="r1", item_id="a_r1", played_ms=1000, heard="All of it.")
    )

    assert sent == []


def test_silence_is_sent_when_nothing_was_for_30_s(talk: Any) -> None:
    talk.speak(100)
    talk.wait(29)
    before = len(talk.sent)

    talk.wait(2)

    [kept] = talk.sent[before:]
    assert kept == {
        "type": "input_audio_buffer.append",
        "audio": kept["audio"],
    }
    assert b64decode(kept["audio"]) == bytes(640)


def test_no_silence_is_sent_before_the_session_is_configured() -> None:
    settings, opening = QwenSettings.model_validate({"api_key": "k"}), Opening()
    codec = Codec(codec_options(settings, opening))

    sent = [codec.tick(at_s).messages for at_s in (31.0, 62.0)]

    assert sent == [(), ()]


def test_nothing_is_sent_for_its_own_sake_while_something_goes(talk: Any) -> None:
    for _ in range(100):
        talk.speak(100)
        talk.wait(1)

    assert len(talk.sent) == 100


def test_no_silence_is_sent_into_a_turn_of_the_runners(
    make_talk: Callable[..., Any],
) -> None:
    talk = make_talk({"manual_turns": True})
    talk.ask(StartTurn())
    talk.wait(100)

    assert talk.sent == []


def test_a_connection_may_be_left_to_fall_silent(make_talk: Callable[..., Any]) -> None:
    talk = make_talk(keep_alive=None)

    talk.wait(1000)

    assert talk.sent == []
    assert talk.codec.deadline is None


def test_a_session_that_was_idle_for_too_long_is_over_and_can_begin_again(
    talk: Any,
) -> None:
    talk.refuse(
        "session was closed because no response was generated for 300 seconds",
        "response_idle_timeout",
    )

    failure = talk.codec.failure
    assert isinstance(failure, ConnectionClosedError)
    assert (failure.was_clean, failure.is_recoverable) == (True, True)


@pytest.mark.parametrize(
    ("code", "message", "setting"),
    [
        ("InvalidApiKey", "Invalid API-key provided.", "provider.api_key"),
        ("Arrearage", "Access denied, your account is overdue.", None),
        ("AllocationQuota.FreeTierOnly", "The free tier is exhausted.", None),
        ("Model.AccessDenied", "Model access denied.", "provider.model"),
        ("ModelNotFound", "Model not exist.", "provider.model"),
    ],
)
def test_after_some_errors_trying_again_cannot_help(
    talk: Any, code: str, message: str, setting: str | None
) -> None:
    talk.refuse(message, code)

    failure = talk.codec.failure
    assert failure is not None
    assert (failure.code, failure.is_recoverable, failure.setting) == (
        code,
        False,
        setting,
    )
    assert failure.message.startswith(message.rstrip("."))


def test_a_close_whose_reason_is_fatal_is_not_tried_again(talk: Any) -> None:
    why = ConnectionClosedError(
        "the server closed the connection (1008): Arrearage",
        code="1008",
        reason="Arrearage",
    )

    talk.codec.closed(why, 1.0)

    assert talk.codec.failure is not None
    assert talk.codec.failure.is_recoverable is False


@pytest.mark.parametrize(
    "reason",
    ["", "Parse RealtimeEvent error: Common error!", "response_idle_timeout"],
)
def test_any_other_close_says_no_more_than_the_network(talk: Any, reason: str) -> None:
    why = ConnectionClosedError("closed", code="1011", reason=reason)

    talk.codec.closed(why, 1.0)

    assert talk.codec.failure is None


def test_an_error_about_half_an_address_says_what_helps(talk: Any) -> None:
    talk.refuse("The provided URL does not appear to be valid.", "InvalidParameter")

    [told] = talk.of(ProviderFailed)
    assert told.setting == "provider.sanitise_urls"
    assert told.error.endswith("write sanitise_urls: true")


def test_results_and_instructions_are_taken_apart_if_asked_to(
    make_talk: Callable[..., Any],
) -> None:
    talk = make_talk(sanitise_urls=True)
    result = ToolResult(call_id="c", name="status", output='{"db": "localhost:5432"}')

    [item] = talk.ask(SendToolResults(results=(result,), respond=True))
    [create] = talk.ask(CreateResponse(instructions="Say 10.0.0.1."))

    assert item["item"]["output"] == '{"db": "localhost : 5432"}'
    assert create["response"]["instructions"] == "Say 10 . 0 . 0 . 1."


def test_nothing_else_than_the_users_voice_is_sent_as_audio(talk: Any) -> None:
    sent = [talk.speak(20) for _ in range(5)]

    assert [len(messages) for messages in sent] == [0, 0, 0, 0, 1]
    assert len(b64decode(sent[-1][0]["audio"])) == 3200
