"""What a provider says that it can do, and what its codec is told."""

from typing import Any

import pytest

from realtime_run.core.capabilities import Capabilities
from realtime_run.plugin.provider_api import Opening
from realtime_run_gemini.codec_options import codec_options
from realtime_run_gemini.provider import LARGEST_IMAGE_BYTES, GeminiProvider
from realtime_run_gemini.settings import GeminiSettings

INTO_GERMAN = {
    "generation_config": {"translation_config": {"target_language_code": "de"}}
}
INTERPRETER = {"model": "gemini-3.5-live-translate-preview", "setup": INTO_GERMAN}


def settings(**fields: Any) -> GeminiSettings:
    return GeminiSettings.model_validate({"api_key": "k", **fields})


def capable(**fields: Any) -> Capabilities:
    return GeminiProvider(settings(**fields)).capabilities


def test_the_default_model_hears_speaks_sees_and_goes_on() -> None:
    assert capable() == Capabilities(
        input_hz=16_000,
        output_hz=24_000,
        video="images",
        max_image_bytes=LARGEST_IMAGE_BYTES,
        turn=frozenset({"server", "eagerness", "silence"}),
        manual_turns=True,
        min_speech=True,
        truncate=False,
        notes_what_was_heard=True,
        resume=True,
    )


@pytest.mark.parametrize(
    ("fields", "differing"),
    [
        (INTERPRETER, {"tools": False, "video": "none", "notes_what_was_heard": False}),
        ({"model": "gemini-3.1-flash-live-x"}, {"notes_what_was_heard": False}),
        ({"resume": False}, {"resume": False}),
        (
            {"setup": {"input_audio_transcription": None}},
            {"user_transcripts": False},
        ),
        (
            {
                "setup": {
                    "realtime_input_config": {"activity_handling": "NO_INTERRUPTION"}
                }
            },
            {"cancels_on_speech": False},
        ),
    ],
)
def test_what_a_model_or_a_setting_takes_away(
    fields: dict[str, Any], differing: dict[str, Any]
) -> None:
    found, usual = capable(**fields), capable()

    assert {
        name: getattr(found, name)
        for name in Capabilities.__struct_fields__
        if getattr(found, name) != getattr(usual, name)
    } == differing


def test_a_transcript_that_the_model_always_makes_is_there() -> None:
    off = {"input_audio_transcription": None}

    assert capable(model="gemini-3.1-flash-live-x", setup=off).user_transcripts


def test_the_codec_is_told_what_stays_so() -> None:
    options = codec_options(
        settings(frame_ms=40, rotate_after="5min"),
        Opening(interruptible=False),
    )

    assert (options.model, options.text_by, options.content_at_any_time) == (
        "gemini-3.8-live",
        "realtime_input",
        True,
    )
    assert (options.interruptible, options.manual_turns) == (False, False)
    assert (options.frame_ms, options.rotate_after_s, options.longest_s) == (
        40,
        300.0,
        600.0,
    )
    assert options.handle_lifetime_s == 7200.0
    assert options.cost({"promptTokenCount": 1_000_000}) == 0.75
    assert options.fault(1012, "") is None
    assert options.fault(1007, "") is not None


def test_turns_that_the_session_marks_stop_the_server() -> None:
    opening = Opening(interruptible=False, manual_turns=True)

    options = codec_options(settings(), opening)

    assert (options.interruptible, options.manual_turns) == (True, True)


def test_a_handle_of_vertex_lasts_for_a_day() -> None:
    options = codec_options(settings(api_key=None, vertex={"api_key": "k"}), Opening())

    assert options.handle_lifetime_s == 24 * 3600


def test_a_connection_that_may_last_is_expected_to() -> None:
    assert codec_options(settings(rotate_after="50min"), Opening()).longest_s == 3060.0


def test_a_setting_that_lets_the_server_interrupt_is_known_to_the_codec() -> None:
    turns = {"activity_handling": "START_OF_ACTIVITY_INTERRUPTS"}
    given = settings(setup={"realtime_input_config": turns})

    assert codec_options(given, Opening(interruptible=False)).interruptible
