"""What is sent in which order, in each kind of conversation."""

import base64
from itertools import groupby
from typing import Any

import pytest

from realtime_run.core.pcm import Pcm
from realtime_run.simulation.model import GREETING, STILL_THERE
from realtime_run.simulation.script import ScriptedCall, ScriptedTurn

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string", "description": "which city"}},
            "required": ["city"],
        },
    },
}
SPOKEN_ANSWER = [
    "response.created",
    "response.output_item.added",
    "conversation.item.created",
    "response.content_part.added",
    "speech",
    "response.audio_transcript.done",
    "response.audio.done",
    "response.content_part.done",
    "response.output_item.done",
    "response.done",
]
CALL = [
    "response.created",
    "response.output_item.added",
    "conversation.item.created",
    "response.function_call_arguments.delta",
    "response.function_call_arguments.done",
    "response.output_item.done",
    "response.done",
]
DELTAS = {
    "response.audio_transcript.delta": "speech",
    "response.audio.delta": "speech",
}
TRANSCRIPTION = "conversation.item.input_audio_transcription"
CITY = ScriptedCall(name="get_weather", arguments={"city": "Rome"})


def order(types: list[str]) -> list[str]:
    """Return types in order, a run of deltas as one, without transcripts."""
    kept = (DELTAS.get(one, one) for one in types if TRANSCRIPTION not in one)
    return [kind for kind, _ in groupby(kept)]


def done(talk: Any) -> dict[str, Any]:
    response: dict[str, Any] = talk.of("response.done")[-1]["response"]
    return response


def answer(talk: Any) -> str:
    part = done(talk)["output"][-1]["content"][0]
    return str(part.get("transcript") or part.get("text"))


def result(talk: Any, call_id: str, output: str) -> list[dict[str, Any]]:
    item = {"type": "function_call_output", "call_id": call_id, "output": output}
    events: list[dict[str, Any]] = talk.send("conversation.item.create", item=item)
    return events


def test_a_spoken_turn_is_found_and_answered(talk: Any, voice: Pcm) -> None:
    talk.forget()

    talk.speak(voice)
    talk.wait(30)

    assert order(talk.types) == [
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "conversation.item.created",
        *SPOKEN_ANSWER,
    ]
    assert answer(talk) == "I heard you for 0.9 seconds."
    (started,) = talk.of("input_audio_buffer.speech_started")
    (stopped,) = talk.of("input_audio_buffer.speech_stopped")
    assert (started["audio_start_ms"], started["item_id"]) == (0, stopped["item_id"])
    assert 1600 <= stopped["audio_end_ms"] <= 1900
    (committed,) = talk.of("input_audio_buffer.committed")
    assert set(committed) == {"type", "event_id", "item_id"}


def test_items_are_created_only(talk: Any, voice: Pcm) -> None:
    talk.speak(voice)
    talk.wait(30)

    users, models = talk.of("conversation.item.created")
    assert users["item"] == {
        "id": users["item"]["id"],
        "object": "realtime.item",
        "type": "message",
        "status": "completed",
        "role": "user",
        "content": [{"type": "input_audio", "transcript": None}],
    }
    assert set(models) == {"type", "event_id", "item"}
    assert models["item"]["role"] == "assistant"
    assert models["item"]["content"] == []


def test_speech_comes_at_24_khz_beside_its_words(talk: Any) -> None:
    talk.ask("hello")

    sound = b"".join(
        base64.b64decode(one["delta"]) for one in talk.of("response.audio.delta")
    )
    words = "".join(one["delta"] for one in talk.of("response.audio_transcript.delta"))
    assert words == answer(talk) == 'You wrote: "hello".'
    assert len(sound) / 48_000 == pytest.approx(1.0, abs=0.5)
    parts = [
        talk.of(f"response.content_part.{end}")[0]["part"] for end in ("added", "done")
    ]
    assert parts == [{"type": "audio", "text": ""}, {"type": "audio", "text": words}]


def test_a_response_is_told_flat(talk: Any) -> None:
    talk.ask("hello")

    created = talk.of("response.created")[0]["response"]
    assert created == {
        "id": created["id"],
        "object": "realtime.response",
        "conversation_id": created["conversation_id"],
        "status": "in_progress",
        "modalities": ["text", "audio"],
        "voice": "Tina",
        "output_audio_format": "pcm",
        "output": [],
    }
    assert done(talk)["status"] == "completed"
    assert done(talk)["output"][0]["content"] == [
        {"type": "audio", "transcript": 'You wrote: "hello".'}
    ]


def test_usage_is_told_by_its_names_here(talk: Any) -> None:
    talk.ask("hello")

    used = done(talk)["usage"]
    assert set(used) == {
        "total_tokens",
        "input_tokens",
        "output_tokens",
        "input_tokens_details",
        "output_tokens_details",
    }
    assert set(used["input_tokens_details"]) == {"text_tokens", "audio_tokens"}
    assert used["total_tokens"] == used["input_tokens"] + used["output_tokens"]
    assert sum(used["output_tokens_details"].values()) == used["output_tokens"]


def test_a_text_is_answered_in_text(talk: Any) -> None:
    talk.update(modalities=["text"])
    talk.forget()

    talk.ask("hello")

    assert order(talk.types) == [
        "conversation.item.created",
        "response.created",
        "response.output_item.added",
        "conversation.item.created",
        "response.content_part.added",
        "response.text.delta",
        "response.text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.done",
    ]
    assert done(talk)["output"][0]["content"] == [
        {"type": "text", "text": 'You wrote: "hello".'}
    ]


def test_one_response_may_be_told_what_to_say_and_how(make_talk: Any) -> None:
    talk = make_talk(ScriptedTurn(say="{instructions}"))
    options = {"instructions": "Greet.", "modalities": ["text"]}
    talk.write("Hello.")

    talk.send("response.create", response=options)
    talk.wait(30)

    assert answer(talk) == "Greet."
    assert talk.of("response.audio.delta") == []


def test_alibabas_client_tells_a_response_nothing_by_null(talk: Any) -> None:
    talk.send("response.create", response={"instructions": None})
    talk.wait(30)

    assert answer(talk) == GREETING


def test_a_transcript_grows_and_its_end_may_still_change(
    make_talk: Any, voice: Pcm
) -> None:
    talk = make_talk(ScriptedTurn(heard="What is this?"))

    talk.speak(voice)
    talk.wait(30)

    drafts = talk.of(f"{TRANSCRIPTION}.delta")
    (whole,) = talk.of(f"{TRANSCRIPTION}.completed")
    assert [(one["text"], one["stash"]) for one in drafts] == [
        ("", "What"),
        ("What ", "is"),
        ("What is ", "this?"),
    ]
    assert {(one["language"], one["emotion"]) for one in drafts} == {("en", "neutral")}
    assert (whole["content_index"], whole["transcript"]) == (0, "What is this?")
    assert "usage" not in whole


def test_older_models_tell_whole_transcripts_only(make_talk: Any, voice: Pcm) -> None:
    talk = make_talk(model="qwen3-omni-flash-realtime")

    talk.speak(voice)
    talk.wait(30)

    assert talk.of(f"{TRANSCRIPTION}.delta") == []
    assert len(talk.of(f"{TRANSCRIPTION}.completed")) == 1


def test_no_transcript_comes_if_none_is_wanted(talk: Any, voice: Pcm) -> None:
    talk.update(input_audio_transcription=None)

    talk.speak(voice)
    talk.wait(30)

    assert not any(TRANSCRIPTION in one for one in talk.types)


@pytest.mark.parametrize(
    ("model", "comes"),
    [("qwen3.5-omni-plus-realtime", True), ("qwen3.5-omni-flash-realtime", False)],
)
def test_a_turn_that_the_client_commits_is_answered_when_it_asks(
    make_talk: Any, voice: Pcm, model: str, comes: bool
) -> None:
    talk = make_talk(model=model)
    talk.update(turn_detection=None)
    talk.forget()
    talk.speak(voice)

    talk.send("input_audio_buffer.commit")
    committed = talk.types
    talk.send("response.create")
    talk.wait(30)

    assert committed == ["input_audio_buffer.committed", "conversation.item.created"]
    assert order(talk.types[2:]) == SPOKEN_ANSWER
    assert bool(talk.of(f"{TRANSCRIPTION}.completed")) is comes


def test_pictures_belong_to_the_next_turn(talk: Any, voice: Pcm, jpeg: Any) -> None:
    talk.speak(Pcm.silence(100, 16_000))
    assert talk.show(jpeg()) == []
    assert talk.show(jpeg(1280, 720)) == []

    talk.speak(voice)
    talk.wait(30)

    assert answer(talk).endswith("I see 2 pictures, the last 1280 by 720.")
    assert done(talk)["usage"]["input_tokens_details"]["image_tokens"] == 600


def test_pictures_are_cleared_with_the_sound(talk: Any, voice: Pcm, jpeg: Any) -> None:
    talk.speak(Pcm.silence(100, 16_000))
    talk.show(jpeg())

    (cleared,) = talk.send("input_audio_buffer.clear")
    talk.speak(voice)
    talk.wait(30)

    assert cleared["type"] == "input_audio_buffer.cleared"
    assert answer(talk) == "I heard you for 0.9 seconds."


def test_a_tool_is_called_and_the_server_goes_on_by_itself(make_talk: Any) -> None:
    talk = make_talk(ScriptedTurn(calls=(CITY,), say="It is {results}."))
    talk.update(tools=[WEATHER])
    talk.forget()
    talk.ask("weather?")
    asked = order(talk.types)
    (call,) = done(talk)["output"]
    (whole,) = talk.of("response.function_call_arguments.done")

    (created,) = result(talk, call["call_id"], "warm")
    talk.wait(30)

    assert asked == ["conversation.item.created", *CALL]
    assert (whole["name"], whole["arguments"]) == ("get_weather", '{"city": "Rome"}')
    assert created["item"]["output"] == "warm"
    assert answer(talk) == "It is warm."
    assert len(talk.of("response.created")) == 2


def test_the_server_waits_for_the_results_of_all_calls(make_talk: Any) -> None:
    talk = make_talk(ScriptedTurn(calls=(CITY, CITY), say="{results}"))
    talk.update(tools=[WEATHER])
    talk.ask("weather?")
    first, second = (call["call_id"] for call in done(talk)["output"])

    result(talk, first, "warm")
    early = talk.wait(10)
    result(talk, second, "cold")
    talk.wait(30)

    assert early == []
    assert answer(talk) == "warm and cold"


@pytest.mark.parametrize(
    ("detection", "answers"),
    [(None, True), ({"type": "server_vad"}, False)],
)
def test_results_are_answered_when_the_client_asks(
    make_talk: Any, detection: Any, answers: bool
) -> None:
    talk = make_talk(ScriptedTurn(calls=(CITY,)), answers_tools=answers)
    talk.update(tools=[WEATHER], turn_detection=detection)
    talk.ask("weather?")
    result(talk, done(talk)["output"][0]["call_id"], "warm")

    meanwhile = talk.wait(10)
    talk.send("response.create")
    talk.wait(30)

    assert meanwhile == []
    assert answer(talk).startswith("The tool returned: warm.")


def test_who_asks_at_once_is_answered_once(make_talk: Any) -> None:
    talk = make_talk(ScriptedTurn(calls=(CITY,)))
    talk.update(tools=[WEATHER])
    talk.ask("weather?")
    result(talk, done(talk)["output"][0]["call_id"], "warm")

    talk.send("response.create")
    talk.wait(30)

    assert len(talk.of("response.created")) == 2
    assert talk.of("error") == []


def test_speech_stops_an_answer_whose_end_is_not_told(talk: Any, voice: Pcm) -> None:
    talk.send("response.create")
    talk.wait(0.3)
    talk.forget()

    talk.speak(Pcm(voice.data[:9_600], 16_000))
    talk.wait(0.1)

    started = talk.types.index("input_audio_buffer.speech_started")
    assert talk.types[started:] == [
        "input_audio_buffer.speech_started",
        "response.audio_transcript.done",
        "response.audio.done",
        "response.content_part.done",
        "response.output_item.done",
    ]
    assert talk.events[-1]["item"]["status"] == "incomplete"


def test_an_answer_may_be_left_to_go_on(talk: Any, voice: Pcm) -> None:
    talk.update(turn_detection={"type": "server_vad", "interrupt_response": False})
    talk.send("response.create")
    talk.wait(0.3)

    talk.speak(Pcm(voice.data[:9_600], 16_000))
    talk.wait(30)

    assert done(talk)["status"] == "completed"


@pytest.mark.parametrize("cancel_done", [False, True])
def test_a_cancelled_answer_ends_with_its_item(
    make_talk: Any, cancel_done: bool
) -> None:
    talk = make_talk(cancel_done=cancel_done)
    talk.update(modalities=["text"])
    talk.send("response.create")
    talk.wait(0.06)
    talk.forget()

    talk.send("response.cancel")
    talk.wait(10)

    assert talk.types == [
        "response.text.done",
        "response.content_part.done",
        "response.output_item.done",
        *(["response.done"] if cancel_done else []),
    ]


def test_after_a_cancelled_answer_comes_the_next(talk: Any) -> None:
    talk.send("response.create")
    talk.wait(0.3)
    talk.send("response.cancel")

    talk.ask("hello")

    assert answer(talk) == 'You wrote: "hello".'


def test_a_user_who_is_silent_is_spoken_to(talk: Any) -> None:
    detection = {"type": "server_vad", "idle_timeout_ms": 5000}
    talk.update(turn_detection=detection)
    talk.ask("hello")
    talk.forget()

    talk.wait(10)

    assert order(talk.types)[: len(SPOKEN_ANSWER)] == SPOKEN_ANSWER
    assert answer(talk) == STILL_THERE


def test_what_was_said_before_is_known_from_the_instructions(talk: Any) -> None:
    digest = "Be brief.\n\nSaid before:\nUser: My name is Ann.\nYou: Hello Ann.\n"
    talk.update(instructions=f"{digest}User: And now?")

    talk.ask("What did I say first?")

    assert answer(talk) == 'The first thing you said was "My name is Ann.".'
