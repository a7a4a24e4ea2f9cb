"""What each family of models can do, what it costs, and where mistakes stand."""

from typing import Any

import pytest

from realtime_run.core.capabilities import Capabilities
from realtime_run_qwen.places import setting_of
from realtime_run_qwen.prices import cost_usd
from realtime_run_qwen.provider import QwenProvider
from realtime_run_qwen.settings import QwenSettings


def settings(**given: Any) -> QwenSettings:
    return QwenSettings.model_validate({"api_key": "k", **given})


def able(**given: Any) -> Capabilities:
    return QwenProvider(settings(**given)).capabilities


def test_what_the_default_model_can_do_is_exact() -> None:
    assert able() == Capabilities(
        input_hz=16_000,
        output_hz=24_000,
        video="images",
        max_image_bytes=190_000,
        turn=frozenset({"server", "semantic", "eagerness", "silence"}),
        text_input=True,
        tools=True,
        manual_responses=False,
        manual_turns=True,
        response_instructions=True,
        truncate=False,
        notes_what_was_heard=True,
        max_session_s=7200.0,
    )


def test_how_long_a_session_lasts_can_be_written() -> None:
    assert able(max_session="30min").max_session_s == 1800.0


def test_models_of_before_3_5_have_neither_texts_nor_tools() -> None:
    can = able(model="qwen3-omni-flash-realtime")

    assert (can.text_input, can.tools, can.notes_what_was_heard) == (False,) * 3
    assert "semantic" not in can.turn


def test_models_for_audio_see_nothing() -> None:
    can = able(model="qwen-audio-3.1-realtime-plus")

    assert (can.video, can.max_image_bytes) == ("none", None)


def test_what_the_session_switches_off_is_off() -> None:
    can = able(
        session={
            "input_audio_transcription": None,
            "turn_detection": {"type": "server_vad", "interrupt_response": False},
        }
    )

    assert (can.user_transcripts, can.cancels_on_speech) == (False, False)


@pytest.mark.parametrize(
    ("param", "given", "setting"),
    [
        (None, {}, None),
        ("model", {}, "provider.model"),
        ("session.model", {}, "provider.model"),
        ("item.content", {}, None),
        ("session.voice", {}, "provider.voice"),
        ("session.voice", {"session": {"voice": "Tina"}}, "provider.session.voice"),
        ("session.instructions", {}, "instructions"),
        ("session.tools[0].function.name", {}, "tools"),
        ("session.turn_detection.silence_duration_ms", {}, "turn.silence"),
        ("session.turn_detection.threshold", {}, "turn"),
        ("session.turn_detection.create_response", {}, "barge_in"),
        (
            "session.turn_detection.threshold",
            {"session": {"turn_detection": {"type": "server_vad"}}},
            "provider.session.turn_detection.threshold",
        ),
        ("session.enable_search", {}, "provider.search.enabled"),
        ("session.input_audio_format", {}, "provider.model"),
        ("session.modalities", {}, "provider.session.modalities"),
    ],
)
def test_a_parameter_has_its_place_in_the_spec(
    param: str | None, given: Any, setting: str | None
) -> None:
    assert setting_of(param, settings(**given)) == setting


HEARD = {"text_tokens": 1000, "audio_tokens": 2000, "image_tokens": 500}


@pytest.mark.parametrize(
    ("given", "cost"),
    [
        (
            {"text_tokens": 700, "audio_tokens": 300},
            (1500 * 1.38 + 2000 * 11 + 300 * 41.26) / 1e6,
        ),
        ({"text_tokens": 700}, (1500 * 1.38 + 2000 * 11 + 700 * 8.25) / 1e6),
        (None, (1500 * 1.38 + 2000 * 11) / 1e6),
    ],
)
def test_of_a_spoken_answer_only_the_audio_is_paid(given: Any, cost: float) -> None:
    usage = {"input_tokens_details": HEARD, "output_tokens_details": given}

    assert cost_usd("qwen3.5-omni-plus-realtime", usage) == pytest.approx(cost)


@pytest.mark.parametrize(
    ("model", "usage"),
    [
        ("qwen3.8-omni-flash-realtime", {"input_tokens_details": HEARD}),
        ("qwen3.5-omni-plus-realtime", {"total_tokens": 5}),
        ("qwen3.5-omni-plus-realtime", None),
    ],
)
def test_a_cost_that_is_not_known_is_not_told(model: str, usage: Any) -> None:
    assert cost_usd(model, usage) is None
