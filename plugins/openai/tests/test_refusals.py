import json

import pytest

from realtime_run_openai.refusals import refusal


def setting_of(param: str | None) -> str | None:
    return "provider.voice" if param == "session.audio.output.voice" else None


def body(**error: str) -> str:
    return json.dumps({"error": error})


@pytest.mark.parametrize(
    ("status", "text", "code", "is_recoverable", "setting"),
    [
        (401, body(code="invalid_key"), "invalid_key", False, "provider.api_key"),
        (403, body(message="No."), "403", False, "provider.api_key"),
        (404, body(code="model_not_found"), "model_not_found", False, "provider.model"),
        (404, "<html>", "404", False, "provider.base_url"),
        (302, "", "302", False, "provider.base_url"),
        (400, body(code="OpperationNotSupported"), "OpperationNotSupported", False,
         "provider.model"),
        (400, body(param="session.audio.output.voice"), "400", False, "provider.voice"),
        (429, body(code="rate_limit_exceeded"), "rate_limit_exceeded", True, None),
        (429, body(code="insufficient_quota"), "insufficient_quota", False, None),
        (500, "oops", "500", True, None),
        (501, "", "501", False, "provider.base_url"),
        (503, body(type="server_error"), "server_error", True, None),
    ],
)  # fmt: skip
def test_a_status_says_whether_to_try_again_and_what_is_at_fault(
    status: int, text: str, code: str, is_recoverable: bool, setting: str | None
) -> None:
    error = refusal(status, text, setting_of)

    assert (error.code, error.is_recoverable, error.setting) == (
        code,
        is_recoverable,
        setting,
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (body(message="Incorrect API key: sk-1."), "Incorrect API key: sk-1"),
        ('{"error": "no such key"}', "no such key"),
        ("<!DOCTYPE html>\n<html><head><title>\n Gone.</title>", "Gone"),
        ("  <html>\n  gone </html>", "a page of HTML, such as proxies send"),
        ("<HTML><title></title></HTML>", "a page of HTML, such as proxies send"),
        ("", "it gave no reason"),
        ("[" * 50_000, "[" * 300 + "…"),
    ],
)  # fmt: skip
def test_the_servers_own_words_are_told(text: str, said: str) -> None:
    error = refusal(403, text, setting_of)

    assert error.message == f"the server refused the connection (HTTP 403): {said}"


def test_what_helps_is_told_after_the_servers_words() -> None:
    error = refusal(429, body(code="insufficient_quota", message="Empty."), setting_of)

    assert error.message == (
        "the server refused the connection (HTTP 429): Empty; add credit to the"
        " account, or raise its limit"
    )
