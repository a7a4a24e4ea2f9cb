"""What a client is refused, and what ends its session."""

import base64
from typing import Any

import pytest

from realtime_run.core.pcm import Pcm
from realtime_run.simulation.outputs import Close
from realtime_run.simulation.script import ScriptedCall, ScriptedTurn

COMMON = "Parse RealtimeEvent error: Common error!"
FLASH_3 = "qwen3-omni-flash-realtime"


def message_of(events: list[dict[str, Any]]) -> str:
    (event,) = events
    assert event["type"] == "error"
    return str(event["error"]["message"])


def tool(**parameters: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": "f", "parameters": parameters}}


@pytest.mark.parametrize(
    "kind",
    [
        "conversation.item.truncate",
        "conversation.item.delete",
        "conversation.item.retrieve",
        "output_audio_buffer.clear",
        "session.explode",
    ],
)
def test_an_unknown_event_ends_the_session(talk: Any, kind: str) -> None:
    answers = talk.send(kind, item_id="item_1")

    assert message_of(answers) == COMMON
    assert talk.outputs[-1] == Close(1011, COMMON)
    assert talk.send("response.create") == []


@pytest.mark.parametrize("text", ["this is no JSON", b"", "[]", "7", "{}", "[" * 9999])
def test_what_is_no_event_ends_the_session(talk: Any, text: str | bytes) -> None:
    answers = talk.send_raw(text)

    assert message_of(answers) == COMMON
    assert talk.outputs[-1] == Close(1011, COMMON)


@pytest.mark.parametrize(
    "parameters",
    [
        {"type": ["object", "null"]},
        {"type": "object", "properties": {"a": {"type": ["string", "null"]}}},
        {"anyOf": [{"type": ["string", "null"]}]},
    ],
)
def test_union_types_in_a_schema_end_the_session(
    talk: Any, parameters: dict[str, Any]
) -> None:
    answers = talk.update(tools=[tool(**parameters)])

    assert message_of(answers) == COMMON
    assert talk.outputs[-1] == Close(1011, COMMON)


def test_a_schema_without_union_types_is_taken(talk: Any) -> None:
    nullable = {"anyOf": [{"type": "string"}, {"type": "null"}]}

    (event,) = talk.update(tools=[tool(type="object", properties={"type": nullable})])

    assert event["type"] == "session.updated"


def test_an_error_does_not_say_which_event_caused_it(talk: Any) -> None:
    (event,) = talk.send("response.cancel", event_id="mine")

    assert event["error"] == {
        "type": "invalid_request_error",
        "code": "invalid_value",
        "message": "Cancellation failed: conversation has none active response",
        "param": None,
    }
    assert not any(isinstance(one, Close) for one in talk.outputs)


def test_one_response_is_made_at_a_time(talk: Any) -> None:
    talk.send("response.create")

    answers = talk.send("response.create")
    talk.wait(30)

    assert message_of(answers) == "Conversation already has an active response"
    assert len(talk.of("response.done")) == 1


def test_a_turn_beside_an_answer_that_goes_on_is_not_answered(
    make_talk: Any, voice: Pcm
) -> None:
    talk = make_talk(ScriptedTurn(say="word " * 200))
    talk.update(turn_detection={"type": "server_vad", "interrupt_response": False})
    talk.write("Tell me more.")
    talk.send("response.create")

    talk.speak(voice)

    (error,) = talk.of("error")
    assert error["error"]["message"] == "Conversation already has an active response"
    assert len(talk.of("input_audio_buffer.committed")) == 1


def test_nobody_is_answered_while_the_user_speaks(talk: Any, voice: Pcm) -> None:
    talk.speak(Pcm(voice.data[:16_000], 16_000))

    answers = talk.send("response.create")

    assert "user is speaking" in message_of(answers)


def test_an_empty_buffer_cannot_be_committed(talk: Any) -> None:
    talk.update(turn_detection=None)

    answers = talk.send("input_audio_buffer.commit")

    assert "buffer is empty" in message_of(answers)


@pytest.mark.parametrize("audio", ["%", base64.b64encode(b"odd").decode()])
def test_sound_is_whole_samples_in_base64(talk: Any, audio: str) -> None:
    answers = talk.send("input_audio_buffer.append", audio=audio)

    assert "whole samples" in message_of(answers)


def test_sound_before_the_first_update_is_heard(talk: Any, voice: Pcm) -> None:
    talk.speak(voice)

    assert len(talk.of("input_audio_buffer.speech_started")) == 1


def test_items_get_ids_of_the_servers(talk: Any) -> None:
    content = [{"type": "input_text", "text": "hello"}]
    item = {"id": "mine", "type": "message", "role": "user", "content": content}

    (created,) = talk.send("conversation.item.create", item=item)

    assert created["type"] == "conversation.item.created"
    assert created["item"]["id"].startswith("item_")


@pytest.mark.parametrize(
    "item",
    [
        {"type": "message", "role": "assistant", "content": []},
        {"type": "message", "role": "system", "content": []},
        {"type": "message", "role": "user", "content": []},
        {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_image", "image_url": "data:"}],
        },
        {"type": "function_call", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "call_x", "output": "1"},
        {"type": "function_call_output", "call_id": "call_x", "output": None},
    ],
)
def test_items_are_what_the_user_wrote_and_what_tools_returned(
    talk: Any, item: dict[str, Any]
) -> None:
    (event,) = talk.send("conversation.item.create", item=item)

    assert event["type"] == "error"


def test_older_models_take_no_texts(make_talk: Any) -> None:
    talk = make_talk(model=FLASH_3)

    assert "does not take texts" in message_of(talk.write("hello"))


def test_a_picture_comes_after_sound(talk: Any, jpeg: Any) -> None:
    message = message_of(talk.show(jpeg()))

    assert message == "Error append image before append audio."


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"size": 196_609}, "too large"),
        ({"width": 1921}, "larger than 1080p"),
        ({"width": 1200, "height": 1200}, "larger than 1080p"),
    ],
)
def test_a_picture_that_is_too_large_is_refused(
    talk: Any, jpeg: Any, fields: dict[str, int], said: str
) -> None:
    talk.speak(Pcm.silence(100, 16_000))

    assert said in message_of(talk.show(jpeg(**fields)))


def test_a_picture_may_be_as_large_as_that(talk: Any, jpeg: Any) -> None:
    talk.speak(Pcm.silence(100, 16_000))

    assert talk.show(jpeg(1080, 1920, size=196_608)) == []


@pytest.mark.parametrize("image", [b"\x89PNG\r\n\x1a\n", b"", b"GIF89a"])
def test_a_picture_is_a_jpeg(talk: Any, image: bytes) -> None:
    talk.speak(Pcm.silence(100, 16_000))

    assert "must be a JPEG" in message_of(talk.show(image))


def test_a_picture_is_base64(talk: Any) -> None:
    talk.speak(Pcm.silence(100, 16_000))

    answers = talk.send("input_image_buffer.append", image="%")

    assert "must be a JPEG" in message_of(answers)


def test_sound_that_was_refused_is_none(talk: Any, jpeg: Any) -> None:
    talk.send("input_audio_buffer.append", audio="%")

    message = message_of(talk.show(jpeg()))

    assert message == "Error append image before append audio."


def test_a_model_that_is_blind_takes_no_pictures(make_talk: Any, jpeg: Any) -> None:
    talk = make_talk(model="qwen-audio-3.1-realtime-flash")
    talk.speak(Pcm.silence(100, 16_000))

    assert "does not take images" in message_of(talk.show(jpeg()))


def test_who_is_finished_is_let_go(talk: Any) -> None:
    (finished,) = talk.send("session.finish")

    assert finished["type"] == "session.finished"
    assert talk.outputs[-1] == Close(1000)


def test_who_sends_nothing_is_dropped(make_talk: Any) -> None:
    talk = make_talk(idle_s=300.0)
    talk.wait(299)
    talk.update()
    talk.wait(299)
    assert talk.of("error") == []

    (error,) = talk.wait(2)

    assert error["error"]["code"] == "response_idle_timeout"
    assert error["error"]["message"] == (
        "session was closed because no response was generated for 300 seconds"
    )
    assert talk.outputs[-1] == Close(1011, "response_idle_timeout")


def test_sound_keeps_a_session_alive(make_talk: Any) -> None:
    talk = make_talk(idle_s=1.0)

    talk.speak(Pcm.silence(3_000, 16_000))

    assert talk.of("error") == []


def test_nobody_is_dropped_in_the_midst_of_an_answer(make_talk: Any) -> None:
    talk = make_talk(ScriptedTurn(say="word " * 100), idle_s=1.0)

    talk.ask("Tell me more.")

    assert [one for one in talk.types if one in {"response.done", "error"}] == [
        "response.done",
        "error",
    ]


def test_a_session_ends_without_a_word_after_its_time(make_talk: Any) -> None:
    talk = make_talk(lifetime_s=60.0)

    assert talk.wait(61) == []
    assert talk.outputs[-1] == Close(
        1001, "The session has reached its maximum duration."
    )


@pytest.mark.parametrize("speaks", [False, True])
def test_a_user_who_speaks_on_is_answered_later(
    make_talk: Any, voice: Pcm, speaks: bool
) -> None:
    call = ScriptedCall(name="f", arguments={})
    talk = make_talk(ScriptedTurn(calls=(call,)))
    talk.update(tools=[tool(type="object")])
    talk.ask("hello")
    (made,) = talk.of("response.function_call_arguments.done")
    if speaks:
        talk.speak(Pcm(voice.data[:16_000], 16_000))
    item = {"type": "function_call_output", "call_id": made["call_id"], "output": "1"}

    talk.send("conversation.item.create", item=item)
    talk.wait(1)

    assert len(talk.of("response.created")) == (1 if speaks else 2)
