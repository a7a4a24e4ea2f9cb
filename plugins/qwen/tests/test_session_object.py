"""The session object, exactly as it is sent."""

from typing import Any

import pytest

from realtime_run.core.errors import ProviderError
from realtime_run.core.turn_detection import TurnDetection
from realtime_run.plugin.provider_api import HistoryItem, Opening, ToolDefinition
from realtime_run_qwen.session_object import session_object
from realtime_run_qwen.settings import QwenSettings

MOVE = ToolDefinition(
    name="move",
    description="Drive the rover.",
    parameters={
        "type": "object",
        "properties": {"speed": {"type": ["number", "null"], "default": None}},
    },
)


def session_of(opening: Opening | None = None, **given: Any) -> dict[str, Any]:
    settings = QwenSettings.model_validate({"api_key": "k", **given})
    return session_object(settings, opening or Opening())


def turns(opening: Opening | None = None, **given: Any) -> Any:
    return session_of(opening, **given)["turn_detection"]


def test_the_shortest_spec_makes_the_shortest_session() -> None:
    assert session_of() == {
        "modalities": ["text", "audio"],
        "voice": "Tina",
        "input_audio_format": "pcm",
        "output_audio_format": "pcm",
        "input_audio_transcription": {"model": "qwen3-asr-flash-realtime"},
        "turn_detection": {
            "type": "server_vad",
            "create_response": True,
            "interrupt_response": True,
        },
    }


@pytest.mark.parametrize(
    ("model", "voice", "heard", "spoken", "transcription"),
    [
        (
            "qwen3.5-omni-flash-realtime",
            "Tina",
            "pcm",
            "pcm",
            {"model": "qwen3-asr-flash-realtime"},
        ),
        (
            "qwen3-omni-flash-realtime-2025-12-01",
            "Cherry",
            "pcm16",
            "pcm24",
            {"model": "gummy-realtime-v1"},
        ),
        (
            "qwen-omni-turbo-realtime",
            "Chelsie",
            "pcm16",
            "pcm16",
            {"model": "gummy-realtime-v1"},
        ),
        ("qwen-audio-3.0-realtime-plus", "longanqian", "pcm", "pcm", None),
        ("qwen-audio-3.1-realtime-flash", "longanqian_v3.1", "pcm", "pcm", None),
        (
            "qwen9-realtime",
            "Tina",
            "pcm",
            "pcm",
            {"model": "qwen3-asr-flash-realtime"},
        ),
    ],
)
def test_formats_and_voice_go_by_the_model(
    model: str,
    voice: str,
    heard: str,
    spoken: str,
    transcription: dict[str, str] | None,
) -> None:
    session = session_of(model=model)

    assert (
        session["voice"],
        session["input_audio_format"],
        session["output_audio_format"],
        session.get("input_audio_transcription"),
    ) == (voice, heard, spoken, transcription)


def test_the_session_of_a_long_spec_is_exact() -> None:
    opening = Opening(instructions="Be brief.", tools=(MOVE,))

    session = session_of(
        opening,
        voice="Ethan",
        session={
            "modalities": ["text"],
            "input_audio_transcription": None,
            "turn_detection": {
                "type": "server_vad",
                "threshold": -0.5,
                "prefix_padding_ms": 500,
                "silence_duration_ms": 900,
                "idle_timeout_ms": 10_000,
            },
            "tool_choice": "auto",
            "temperature": 0.7,
            "top_k": 20,
            "max_tokens": 500,
            "repetition_penalty": 1.1,
            "presence_penalty": -1.0,
            "seed": -1,
        },
    )

    assert session == {
        "modalities": ["text"],
        "voice": "Ethan",
        "input_audio_format": "pcm",
        "output_audio_format": "pcm",
        "input_audio_transcription": None,
        "turn_detection": {
            "type": "server_vad",
            "threshold": -0.5,
            "prefix_padding_ms": 500,
            "silence_duration_ms": 900,
            "idle_timeout_ms": 10_000,
            "create_response": True,
            "interrupt_response": True,
        },
        "instructions": "Be brief.",
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": "move",
                    "description": "Drive the rover.",
                    "parameters": {
                        "type": "object",
                        "properties": {"speed": {"type": "number"}},
                    },
                },
            }
        ],
        "tool_choice": "auto",
        "temperature": 0.7,
        "top_k": 20,
        "max_tokens": 500,
        "repetition_penalty": 1.1,
        "presence_penalty": -1.0,
        "seed": -1,
    }


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ({"enabled": True}, {"enable_search": True}),
        (
            {"sources": True},
            {"enable_search": True, "search_options": {"enable_source": True}},
        ),
        ({"enabled": False}, {}),
    ],
)
def test_search_is_asked_for(written: dict[str, bool], sent: dict[str, Any]) -> None:
    session = session_of(search=written)

    found = {key: session[key] for key in session if "search" in key}
    assert found == sent


def test_the_sessions_own_search_wins() -> None:
    session = session_of(
        search={"sources": True},
        session={"enable_search": False, "search_options": {"enable_source": False}},
    )

    assert session["enable_search"] is False
    assert session["search_options"] == {"enable_source": False}


def test_null_is_sent_of_smooth_output_where_it_means_either() -> None:
    model = "qwen3-omni-flash-realtime"

    written = session_of(model=model, session={"smooth_output": None})
    unwritten = session_of(model=model)

    assert written["smooth_output"] is None
    assert "smooth_output" not in unwritten


def test_pictures_are_aggregated_as_written() -> None:
    session = session_of(
        model="qwen3.8-omni-flash-realtime",
        workspace="ws-1",
        session={"video": {"input": {"representation_compact": "high"}}},
    )

    assert session["video"] == {"input": {"representation_compact": "high"}}


@pytest.mark.parametrize(
    ("turn", "lowered"),
    [
        (TurnDetection(end="server"), {"type": "server_vad"}),
        (TurnDetection(end="semantic"), {"type": "semantic_vad"}),
        (
            TurnDetection(end="semantic", eagerness="high"),
            {"type": "semantic_vad", "silence_duration_ms": 250},
        ),
        (
            TurnDetection(silence_ms=200),
            {"type": "server_vad", "silence_duration_ms": 200},
        ),
        (
            TurnDetection(eagerness="low"),
            {"type": "server_vad", "silence_duration_ms": 1000},
        ),
    ],
)
def test_turns_are_lowered(turn: TurnDetection, lowered: dict[str, Any]) -> None:
    acts = {"create_response": True, "interrupt_response": True}

    assert turns(Opening(turn=turn)) == {**lowered, **acts}


@pytest.mark.parametrize("silence_ms", [199, 6001])
def test_a_silence_that_cannot_be_is_refused_by_name(silence_ms: int) -> None:
    opening = Opening(turn=TurnDetection(silence_ms=silence_ms))

    with pytest.raises(ProviderError, match="200ms to 6s") as refused:
        turns(opening)

    assert refused.value.setting == "turn.silence"
    assert refused.value.is_recoverable is False


def test_the_server_neither_answers_nor_interrupts_where_nobody_may() -> None:
    assert turns(Opening(interruptible=False)) == {
        "type": "server_vad",
        "create_response": False,
        "interrupt_response": False,
    }


def test_turns_are_the_runners_where_it_finds_them() -> None:
    turn = TurnDetection(end="push_to_talk")

    assert turns(Opening(manual_turns=True, turn=turn)) is None


@pytest.mark.parametrize(
    ("opening", "written"),
    [
        (Opening(), None),
        (
            Opening(manual_turns=True, turn=TurnDetection(end="local")),
            {"type": "server_vad"},
        ),
    ],
)
def test_turns_that_nobody_or_two_would_find_are_refused(
    opening: Opening, written: Any
) -> None:
    with pytest.raises(ProviderError) as refused:
        turns(opening, session={"turn_detection": written})

    assert refused.value.setting == "provider.session.turn_detection"


def test_what_was_said_before_ends_the_instructions() -> None:
    opening = Opening(
        instructions="Be brief.",
        history=(
            HistoryItem(role="user", text="My name is Ada."),
            HistoryItem(role="assistant", text="Hello Ada."),
        ),
    )

    instructions = session_of(opening)["instructions"]

    assert instructions.startswith("Be brief.\n\n")
    assert instructions.endswith(
        "\n<conversation_so_far>\nUser: My name is Ada.\nYou: Hello Ada.\n"
        "</conversation_so_far>"
    )


def test_instructions_are_taken_apart_if_asked_to() -> None:
    session = session_of(
        Opening(instructions="The server is at localhost:5432."), sanitise_urls=True
    )

    assert session["instructions"] == "The server is at localhost : 5432."
