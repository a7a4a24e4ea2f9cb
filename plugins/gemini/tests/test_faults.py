"""What refusals and closes of the server mean."""

import json
from typing import Any

import pytest

from realtime_run.core.errors import ProviderError
from realtime_run_gemini.faults import fault, is_of_handle
from realtime_run_gemini.places import setting_of
from realtime_run_gemini.refusals import refusal
from realtime_run_gemini.settings import GeminiSettings

NOT_FOUND = (
    "models/gemini-9 is not found for API version v1beta, or is not supported for"
    " bidiGenerateContent."
)
UNKNOWN_NAME = (
    'Invalid JSON payload received. Unknown name "thinkingConfig" at'
    " 'setup.generation_config': Cannot find field."
)
BAD_VALUE = (
    "Invalid value at 'setup.realtime_input_config.automatic_activity_detection"
    ".silence_duration_ms'"
)


def settings(**fields: Any) -> GeminiSettings:
    return GeminiSettings.model_validate({"api_key": "k", **fields})


def body(message: str, status: str = "", reason: str = "") -> str:
    details = [{"reason": reason}] if reason else []
    error = {"code": 1, "message": message, "status": status, "details": details}
    return json.dumps({"error": error})


@pytest.mark.parametrize(
    "reason",
    [
        "Your prepayment balance is used up",
        "Your project has exceeded its spending cap",
        "Billing is disabled",
        "You have no credits left",
    ],
)
def test_who_has_to_pay_is_not_connected_again(reason: str) -> None:
    error = fault(1011, reason, settings())

    assert error is not None
    assert not error.is_recoverable


@pytest.mark.parametrize(
    ("code", "reason", "message"),
    [
        (
            1007,
            "Request contains an invalid argument.",
            (
                "the server ended the session (1007): Request contains an invalid"
                " argument"
            ),
        ),
        (1007, "", "the server ended the session (1007): the server takes no such"),
        (
            1008,
            NOT_FOUND,
            (
                f"the server ended the session (1008): {NOT_FOUND.rstrip('.')}; check"
                " 'model' and 'api_version'"
            ),
        ),
        (
            1008,
            "Operation is not implemented, or supported, or enabled.",
            (
                "the server ended the session (1008): Operation is not implemented, or"
                " supported, or enabled; check 'model' and 'api_version'"
            ),
        ),
        (
            1011,
            "You exceeded your current quota, please check your plan and",
            (
                "the server ended the session (1011): You exceeded your current quota,"
                " please check your plan and; raise the project's quota, or see to its"
                " billing"
            ),
        ),
        (
            1011,
            "Your prepayment credits are depleted.",
            "the server ended the session (1011): Your prepayment credits are depleted",
        ),
    ],
)
def test_some_closes_end_the_session(code: int, reason: str, message: str) -> None:
    found = fault(code, reason, settings())

    assert found is not None
    assert found.message.startswith(message)
    assert (found.code, found.is_recoverable) == (str(code), False)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (1000, ""),
        (1001, "going away"),
        (1006, ""),
        (1009, ""),
        (1011, "Deadline expired before operation could complete."),
        (1011, "The service is currently unavailable."),
        (1011, "Internal error encountered."),
        (1012, ""),
        (1013, ""),
        (1014, ""),
    ],
)
def test_after_other_closes_connecting_again_may_help(code: int, reason: str) -> None:
    assert fault(code, reason, settings()) is None


@pytest.mark.parametrize(
    ("code", "message", "refused"),
    [
        ("1007", "anything", True),
        ("1008", "anything", True),
        ("404", "Session not found", True),
        ("1011", "Invalid session resumption handle", True),
        ("1011", "unavailable", False),
        ("unreachable", "cannot reach it", False),
    ],
)
def test_a_refused_handle_is_known_by_code_or_words(
    code: str, message: str, *, refused: bool
) -> None:
    assert is_of_handle(ProviderError(message, code=code)) == refused


@pytest.mark.parametrize(
    ("status", "text", "code", "is_recoverable", "setting"),
    [
        (400, body("API key not valid.", "INVALID_ARGUMENT", "API_KEY_INVALID"),
         "API_KEY_INVALID", False, "provider.api_key"),
        (400, body(UNKNOWN_NAME, "INVALID_ARGUMENT"), "INVALID_ARGUMENT", False, None),
        (401, body("No.", "UNAUTHENTICATED"), "UNAUTHENTICATED", False,
         "provider.api_key"),
        (403, body("Denied.", "PERMISSION_DENIED"), "PERMISSION_DENIED", False,
         "provider.api_key"),
        (404, "<html><title>No page</title></html>", "404", False,
         "provider.api_version"),
        (404, "[" + body("Gone.", "NOT_FOUND") + "]", "NOT_FOUND", False,
         "provider.api_version"),
        (200, "<html><title>Sign in</title></html>", "200", False,
         "provider.endpoint"),
        (302, "", "302", False, "provider.endpoint"),
        (408, "", "408", True, None),
        (429, body("Resource has been exhausted (e.g. check quota).",
                   "RESOURCE_EXHAUSTED"), "RESOURCE_EXHAUSTED", True, None),
        (500, "oops", "500", True, None),
        (501, "", "501", False, "provider.endpoint"),
        (503, "[[[[", "503", True, None),
    ],
)  # fmt: skip
def test_a_status_says_whether_to_try_again_and_what_is_at_fault(
    status: int, text: str, code: str, is_recoverable: bool, setting: str | None
) -> None:
    error = refusal(status, text, settings())

    assert (error.code, error.is_recoverable, error.setting) == (
        code,
        is_recoverable,
        setting,
    )


def test_a_page_of_html_is_told_by_its_title_and_cut() -> None:
    page = f"<!DOCTYPE html><html><title>Sign {'x' * 400}</title></html>"

    message = refusal(503, page, settings()).message

    assert message == (
        f"the server refused the connection (HTTP 503): Sign {'x' * 295}…"
    )


@pytest.mark.parametrize(
    ("said", "fields", "setting"),
    [
        (NOT_FOUND, {}, "provider.model"),
        (
            NOT_FOUND,
            {"setup": {"input_audio_transcription": {"mode": "SMART"}}},
            "provider.model",
        ),
        ("Publisher model `projects/p/x` was not found.", {}, "provider.model"),
        ("API key not valid.", {}, "provider.api_key"),
        (
            "The caller does not have permission",
            {"api_key": None, "vertex": {"api_key": "k"}},
            "provider.vertex",
        ),
        (
            "Ephemeral token has expired.",
            {"api_key": None, "token": "auth_tokens/x"},
            "provider.token",
        ),
        ("Requested voice api_name 'x' is not available", {}, "provider.voice"),
        (
            "Invalid voice",
            {
                "setup": {
                    "generation_config": {
                        "speech_config": {
                            "voice_config": {
                                "prebuilt_voice_config": {"voice_name": "x"}
                            }
                        }
                    }
                }
            },
            "provider.setup.generation_config.speech_config.voice_config",
        ),
        ("Unsupported language code 'xx'", {"language": "xx"}, "provider.language"),
        (BAD_VALUE, {}, "turn.silence"),
        (
            BAD_VALUE,
            {
                "setup": {
                    "realtime_input_config": {
                        "automatic_activity_detection": {"silence_duration_ms": 1}
                    }
                }
            },
            (
                "provider.setup.realtime_input_config.automatic_activity_detection"
                ".silence_duration_ms"
            ),
        ),
        (
            UNKNOWN_NAME,
            {
                "model": "gemini-9",
                "setup": {
                    "generation_config": {"thinking_config": {"thinking_level": "LOW"}}
                },
            },
            "provider.setup.generation_config.thinking_config",
        ),
        (
            "Thinking level is not supported for this model",
            {
                "model": "gemini-9",
                "setup": {
                    "generation_config": {"thinking_config": {"thinking_level": "LOW"}}
                },
            },
            "provider.setup.generation_config.thinking_config.thinking_level",
        ),
        (
            "proactiveAudio cannot be false",
            {
                "model": "gemini-9",
                "setup": {"proactivity": {"proactive_audio": False}},
            },
            "provider.setup.proactivity.proactive_audio",
        ),
        (
            "Unknown name \"silence_duration_ms\" at 'setup': Cannot find field.",
            {
                "setup": {
                    "realtime_input_config": {
                        "automatic_activity_detection": {"silence_duration_ms": 1}
                    }
                }
            },
            (
                "provider.setup.realtime_input_config.automatic_activity_detection"
                ".silence_duration_ms"
            ),
        ),
        (
            "Unknown name \"speechConfig\" at 'setup.generation_config'",
            {"voice": "Kore"},
            "provider.voice",
        ),
        ("Unknown name \"model\" at 'setup'", {}, "provider.model"),
        (
            "Unknown name \"mode\" at 'setup.input_audio_transcription'",
            {},
            "provider.setup.input_audio_transcription",
        ),
        (
            "Unknown name \"contextWindowCompression\" at 'setup'",
            {},
            "provider.setup.context_window_compression",
        ),
        ("Invalid 'setup.tools[0].function_declarations[1].name'", {}, "tools"),
        ("Request contains an invalid argument.", {}, None),
    ],
)
def test_what_the_server_complains_of_is_found_in_the_spec(
    said: str, fields: dict[str, Any], setting: str | None
) -> None:
    assert setting_of(said, settings(**fields)) == setting
