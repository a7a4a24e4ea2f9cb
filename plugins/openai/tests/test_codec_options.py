"""What a codec is told of the settings."""

from typing import Any, Literal

import pytest

from realtime_run.plugin.provider_api import Opening, ToolDefinition
from realtime_run_openai.codec import Codec, CodecOptions
from realtime_run_openai.codec_options import codec_for, codec_options
from realtime_run_openai.dialect import OPENAI
from realtime_run_openai.settings import OpenAISettings

TOOL = ToolDefinition(name="move", description="", parameters={"type": "object"})
SPOKEN = {"output_token_details": {"audio_tokens": 1_000_000}}


def options_of(
    opening: Opening | None = None,
    transport: Literal["websocket", "webrtc"] = "websocket",
    **given: Any,
) -> CodecOptions:
    settings = OpenAISettings.model_validate({"api_key": "k", **given})
    return codec_options(settings, opening or Opening(), transport)


def raw_turns(**turn_detection: Any) -> dict[str, Any]:
    return {"audio": {"input": {"turn_detection": turn_detection}}}


def test_a_codec_is_told_what_is_written() -> None:
    options = options_of(append_ms=60, images_kept=3, image_detail="low")

    assert (options.dialect, options.transport) == (OPENAI, "websocket")
    assert (options.append_ms, options.images_kept, options.image_detail) == (
        60,
        3,
        "low",
    )
    assert options.creates_responses


@pytest.mark.parametrize(
    ("transport", "rate_hz"), [("websocket", 24_000), ("webrtc", 48_000)]
)
def test_the_rates_are_those_of_the_transport(transport: Any, rate_hz: int) -> None:
    options = options_of(transport=transport)

    assert (options.input_hz, options.output_hz) == (rate_hz, rate_hz)


@pytest.mark.parametrize(
    ("interruptible", "session", "answers"),
    [
        (False, {}, False),
        (True, raw_turns(type="server_vad", interrupt_response=False), True),
        (True, raw_turns(type="semantic_vad", create_response=False), False),
        (False, raw_turns(type="server_vad", interrupt_response=True), False),
    ],
)
def test_a_codec_does_what_the_server_was_told_not_to(
    interruptible: bool, session: dict[str, Any], answers: bool
) -> None:
    options = options_of(Opening(interruptible=interruptible), session=session)

    assert options.creates_responses is answers


def test_costs_are_told_for_openai_alone() -> None:
    model = "gpt-realtime-2.1"

    assert options_of(model=model).cost(SPOKEN) == 64.0
    assert options_of(model=model, dialect="azure").cost(SPOKEN) is None


def test_places_count_the_functions_of_the_spec() -> None:
    server = {"type": "mcp", "server_label": "a", "server_url": "https://example.com"}

    options = options_of(Opening(tools=(TOOL,)), session={"tools": [server]})

    assert options.setting_of("session.tools[0].name") == "tools"
    assert options.setting_of("session.tools[1]") == "provider.session.tools[0]"


def test_a_codec_can_be_made() -> None:
    settings = OpenAISettings.model_validate({"api_key": "k"})

    assert isinstance(codec_for(settings, Opening(), "webrtc"), Codec)
