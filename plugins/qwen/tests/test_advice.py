"""What is legal and odd is told before connecting; what cannot be is refused."""

from typing import Any

import pytest

from realtime_run.core.turn_detection import TurnDetection
from realtime_run.plugin.provider_api import Opening, ToolDefinition
from realtime_run_qwen.provider import QwenProvider
from realtime_run_qwen.settings import QwenSettings

STOP = ToolDefinition(name="stop", description="", parameters={"type": "object"})


def advised(opening: Opening, **given: Any) -> list[tuple[str, str, str | None]]:
    settings = QwenSettings.model_validate({"api_key": "k", **given})
    return [
        (one.severity, one.setting, one.hint)
        for one in QwenProvider(settings).advice(opening)
    ]


def test_the_shortest_spec_is_not_odd() -> None:
    assert advised(Opening(instructions="Be brief.", tools=(STOP,))) == []


@pytest.mark.parametrize(
    ("given", "setting"),
    [
        ({"search": {"enabled": True}}, "provider.search"),
        ({"session": {"enable_search": True}}, "provider.session.enable_search"),
    ],
)
def test_search_and_tools_exclude_each_other(given: Any, setting: str) -> None:
    opening = Opening(tools=(STOP,))

    assert advised(opening, **given) == [
        ("error", setting, "leave out 'search', or 'tools'")
    ]
    assert advised(Opening(), **given) == []


def test_tools_need_a_model_that_calls_them() -> None:
    hint = "leave them out, or write model: qwen3.5-omni-plus-realtime"

    found = advised(Opening(tools=(STOP,)), model="qwen3-omni-flash-realtime")

    assert found == [("error", "tools", hint)]


def test_a_silence_that_cannot_be_is_refused() -> None:
    opening = Opening(turn=TurnDetection(silence_ms=100))

    assert advised(opening) == [("error", "turn.silence", None)]


@pytest.mark.parametrize(
    ("opening", "given", "setting"),
    [
        (
            Opening(instructions="A."),
            {"session": {"instructions": "B."}},
            "provider.session.instructions",
        ),
        (
            Opening(),
            {"voice": "Ethan", "session": {"voice": "Tina"}},
            "provider.session.voice",
        ),
        (
            Opening(),
            {"search": {}, "session": {"enable_search": False}},
            "provider.session.enable_search",
        ),
        (
            Opening(turn=TurnDetection(silence_ms=400)),
            {"session": {"turn_detection": {"type": "server_vad"}}},
            "provider.session.turn_detection",
        ),
        (
            Opening(interruptible=False),
            {
                "session": {
                    "turn_detection": {"type": "server_vad", "create_response": True}
                }
            },
            "provider.session.turn_detection.create_response",
        ),
        (Opening(), {"model": "qwen9-realtime"}, "provider.model"),
        (
            Opening(),
            {"session": {"input_audio_transcription": {"language": "de"}}},
            "provider.session.input_audio_transcription.language",
        ),
        (
            Opening(manual_turns=True, turn=TurnDetection(end="push_to_talk")),
            {"model": "qwen3.5-omni-flash-realtime"},
            "provider.model",
        ),
        (
            Opening(),
            {"session": {"modalities": ["text"]}},
            "provider.session.modalities",
        ),
        (
            Opening(),
            {"base_url": "https://example.com/v1", "region": "beijing"},
            "provider.region",
        ),
    ],
)
def test_what_is_odd_is_warned_of(opening: Opening, given: Any, setting: str) -> None:
    [(severity, place, _)] = advised(opening, **given)

    assert (severity, place) == ("warning", setting)
