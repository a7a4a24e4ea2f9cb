"""Where in the spec a parameter stands that the server complains about."""

from typing import Any

import pytest

from realtime_run_openai.places import setting_of
from realtime_run_openai.settings import OpenAISettings

SERVER = {"type": "mcp", "server_label": "a", "server_url": "https://example.com"}
RAW = {
    "instructions": "x",
    "tools": [SERVER],
    "audio": {
        "input": {"turn_detection": {"type": "server_vad"}},
        "output": {"voice": "ash"},
    },
}


def settings_of(**given: Any) -> OpenAISettings:
    return OpenAISettings.model_validate({"api_key": "k", **given})


@pytest.mark.parametrize(
    ("param", "portable", "raw"),
    [
        ("model", "provider.model", "provider.model"),
        ("session.model", "provider.model", "provider.model"),
        ("session.instructions", "instructions", "provider.session.instructions"),
        (
            "session.audio.output.voice",
            "provider.voice",
            "provider.session.audio.output.voice",
        ),
        ("session.voice", "provider.voice", "provider.session.audio.output.voice"),
        (
            "session.audio.output.voice.id",
            "provider.voice.id",
            "provider.session.audio.output.voice.id",
        ),
        (
            "session.audio.input.turn_detection",
            "turn",
            "provider.session.audio.input.turn_detection",
        ),
        (
            "session.audio.input.turn_detection.silence_duration_ms",
            "turn.silence",
            "provider.session.audio.input.turn_detection.silence_duration_ms",
        ),
        (
            "session.turn_detection.type",
            "turn.end",
            "provider.session.audio.input.turn_detection.type",
        ),
        (
            "session.audio.input.turn_detection.idle_timeout_ms",
            "turn",
            "provider.session.audio.input.turn_detection.idle_timeout_ms",
        ),
        (
            "session.audio.input.turn_detection.eagerness",
            "turn.eagerness",
            "provider.session.audio.input.turn_detection.eagerness",
        ),
        (
            "session.audio.input.turn_detection.interrupt_response",
            "barge_in",
            "provider.session.audio.input.turn_detection.interrupt_response",
        ),
        ("session.tools", "tools", "tools"),
        ("session.tools[0].name", "tools", "tools"),
        ("session.tools[1]", "tools", "tools"),
        ("session.tools[2]", "tools", "provider.session.tools[0]"),
        (
            "session.tools[2].server_url",
            "tools",
            "provider.session.tools[0].server_url",
        ),
        (
            "session.audio.input.transcription.model",
            "provider.session.audio.input.transcription.model",
            "provider.session.audio.input.transcription.model",
        ),
        (
            "session.reasoning.effort",
            "provider.session.reasoning.effort",
            "provider.session.reasoning.effort",
        ),
        ("item.content", None, None),
        ("response", None, None),
        (None, None, None),
    ],
)
def test_a_parameter_leads_to_what_it_was_made_from(
    param: str | None, portable: str | None, raw: str | None
) -> None:
    assert setting_of(param, settings_of(), functions=2) == portable
    assert setting_of(param, settings_of(session=RAW), functions=2) == raw


def test_tools_that_are_all_of_servers_stand_below_the_provider() -> None:
    settings = settings_of(session=RAW)

    assert setting_of("session.tools", settings) == "provider.session.tools"
