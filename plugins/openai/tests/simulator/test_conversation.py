import base64
import json
from typing import Any

import pytest

from realtime_run.core.pcm import Pcm
from realtime_run.simulation.model import GREETING
from realtime_run.simulation.script import ScriptedCall, ScriptedTurn

GET_WEATHER = {
    "type": "function",
    "name": "get_weather",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string", "description": "which city"}},
        "required": ["city"],
    },
}
# 3 x 2 pixels, cut off behind its size.
PNG = base64.b64encode(
    b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + b"\0\0\0\x03\0\0\0\x02"
).decode()


def code_of(events: list[dict[str, Any]]) -> str:
    (event,) = events
    return str(event["error"]["code"])


def done(talk: Any) -> dict[str, Any]:
    response: dict[str, Any] = talk.of("response.done")[-1]["response"]
    return response


def answer(talk: Any) -> str:
    part = done(talk)["output"][-1]["content"][0]
    return str(part.get("transcript") or part.get("text"))


def user_item(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"type": "message", "role": "user", "content": list(parts)}


def test_who_is_not_asked_anything_greets(talk: Any) -> None:
    talk.send("response.create")
    talk.wait(30)

    assert answer(talk) == GREETING


def test_deltas_add_up_to_what_was_said(talk: Any) -> None:
    talk.write("hello there")
    talk.send("response.create")
    talk.wait(30)

    said = "".join(
        one["delta"] for one in talk.of("response.output_audio_transcript.delta")
    )
    assert said == answer(talk) == 'You wrote: "hello there".'


def test_speech_is_made_faster_than_real_time(make_talk: Any) -> None:
    talk = make_talk(speed=10.0, latency_s=0.0)
    talk.send("response.create")

    while not talk.of("response.done"):
        talk.wait(0.01)

    sent = b"".join(
        base64.b64decode(one["delta"]) for one in talk.of("response.output_audio.delta")
    )
    duration_s = len(sent) / 48_000
    assert talk.at_s == pytest.approx(duration_s / 10, abs=0.05)


def test_a_spoken_turn_is_answered_with_its_length(talk: Any, voice: Pcm) -> None:
    talk.speak(voice)
    talk.wait(30)

    assert answer(talk) == "I heard you for 0.9 seconds."
    (started,) = talk.of("input_audio_buffer.speech_started")
    (stopped,) = talk.of("input_audio_buffer.speech_stopped")
    assert started["item_id"] == stopped["item_id"]
    assert started["audio_start_ms"] == 0
    assert 1000 <= stopped["audio_end_ms"] <= 1200


def test_a_transcript_comes_only_if_it_is_asked_for(make_talk: Any, voice: Pcm) -> None:
    talk = make_talk(ScriptedTurn(heard="What time is it?"))
    talk.speak(voice)
    talk.wait(30)
    kind = "conversation.item.input_audio_transcription.completed"
    assert talk.of(kind) == []

    talk = make_talk(ScriptedTurn(heard="What time is it?", say="Late, {heard}"))
    talk.update(audio={"input": {"transcription": {"model": "gpt-realtime-whisper"}}})
    talk.speak(voice)
    talk.wait(30)

    assert [one["transcript"] for one in talk.of(kind)] == ["What time is it?"]
    assert answer(talk) == "Late, What time is it?"


def test_without_turn_detection_the_client_commits_and_asks(
    talk: Any, voice: Pcm
) -> None:
    talk.update(audio={"input": {"turn_detection": None}})
    talk.speak(voice)
    assert talk.types[2:] == []

    committed = talk.send("input_audio_buffer.commit")
    talk.send("response.create")
    talk.wait(30)

    assert [event["type"] for event in committed] == [
        "input_audio_buffer.committed",
        "conversation.item.added",
        "conversation.item.done",
    ]
    assert answer(talk).startswith("I heard you for")


def test_instructions_of_one_response_take_the_place_of_the_sessions_once(
    make_talk: Any,
) -> None:
    talk = make_talk(ScriptedTurn(say="{instructions}"), ScriptedTurn())
    talk.update(instructions="Be brief.")
    talk.write("Hello.")
    for options in ({"response": {"instructions": "Greet."}}, {}):
        talk.send("response.create", **options)
        talk.wait(30)

    kind = "response.output_audio_transcript.done"
    answers = [one["transcript"] for one in talk.of(kind)]
    assert answers[0] == "Greet."
    assert "Greet" not in answers[1]


def test_an_empty_buffer_cannot_be_committed(talk: Any) -> None:
    assert code_of(talk.send("input_audio_buffer.commit")) == (
        "input_audio_buffer_commit_empty"
    )


def test_a_cleared_buffer_is_no_turn(talk: Any, voice: Pcm) -> None:
    talk.speak(Pcm(voice.data[:24_000], 24_000))

    (cleared,) = talk.send("input_audio_buffer.clear")
    talk.speak(Pcm.silence(2000, 24_000))

    assert cleared["type"] == "input_audio_buffer.cleared"
    assert talk.of("input_audio_buffer.committed") == []


def test_a_turn_is_not_answered_if_nobody_asks_for_it(talk: Any, voice: Pcm) -> None:
    detection = {"type": "server_vad", "create_response": False}
    talk.update(audio={"input": {"turn_detection": detection}})

    talk.speak(voice)
    talk.wait(5)

    assert len(talk.of("input_audio_buffer.committed")) == 1
    assert talk.of("response.created") == []


@pytest.mark.parametrize("kind", ["audio/pcmu", "audio/pcma"])
def test_telephone_sound_is_heard_and_made(talk: Any, kind: str) -> None:
    audio = {"input": {"format": {"type": kind}}, "output": {"format": {"type": kind}}}
    talk.update(audio=audio)
    loud, quiet = b"\x00\x80" * 2000, b"\xd5" * 8000
    if kind == "audio/pcmu":
        quiet = b"\xff" * 8000

    talk.send(
        "input_audio_buffer.append", audio=base64.b64encode(loud + quiet).decode()
    )
    talk.wait(30)

    assert answer(talk) == "I heard you for 0.5 seconds."
    sent = b"".join(
        base64.b64decode(one["delta"]) for one in talk.of("response.output_audio.delta")
    )
    assert 8_000 < len(sent) < 3 * 8_000


def test_silence_for_long_is_answered(talk: Any) -> None:
    detection = {"type": "server_vad", "idle_timeout_ms": 5000}
    talk.update(audio={"input": {"turn_detection": detection}})
    talk.send("response.create")
    talk.speak(Pcm.silence(12_000, 24_000))
    talk.wait(30)

    triggered = talk.of("input_audio_buffer.timeout_triggered")[0]
    assert triggered["audio_end_ms"] - triggered["audio_start_ms"] == 5000
    said = [
        one["transcript"] for one in talk.of("response.output_audio_transcript.done")
    ]
    assert said[:2] == [GREETING, "Are you still there?"]


def test_speech_interrupts_the_answer(talk: Any, voice: Pcm) -> None:
    talk.send("response.create")
    talk.wait(0.3)
    talk.forget()

    talk.speak(Pcm(voice.data[:9_600], 24_000))

    started = talk.types.index("input_audio_buffer.speech_started")
    assert talk.types[started:] == [
        "input_audio_buffer.speech_started",
        "response.output_audio.done",
        "response.output_audio_transcript.done",
        "response.content_part.done",
        "conversation.item.done",
        "response.output_item.done",
        "response.done",
        "rate_limits.updated",
    ]
    assert done(talk)["status"] == "cancelled"
    assert done(talk)["status_details"] == {
        "type": "cancelled",
        "reason": "turn_detected",
    }
    assert done(talk)["output"][0]["status"] == "incomplete"


def test_an_answer_that_may_not_be_interrupted_goes_on(talk: Any, voice: Pcm) -> None:
    detection = {"type": "server_vad", "interrupt_response": False}
    talk.update(audio={"input": {"turn_detection": detection}})
    talk.send("response.create")
    talk.wait(0.2)

    talk.speak(Pcm(voice.data[:24_000], 24_000))
    talk.wait(30)

    assert done(talk)["status"] == "completed"


def test_a_client_may_cancel(talk: Any) -> None:
    talk.send("response.create")
    talk.wait(0.2)

    talk.send("response.cancel")

    assert done(talk)["status_details"]["reason"] == "client_cancelled"
    assert talk.wait(5) == []
    assert code_of(talk.send("response.cancel")) == "response_cancel_not_active"


def test_one_response_is_made_at_a_time(talk: Any) -> None:
    talk.send("response.create")

    assert code_of(talk.send("response.create")) == (
        "conversation_already_has_active_response"
    )


def test_a_response_beside_the_conversation_leaves_no_trace(talk: Any) -> None:
    talk.send("response.create")
    talk.send(
        "response.create",
        response={
            "conversation": "none",
            "metadata": {"topic": "mood"},
            "output_modalities": ["text"],
            "input": [user_item({"type": "input_text", "text": "How is the mood?"})],
        },
    )
    talk.wait(30)

    beside = talk.of("response.done")[0]["response"]
    assert beside["metadata"] == {"topic": "mood"}
    assert beside["conversation_id"] is None
    assert beside["output"][0]["content"] == [
        {"type": "output_text", "text": 'You wrote: "How is the mood?".'}
    ]
    added = [one["item"]["id"] for one in talk.of("conversation.item.added")]
    assert beside["output"][0]["id"] not in added


def test_two_tools_are_called_in_one_response(make_talk: Any) -> None:
    calls = tuple(
        ScriptedCall(name="get_weather", arguments={"city": city})
        for city in ("Oslo", "Rome")
    )
    talk = make_talk(ScriptedTurn(calls=calls, say="It is {results}."))
    talk.update(tools=[GET_WEATHER])
    talk.write("weather?")
    talk.send("response.create")
    talk.wait(5)

    made = done(talk)["output"]
    for call, weather in zip(made, ("cold", "warm"), strict=True):
        item = {
            "type": "function_call_output",
            "call_id": call["call_id"],
            "output": weather,
        }
        talk.send("conversation.item.create", item=item)
    talk.send("response.create")
    talk.wait(30)

    assert [json.loads(call["arguments"]) for call in made] == [
        {"city": "Oslo"},
        {"city": "Rome"},
    ]
    assert answer(talk) == "It is cold and warm."


def test_parallel_calls_can_be_turned_off(make_talk: Any) -> None:
    calls = (ScriptedCall(name="get_weather"),) * 2
    talk = make_talk(ScriptedTurn(calls=calls))
    talk.update(tools=[GET_WEATHER], parallel_tool_calls=False)
    talk.write("weather?")
    talk.send("response.create")
    talk.wait(5)

    assert len(done(talk)["output"]) == 1


def test_a_result_needs_its_call(talk: Any) -> None:
    item = {"type": "function_call_output", "call_id": "call_x", "output": "1"}

    events = talk.send("conversation.item.create", item=item)

    assert code_of(events) == "invalid_tool_call_id"


def test_a_first_turn_with_tools_calls_the_first(talk: Any) -> None:
    talk.update(tools=[GET_WEATHER])
    talk.write("weather?")
    talk.send("response.create")
    talk.wait(5)

    (call,) = done(talk)["output"]
    assert (call["name"], call["arguments"]) == (
        "get_weather",
        '{"city": "which city"}',
    )


def test_no_tool_is_called_against_the_choice(talk: Any) -> None:
    talk.update(tools=[GET_WEATHER], tool_choice="none")
    talk.write("weather?")
    talk.send("response.create")
    talk.wait(30)

    assert done(talk)["output"][0]["type"] == "message"


def test_pictures_are_counted_and_measured(talk: Any) -> None:
    url = f"data:image/png;base64,{PNG}"
    for _ in range(2):
        talk.send(
            "conversation.item.create",
            item=user_item({"type": "input_image", "image_url": url}),
        )
    talk.write("What do you see?")
    talk.send("response.create")
    talk.wait(30)

    assert answer(talk).endswith("I see 2 pictures, the last 3 by 2.")
    assert done(talk)["usage"]["input_token_details"]["image_tokens"] > 0


def test_what_is_on_the_video_track_is_told(talk: Any) -> None:
    talk.service.see("a video that is mostly red")
    talk.write("What do you see?")
    talk.send("response.create")
    talk.wait(30)

    assert answer(talk).endswith("I see a video that is mostly red.")


def test_a_history_that_is_brought_back_is_remembered(talk: Any) -> None:
    talk.write("My name is Ada.")
    text = {"type": "output_text", "text": "Hello Ada."}
    item = {"type": "message", "role": "assistant", "content": [text]}
    talk.send("conversation.item.create", item=item)
    talk.write("What did I say first?")
    talk.send("response.create")
    talk.wait(30)

    assert answer(talk) == 'The first thing you said was "My name is Ada.".'


def test_items_stand_where_they_are_put(talk: Any) -> None:
    talk.send(
        "conversation.item.create",
        item={**user_item({"type": "input_text", "text": "b"}), "id": "b"},
    )
    first = talk.send(
        "conversation.item.create",
        item={**user_item({"type": "input_text", "text": "a"}), "id": "a"},
        previous_item_id="root",
    )
    last = talk.send(
        "conversation.item.create",
        item={**user_item({"type": "input_text", "text": "c"}), "id": "c"},
    )

    assert [one["previous_item_id"] for one in (first[0], last[0])] == [None, "b"]


def test_an_item_behind_none_or_twice_is_refused(talk: Any) -> None:
    item = {**user_item({"type": "input_text", "text": "a"}), "id": "a"}
    talk.send("conversation.item.create", item=item)

    twice = talk.send("conversation.item.create", item=item)
    behind = talk.send(
        "conversation.item.create",
        item=user_item({"type": "input_text", "text": "a"}),
        previous_item_id="nowhere",
    )

    assert (code_of(twice), code_of(behind)) == ("invalid_value", "invalid_value")


def test_audio_of_the_assistant_cannot_be_brought_back(talk: Any) -> None:
    audio = {"type": "output_audio", "transcript": "Hi."}
    item = {"type": "message", "role": "assistant", "content": [audio]}

    assert code_of(talk.send("conversation.item.create", item=item)) == "invalid_value"


def test_an_answer_is_cut_at_what_was_heard(talk: Any) -> None:
    talk.send("response.create")
    talk.wait(30)
    item_id = done(talk)["output"][0]["id"]
    truncate = "conversation.item.truncate"

    cut = talk.send(truncate, item_id=item_id, content_index=0, audio_end_ms=500)
    more = talk.send(truncate, item_id=item_id, content_index=0, audio_end_ms=501)
    shown = talk.send("conversation.item.retrieve", item_id=item_id)

    assert cut[0]["audio_end_ms"] == 500
    assert code_of(more) == "invalid_value"
    (part,) = shown[0]["item"]["content"]
    assert "transcript" not in part
    assert len(base64.b64decode(part["audio"])) == 500 * 48


@pytest.mark.parametrize("what", ["truncate", "delete", "retrieve"])
def test_what_is_not_there_cannot_be_changed(talk: Any, what: str) -> None:
    fields = {"content_index": 0, "audio_end_ms": 0} if what == "truncate" else {}

    events = talk.send(f"conversation.item.{what}", item_id="item_x", **fields)

    assert code_of(events) == f"item_{what}_invalid_item_id"


def test_only_the_assistants_speech_is_cut(talk: Any) -> None:
    talk.write("hello")
    item_id = talk.of("conversation.item.added")[0]["item"]["id"]

    events = talk.send(
        "conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=0
    )

    assert code_of(events) == "invalid_value"


def test_a_deleted_item_is_forgotten(talk: Any) -> None:
    talk.write("forget me")
    item_id = talk.of("conversation.item.added")[0]["item"]["id"]

    (deleted,) = talk.send("conversation.item.delete", item_id=item_id)
    talk.send("response.create")
    talk.wait(30)

    assert deleted["item_id"] == item_id
    assert answer(talk) == GREETING


def test_an_answer_stops_at_the_most_tokens(talk: Any) -> None:
    talk.write("hello")
    talk.send(
        "response.create",
        response={"max_output_tokens": 5, "output_modalities": ["text"]},
    )
    talk.wait(30)

    response = done(talk)
    assert response["status"] == "incomplete"
    assert response["status_details"]["reason"] == "max_output_tokens"
    assert response["usage"]["output_tokens"] <= 5


def test_tokens_are_counted_by_time_and_the_context_is_charged_again(
    talk: Any, voice: Pcm
) -> None:
    talk.speak(voice)
    talk.wait(30)
    first = done(talk)["usage"]
    sent = b"".join(
        base64.b64decode(one["delta"]) for one in talk.of("response.output_audio.delta")
    )
    talk.write("and now?")
    talk.send("response.create")
    talk.wait(30)
    second = done(talk)["usage"]

    made = first["output_token_details"]["audio_tokens"]
    assert made == pytest.approx(len(sent) / 48 / 50, abs=2)
    assert 10 <= first["input_token_details"]["audio_tokens"] <= 12
    more = second["input_token_details"]["audio_tokens"]
    assert more == pytest.approx(
        first["input_token_details"]["audio_tokens"] + made, abs=2
    )
    for one in (first, second):
        assert one["total_tokens"] == one["input_tokens"] + one["output_tokens"]


def test_what_cannot_be_read_is_answered(talk: Any) -> None:
    for text in (
        b"\xff\x00",
        "no json",
        "[]",
        "7",
        "{}",
        '{"type": "x"}',
        "[" * 100_000,
    ):
        (event,) = talk.send_raw(text)

        assert event["type"] == "error"


def test_sound_that_is_no_sound_is_refused(talk: Any) -> None:
    odd = base64.b64encode(b"abc").decode()
    for audio in ("%%%", odd):
        events = talk.send("input_audio_buffer.append", audio=audio)

        assert code_of(events) == "invalid_value"


def test_a_voice_may_be_asked_to_speak_faster(make_talk: Any) -> None:
    lengths: list[int] = []
    for speed in (1.0, 1.5):
        talk = make_talk()
        talk.update(audio={"output": {"speed": speed}})
        talk.send("response.create")
        talk.wait(30)
        deltas = talk.of("response.output_audio.delta")
        lengths.append(sum(len(base64.b64decode(one["delta"])) for one in deltas))

    assert lengths[1] == pytest.approx(lengths[0] / 1.5, rel=0.02)
