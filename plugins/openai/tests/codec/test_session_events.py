from collections.abc import Callable
from typing import Any

import pytest

from realtime_run.core.commands import SendText
from realtime_run.core.errors import ConnectionClosedError, ProviderError
from realtime_run.core.provider_events import (
    ConnectionExpires,
    ProviderFailed,
    ProviderNoted,
)
from realtime_run.plugin.api import HistoryItem


def test_the_end_of_the_session_is_told_in_seconds_from_now(
    make_talk: Callable[..., Any],
) -> None:
    talk = make_talk(unix_offset=1_000_000.0)
    talk.at_s = 50.0

    events = talk.hear("session.created", session={"expires_at": 1_003_600})
    again = talk.hear("session.updated", session={"expires_at": 1_003_600})

    assert events == [ConnectionExpires(in_s=3_550.0)]
    assert again == []


def test_a_clock_that_is_wrong_does_not_renew_the_session_without_end(
    make_talk: Callable[..., Any],
) -> None:
    talk = make_talk(unix_offset=2_000_000.0)

    (event,) = talk.hear("session.created", session={"expires_at": 1_003_600})

    assert isinstance(event, ProviderNoted)
    assert event.level == "warning"


def test_what_the_server_acknowledged_has_no_secrets(
    make_talk: Callable[..., Any],
) -> None:
    talk = make_talk()
    tool = {"type": "mcp", "server_label": "crm", "authorization": "s3cret"}

    talk.begin({"type": "realtime"})
    before = talk.codec.acknowledged
    talk.hear(
        "session.updated", session={"model": "m", "tools": [{**tool, "headers": {}}]}
    )

    assert before is None
    assert talk.codec.acknowledged == {
        "model": "m",
        "tools": [{"type": "mcp", "server_label": "crm"}],
    }


def test_a_session_configured_by_the_call_is_acknowledged_by_its_greeting(
    make_talk: Callable[..., Any],
) -> None:
    talk = make_talk(transport="webrtc")

    greeted = talk.codec.greeted
    talk.hear("session.created", session={"model": "m"})
    sent = talk.begin(None)

    assert not greeted
    assert talk.codec.greeted
    assert talk.codec.acknowledged == {"model": "m"}
    assert sent == []


def test_a_refused_configuration_ends_the_connection_with_the_servers_words(
    make_talk: Callable[..., Any],
) -> None:
    talk = make_talk()
    talk.hear("session.created", session={})
    (update,) = talk.begin({"type": "realtime"})

    events = talk.hear(
        "error",
        error={
            "type": "invalid_request_error",
            "code": "invalid_value",
            "message": "Invalid value: 'bob'.",
            "param": "session.audio.output.voice",
            "event_id": update["event_id"],
        },
    )

    failure = talk.codec.failure
    assert events == []
    assert isinstance(failure, ProviderError)
    assert (failure.message, failure.code) == ("Invalid value: 'bob'", "invalid_value")
    assert failure.setting == "provider.voice"
    assert not failure.is_recoverable


def test_an_error_before_the_configuration_is_acknowledged_refuses_it(
    make_talk: Callable[..., Any],
) -> None:
    talk = make_talk()
    talk.hear("session.created", session={})
    talk.begin({"type": "realtime"})

    talk.hear("error", error={"type": "server_error", "message": "Oops."})

    assert talk.codec.failure is not None
    assert talk.codec.failure.is_recoverable


def test_an_unknown_model_ends_the_connection_before_it_began(
    make_talk: Callable[..., Any],
) -> None:
    talk = make_talk()

    talk.hear(
        "error", error={"code": "model_not_found", "message": "No model 'gpt-9'."}
    )

    assert talk.codec.failure is not None
    assert talk.codec.failure.setting == "provider.model"
    assert not talk.codec.failure.is_recoverable


def test_something_remembered_that_is_refused_is_an_error_only(
    make_talk: Callable[..., Any],
) -> None:
    talk = make_talk()
    talk.hear("session.created", session={})
    _, item = talk.begin({"type": "realtime"}, (HistoryItem(role="user", text="Hi."),))

    events = talk.hear(
        "error",
        error={
            "code": "invalid_value",
            "message": "Bad.",
            "event_id": item["event_id"],
        },
    )

    assert events == [
        ProviderFailed(
            error="Bad",
            error_code="invalid_value",
            context="the server refused something said before this connection",
        )
    ]
    assert talk.codec.failure is None


def test_an_error_about_a_parameter_names_its_place_in_the_spec(talk: Any) -> None:
    events = talk.hear(
        "error",
        error={"message": "Bad.", "param": "session.audio.output.voice"},
    )

    assert events == [ProviderFailed(error="Bad", setting="provider.voice")]


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("insufficient_quota", "add credit to the account, or raise its limit"),
        ("invalid_api_key", "check the key"),
        ("account_deactivated", "use a key of another account"),
        ("billing_hard_limit_reached", "raise the account's limit"),
    ],
)
def test_an_error_that_no_retry_can_help_ends_the_session(
    talk: Any, code: str, advice: str
) -> None:
    talk.hear("error", error={"code": code, "message": "It is over."})

    failure = talk.codec.failure
    assert failure is not None
    assert failure.message == f"It is over; {advice}"
    assert not failure.is_recoverable


def test_a_response_that_failed_for_good_ends_the_session(talk: Any) -> None:
    talk.hear(
        "response.done",
        response={
            "id": "r1",
            "status": "failed",
            "status_details": {"error": {"code": "insufficient_quota"}},
        },
    )

    assert talk.codec.failure is not None
    assert talk.codec.failure.code == "insufficient_quota"


def test_an_expired_session_is_a_clean_end_that_a_new_connection_follows(
    talk: Any,
) -> None:
    talk.hear(
        "error",
        error={
            "type": "invalid_request_error",
            "code": "session_expired",
            "message": "Your session hit the maximum duration of 60 minutes.",
        },
    )

    failure = talk.codec.failure
    assert isinstance(failure, ConnectionClosedError)
    assert failure.was_clean
    assert failure.is_recoverable
    assert failure.code == "session_expired"


@pytest.mark.parametrize(
    "code", ["response_cancel_not_active", "input_audio_buffer_commit_empty"]
)
def test_a_lost_race_is_no_error(talk: Any, code: str) -> None:
    events = talk.hear("error", error={"code": code, "message": "Too late."})

    assert events == [ProviderNoted(message="Too late")]


def test_any_other_error_says_what_was_being_done(talk: Any) -> None:
    item, _ = talk.ask(SendText(text="Hi."))

    events = talk.hear(
        "error",
        error={
            "code": "invalid_value",
            "message": "Bad.",
            "event_id": item["event_id"],
        },
    )

    assert events == [
        ProviderFailed(
            error="Bad",
            error_code="invalid_value",
            context="the server refused a text of the user",
        )
    ]


def test_rate_limits_are_for_the_log(talk: Any) -> None:
    limits = [{"name": "tokens", "limit": 100, "remaining": 40}]

    events = talk.hear("rate_limits.updated", rate_limits=limits)

    assert events == [ProviderNoted(message="rate limits: tokens 40 of 100")]


@pytest.mark.parametrize(
    ("code", "setting"),
    [
        ("DeploymentNotFound", "session.audio.input.transcription.model"),
        ("model_not_found", "session.audio.input.transcription.model"),
        ("audio_unintelligible", None),
    ],
)
def test_an_unknown_transcriber_is_a_mistake_in_the_spec(
    make_talk: Callable[..., Any], code: str, setting: str | None
) -> None:
    talk = make_talk(setting_of=lambda param: param).open()

    (failed, _) = talk.hear(
        "conversation.item.input_audio_transcription.failed", error={"code": code}
    )

    assert (failed.error_code, failed.setting) == (code, setting)
