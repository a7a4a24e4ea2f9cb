"""What is odd in a spec, and told before connecting."""

from typing import Any

import pytest

from realtime_run.core.turn_detection import TurnDetection
from realtime_run.plugin.provider_api import Advice, Advisor, Opening, ToolDefinition
from realtime_run_gemini.provider import GeminiProvider
from realtime_run_gemini.settings import GeminiSettings

MOVE = ToolDefinition(name="move", description="", parameters={})
WITH_TOOL = Opening(tools=(MOVE,))
OF_2_5 = "gemini-live-2.5-flash-9"
DETECTION = "provider.setup.realtime_input_config.automatic_activity_detection"


def advised(opening: Opening | None = None, **fields: Any) -> list[Advice]:
    given = GeminiSettings.model_validate({"api_key": "k", **fields})
    provider = GeminiProvider(given)
    assert isinstance(provider, Advisor)
    return list(provider.advice(opening or Opening()))


def lines(opening: Opening | None = None, **fields: Any) -> list[str]:
    """Return every piece of advice: the setting, the message and the hint."""
    return [
        f"{one.setting}: {one.message}" + (f" ({one.hint})" if one.hint else "")
        for one in advised(opening, **fields)
    ]


def detecting(**fields: Any) -> dict[str, Any]:
    return {"realtime_input_config": {"automatic_activity_detection": fields}}


def test_nothing_is_odd_about_the_defaults() -> None:
    assert lines() == []


@pytest.mark.parametrize(
    ("model", "line"),
    [
        (
            "gemini-3.1-flash-live-preview",
            (
                "'gemini-3.1-flash-live-preview' was to be shut down on 2026-11-17"
                " (write gemini-3.8-live)"
            ),
        ),
        (
            "gemini-live-2.5-flash-native-audio",
            (
                "'gemini-live-2.5-flash-native-audio' is to be shut down on 2026-12-13"
                " (write gemini-3.8-live)"
            ),
        ),
        (
            "gemini-2.0-flash-live-001",
            "'gemini-2.0-flash-live-001' has been shut down (write gemini-3.8-live)",
        ),
        (
            "gemini-9-live",
            (
                "nothing is known of model 'gemini-9-live': what it can do is not"
                " checked, and what it costs is not told"
            ),
        ),
    ],
)
def test_a_model_that_ends_or_is_unknown_is_told_of(model: str, line: str) -> None:
    assert lines(model=model) == [f"provider.model: {line}"]


@pytest.mark.parametrize(
    ("voice", "hint"),
    [("puk", "did you mean 'Puck'?"), ("Xyzzy", "such as Puck, or Kore")],
)
def test_an_unknown_voice_is_a_warning_and_no_more(voice: str, hint: str) -> None:
    message = f"'{voice}' is none of the voices that are known"

    assert advised(voice=voice) == [
        Advice(message=message, setting="provider.voice", hint=hint)
    ]


def test_what_is_said_twice_is_told_where_it_wins() -> None:
    speech = {
        "voice_config": {"prebuilt_voice_config": {"voice_name": "Kore"}},
        "language_code": "de-DE",
    }
    setup = {
        "generation_config": {"speech_config": speech},
        "realtime_input_config": {
            "automatic_activity_detection": {
                "silence_duration_ms": 1,
                "prefix_padding_ms": 1,
            },
            "activity_handling": "START_OF_ACTIVITY_INTERRUPTS",
        },
    }
    opening = Opening(
        turn=TurnDetection(eagerness="low"), min_speech_ms=250, interruptible=False
    )

    found = advised(opening, voice="Puck", language="fr-FR", setup=setup)

    assert [(one.setting, one.message.partition(" takes ")[2]) for one in found] == [
        (
            "provider.setup.generation_config.speech_config.voice_config",
            "the place of 'voice'",
        ),
        (
            "provider.setup.generation_config.speech_config.language_code",
            "the place of 'language'",
        ),
        (f"{DETECTION}.silence_duration_ms", "the place of 'turn'"),
        (f"{DETECTION}.prefix_padding_ms", "the place of 'barge_in.min_speech'"),
        (
            "provider.setup.realtime_input_config.activity_handling",
            "the place of 'barge_in'",
        ),
    ]


def test_a_server_that_never_stops_is_told_of_where_barge_in_is_on() -> None:
    setup = {"realtime_input_config": {"activity_handling": "NO_INTERRUPTION"}}

    assert [one.setting for one in advised(setup=setup)] == [
        "provider.setup.realtime_input_config.activity_handling"
    ]
    assert advised(Opening(interruptible=False), setup=setup) == []


def test_turns_that_the_session_marks_do_stop_the_server() -> None:
    opening = Opening(manual_turns=True, interruptible=False)
    setup = {"realtime_input_config": {"activity_handling": "NO_INTERRUPTION"}}

    assert [one.setting for one in advised(opening, setup=setup)] == [
        "provider.setup.realtime_input_config.activity_handling"
    ]


def test_detection_without_turns_to_detect_has_no_effect() -> None:
    turn = TurnDetection(end="push_to_talk")
    opening = Opening(manual_turns=True, interruptible=False, turn=turn)

    (line,) = lines(opening, setup=detecting(silence_duration_ms=1))

    assert line == (
        f"{DETECTION}: 'automatic_activity_detection' has no effect: with 'turn.end:"
        " push_to_talk' the server looks for no turns (leave it out)"
    )


def test_what_turn_does_not_say_may_be_written_beside_it() -> None:
    opening = Opening(turn=TurnDetection(silence_ms=300, nudge_after_ms=9000))
    setup = detecting(start_of_speech_sensitivity="START_SENSITIVITY_LOW")

    assert lines(opening, setup=setup) == []


def test_settings_of_a_tool_that_is_not_there_name_the_nearest() -> None:
    tools = {"functions": {"mvoe": {"scheduling": "silent"}, "x": {}}}

    assert lines(WITH_TOOL, tools=tools) == [
        "provider.tools.functions.mvoe: there is no tool 'mvoe' (did you mean 'move'?)",
        "provider.tools.functions.x: there is no tool 'x' (leave it out)",
    ]


@pytest.mark.parametrize(
    ("tools", "setting"),
    [
        (
            {"behavior": "blocking", "scheduling": "silent"},
            "provider.tools.scheduling",
        ),
        (
            {"functions": {"move": {"behavior": "blocking", "scheduling": "silent"}}},
            "provider.tools.functions.move.scheduling",
        ),
    ],
)
def test_scheduling_has_no_effect_where_the_model_waits(
    tools: dict[str, Any], setting: str
) -> None:
    (one,) = advised(WITH_TOOL, tools=tools)

    assert (one.setting, one.message) == (
        setting,
        "'scheduling' has no effect: 'gemini-3.8-live' waits for the result",
    )


def test_what_only_v1alpha_knows_is_told() -> None:
    setup = {
        "generation_config": {"enable_affective_dialog": True},
        "proactivity": {"proactive_audio": True},
    }

    found = advised(model=OF_2_5, setup=setup)

    assert [one.hint for one in found] == ["write api_version: v1alpha"] * 2
    assert advised(model=OF_2_5, setup=setup, api_version="v1alpha") == []


def test_a_transcript_that_cannot_be_switched_off_is_told() -> None:
    setup = {"input_audio_transcription": None}

    found = advised(model="gemini-3.1-flash-live-9", setup=setup)

    assert [one.message for one in found] == [
        "'gemini-3.1-flash-live-9' writes down what the user says in any case"
    ]


@pytest.mark.parametrize("missing", ["google", "google.auth", "requests"])
def test_vertex_without_googles_library_cannot_be_run(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import importlib.util  # noqa: PLC0415 - what is replaced

    there = importlib.util.find_spec

    def find(name: str) -> Any:
        return None if name == missing else there(name)

    monkeypatch.setattr("realtime_run_gemini.vertex_library.find_spec", find)

    (one,) = advised(api_key=None, vertex={"project": "p", "location": "eu"})

    assert (one.setting, one.severity) == ("provider.vertex", "error")
    assert "pip install 'realtime-run-gemini[vertex]'" in one.message
