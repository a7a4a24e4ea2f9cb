"""What the service's errors mean, by code and by words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_run_openai.codec.verdicts import Kind
from realtime_run_qwen.verdicts import verdict


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        ("InvalidApiKey", "Invalid API-key provided.", "fatal"),
        ("invalid_request_error", "Incorrect API key provided.", "fatal"),
        ("Arrearage", "Access denied, please make sure your account is paid.", "fatal"),
        ("", "Insufficient balance", "fatal"),
        ("AllocationQuota.FreeTierOnly", "", "fatal"),
        ("Model.AccessDenied", "", "fatal"),
        ("model_not_found", "", "fatal"),
        ("", "The model `qwen9` does not exist.", "fatal"),
        ("invalid_value", "Conversation already has an active response", "busy"),
        ("", "user is speaking", "busy"),
        ("invalid_value", "Conversation has none active response", "lost_race"),
        ("", "Error append image before append audio.", "lost_race"),
        ("invalid_value", "Error committing: buffer is empty", "nothing_to_commit"),
        ("response_idle_timeout", "", "over"),
        ("", "Session expired", "over"),
        (
            "",
            "session was closed because no response was generated for 300 seconds",
            "over",
        ),
        ("InvalidParameter", "The provided URL does not appear to be valid", "problem"),
        ("Throttling.RateQuota", "", "problem"),
        ("invalid_value", "Voice 'x' is not supported.", "problem"),
        ("", "", "problem"),
    ],
)
def test_errors_mean_what_they_say(code: str, message: str, kind: Kind) -> None:
    assert verdict(code, message).kind == kind


@pytest.mark.parametrize(
    ("code", "message", "passing"),
    [
        ("Throttling.RateQuota", "", True),
        ("limit_requests", "", True),
        ("InternalError", "COMMON_ERROR", True),
        ("", "Parse RealtimeEvent error: Common error!", True),
        ("invalid_value", "Voice 'x' is not supported.", False),
    ],
)
def test_some_errors_may_be_gone_at_the_next_try(
    code: str, message: str, *, passing: bool
) -> None:
    assert verdict(code, message).passing is passing


@given(code=st.text(), message=st.text())
def test_case_makes_no_difference(code: str, message: str) -> None:
    assert verdict(code, f"{message} USER IS SPEAKING").kind != "problem"
