"""The session object, and what an update of it may say."""

from typing import Any

import pytest

PLUS = "qwen3.5-omni-plus-realtime"
FLASH_3 = "qwen3-omni-flash-realtime"
TURBO = "qwen-omni-turbo-realtime"
NEWEST = "qwen3.8-omni-flash-realtime"
AUDIO = "qwen-audio-3.1-realtime-plus"
TOOL = {"type": "function", "function": {"name": "f"}}
SDK = {
    "modalities": ["text", "audio"],
    "voice": None,
    "input_audio_format": "pcm16",
    "output_audio_format": "pcm16",
    "input_audio_transcription": {"model": None},
    "turn_detection": {
        "type": "server_vad",
        "threshold": 0.2,
        "prefix_padding_ms": 300,
        "silence_duration_ms": 800,
    },
}
"""What Alibaba's SDK sends if it is told nothing."""


def error_of(events: list[dict[str, Any]]) -> dict[str, Any]:
    (event,) = events
    assert event["type"] == "error"
    error: dict[str, Any] = event["error"]
    return error


def test_a_session_begins_flat(talk: Any) -> None:
    (created,) = talk.events

    assert created["type"] == "session.created"
    assert created["session"] == {
        "id": "sess_0",
        "object": "realtime.session",
        "model": PLUS,
        "modalities": ["text", "audio"],
        "instructions": "You are a helpful assistant.",
        "voice": "Tina",
        "input_audio_format": "pcm",
        "output_audio_format": "pcm",
        "input_audio_transcription": {"model": "qwen3-asr-flash-realtime"},
        "turn_detection": {
            "type": "server_vad",
            "threshold": 0.5,
            "prefix_padding_ms": 300,
            "silence_duration_ms": 800,
            "create_response": True,
            "interrupt_response": True,
        },
        "tools": [],
        "tool_choice": "auto",
    }


@pytest.mark.parametrize(
    ("model", "voice", "formats", "transcriber"),
    [
        (NEWEST, "Tina", ("pcm", "pcm"), "qwen3-asr-flash-realtime"),
        (FLASH_3, "Cherry", ("pcm16", "pcm24"), "gummy-realtime-v1"),
        (f"{FLASH_3}-2025-12-01", "Cherry", ("pcm16", "pcm24"), "gummy-realtime-v1"),
        (TURBO, "Chelsie", ("pcm16", "pcm16"), "gummy-realtime-v1"),
        (AUDIO, "longanqian_v3.1", ("pcm", "pcm"), None),
    ],
)
def test_each_family_has_defaults_of_its_own(
    make_talk: Any,
    model: str,
    voice: str,
    formats: tuple[str, str],
    transcriber: str | None,
) -> None:
    session = make_talk(model=model).events[0]["session"]

    assert session["voice"] == voice
    assert session["input_audio_format"] == formats[0]
    assert session["output_audio_format"] == formats[1]
    assert session["input_audio_transcription"] == {"model": transcriber}


def test_an_update_is_echoed_whole(talk: Any) -> None:
    talk.update(instructions="Be brief.", temperature=0.5)

    (updated,) = talk.update(turn_detection={"type": "semantic_vad"}, voice="Ethan")

    session = updated["session"]
    assert updated["type"] == "session.updated"
    assert (session["instructions"], session["temperature"]) == ("Be brief.", 0.5)
    assert session["voice"] == "Ethan"
    assert session["turn_detection"]["type"] == "semantic_vad"
    assert session["turn_detection"]["silence_duration_ms"] == 800


@pytest.mark.parametrize("model", [PLUS, FLASH_3, TURBO, NEWEST])
def test_what_alibabas_client_sends_is_taken_by_every_model(
    make_talk: Any, model: str
) -> None:
    talk = make_talk(model=model)
    before = talk.events[0]["session"]

    (updated,) = talk.update(**SDK)

    session = updated["session"]
    assert session["voice"] == before["voice"]
    assert session["input_audio_transcription"] == before["input_audio_transcription"]
    assert session["turn_detection"]["threshold"] == 0.2


def test_the_formats_of_the_new_client_are_taken(talk: Any) -> None:
    audio = {
        "input": {"format": {"type": "pcm", "sample_rate": 16_000}},
        "output": {"format": {"type": "pcm", "sample_rate": 24_000}},
    }

    (updated,) = talk.update(audio=audio)

    assert updated["session"]["audio"] == audio


@pytest.mark.parametrize(
    ("session", "param"),
    [
        ({"modalities": ["audio"]}, "session.modalities"),
        ({"modalities": []}, "session.modalities"),
        ({"voice": "marin"}, "session.voice"),
        ({"voice": ""}, "session.voice"),
        ({"instruction": ""}, "session.instruction"),
        ({"instructions": 5}, "session.instructions"),
        ({"type": "realtime"}, "session.type"),
        ({"input_audio_format": "pcm24"}, "session.input_audio_format"),
        ({"output_audio_format": "pcm24"}, "session.output_audio_format"),
        ({"audio": {}, "input_audio_format": "pcm"}, "session.input_audio_format"),
        (
            {"audio": {"input": {"format": {"type": "wav"}}}},
            "session.audio.input.format.type",
        ),
        (
            {"audio": {"output": {"format": {"type": "pcm", "sample_rate": 48_000}}}},
            "session.audio.output.format.sample_rate",
        ),
        ({"video": {"input": {"representation_compact": "x"}}}, "session.video"),
        ({"turn_detection": {"type": "magic"}}, "session.turn_detection.type"),
        ({"turn_detection": {"type": "smart_turn"}}, "session.turn_detection.type"),
        (
            {"turn_detection": {"type": "server_vad", "threshold": 1.5}},
            "session.turn_detection.threshold",
        ),
        (
            {"turn_detection": {"type": "server_vad", "silence_duration_ms": 100}},
            "session.turn_detection.silence_duration_ms",
        ),
        (
            {"turn_detection": {"type": "server_vad", "idle_timeout_ms": 1000}},
            "session.turn_detection.idle_timeout_ms",
        ),
        (
            {"turn_detection": {"type": "semantic_vad", "idle_timeout_ms": 5000}},
            "session.turn_detection.idle_timeout_ms",
        ),
        ({"tools": [{"type": "function", "name": "f"}]}, "session.tools[0].name"),
        ({"tools": [TOOL], "enable_search": True}, "session.tools"),
        ({"smooth_output": True}, "session.smooth_output"),
        ({"temperature": 2.0}, "session.temperature"),
        ({"top_p": 0}, "session.top_p"),
        ({"repetition_penalty": 0}, "session.repetition_penalty"),
        ({"presence_penalty": -3}, "session.presence_penalty"),
        ({"seed": 2**31}, "session.seed"),
        ({"max_history_turns": 5}, "session.max_history_turns"),
    ],
)
def test_one_bad_field_refuses_the_whole_update(
    talk: Any, session: dict[str, Any], param: str
) -> None:
    before = talk.service.session

    error = error_of(talk.update(**{"tool_choice": "none", **session}))

    assert (error["code"], error["param"]) == ("invalid_value", param)
    assert set(error) == {"type", "code", "message", "param"}
    assert talk.service.session == before


@pytest.mark.parametrize(
    ("model", "session", "is_taken"),
    [
        (PLUS, {"voice": "qwen-omni-vc-ann-1"}, True),
        (FLASH_3, {"voice": "qwen-omni-vc-ann-1"}, False),
        (FLASH_3, {"voice": "Tina"}, False),
        (AUDIO, {"voice": "longanqian"}, True),
        (AUDIO, {"voice": "Tina"}, False),
        (FLASH_3, {"output_audio_format": "pcm24"}, True),
        (FLASH_3, {"input_audio_format": "pcm"}, False),
        (FLASH_3, {"turn_detection": {"type": "semantic_vad"}}, False),
        (AUDIO, {"turn_detection": {"type": "smart_turn"}}, True),
        (NEWEST, {"turn_detection": {"type": "semantic_vad"}}, True),
        (
            PLUS,
            {"turn_detection": {"type": "server_vad", "idle_timeout_ms": 5000}},
            True,
        ),
        (FLASH_3, {"tools": [TOOL]}, False),
        (PLUS, {"tools": [TOOL]}, True),
        (FLASH_3, {"enable_search": True}, False),
        (PLUS, {"enable_search": True, "search_options": {"enable_source": True}}, 1),
        (FLASH_3, {"smooth_output": None}, True),
        (TURBO, {"temperature": 0.5}, False),
        (AUDIO, {"max_history_turns": 5}, True),
        (NEWEST, {"video": {"input": {"representation_compact": "x"}}}, True),
    ],
)
def test_what_a_model_takes_depends_on_its_family(
    make_talk: Any, model: str, session: dict[str, Any], is_taken: bool
) -> None:
    (event,) = make_talk(model=model).update(**session)

    assert (event["type"] == "session.updated") == is_taken


def test_search_and_tools_exclude_each_other_one_after_the_other(talk: Any) -> None:
    talk.update(enable_search=True)

    assert error_of(talk.update(tools=[TOOL]))["param"] == "session.tools"


def test_an_unknown_voice_is_named(talk: Any) -> None:
    message = error_of(talk.update(voice="bob"))["message"]

    assert message == "Voice 'bob' is not supported."


def test_a_voice_stays_once_it_was_heard(talk: Any) -> None:
    talk.send("response.create")
    talk.wait(30)

    (same,) = talk.update(voice="Tina")
    error = error_of(talk.update(voice="Ethan"))

    assert same["type"] == "session.updated"
    assert (error["code"], error["param"]) == ("cannot_update_voice", "session.voice")
