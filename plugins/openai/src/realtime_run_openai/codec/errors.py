"""What each error of the server means for the session."""

from collections.abc import Mapping

from realtime_run.core.errors import ConnectionClosedError, ProviderError
from realtime_run.core.provider_events import ProviderFailed
from realtime_run.wire.messages import Message, object_of, text_of
from realtime_run_openai.codec import microphone
from realtime_run_openai.codec.response_state import (
    Refused,
)
from realtime_run_openai.codec.state import State, request_of

BUSY = "conversation_already_has_active_response"
NOTHING_TO_COMMIT = "input_audio_buffer_commit_empty"
BENIGN = frozenset({"response_cancel_not_active", NOTHING_TO_COMMIT})
"""Lost races, with nothing to do about them."""
FATAL: Mapping[str, str] = {
    "insufficient_quota": "add credit to the account, or raise its limit",
    "billing_hard_limit_reached": "raise the account's limit",
    "invalid_api_key": "check the key",
    "account_deactivated": "use a key of another account",
}
"""After these trying again cannot help, and what does."""
_PASSING = frozenset({"server_error", "rate_limit_exceeded"})
ADJUSTING = "to adjust the conversation to what was heard and seen"
"""The purpose of what may fail because the server has changed it already."""


def fatal(code: str, message: str) -> ProviderError | None:
    """Return the end of a session that cannot go on; None if it can."""
    advice = FATAL.get(code)
    if advice is None:
        return None
    return ProviderError(
        f"{_stated(message, code)}; {advice}",
        code=code,
        is_recoverable=False,
        setting="provider.api_key" if code == "invalid_api_key" else None,
    )


def on_error(state: State, message: Message) -> None:
    """Take an `error`: a refusal, a lost race, the end, or a problem to report."""
    error = object_of(message, "error")
    code = text_of(error, "code") or text_of(error, "type")
    said = _stated(text_of(error, "message"), code)
    event_id = text_of(error, "event_id")
    if (failure := _ending(state, error, code, said, event_id)) is not None:
        state.failure = failure
    elif code == BUSY:
        state.debug(said)
        state.step(Refused(request_of(event_id), busy=True))
    elif code in BENIGN or state.purposes.get(event_id) == ADJUSTING:
        state.debug(said)
        microphone.refused(state, event_id, is_commit=code == NOTHING_TO_COMMIT)
    else:
        state.emit(_reported(state, error, code, said, event_id))
        microphone.refused(state, event_id, is_commit=False)
        if (request := request_of(event_id)) is not None:
            state.step(Refused(request, busy=False))


def response_failed(state: State, response_id: str, error: Message) -> None:
    """Report why a response failed."""
    code = text_of(error, "code") or text_of(error, "type")
    said = _stated(text_of(error, "message"), code)
    state.failure = state.failure or fatal(code, said)
    if state.failure is None:
        state.emit(
            ProviderFailed(
                error=said, error_code=code or None, context=f"response {response_id}"
            )
        )


def _ending(
    state: State, error: Message, code: str, said: str, event_id: str
) -> ProviderError | None:
    if code == "session_expired":
        return ConnectionClosedError(said, code=code, was_clean=True)
    if (failure := fatal(code, said)) is not None:
        return failure
    # Some servers of this protocol do not name the message they refuse. Before the
    # session is configured, it can only be the connection or the configuration.
    configuring = state.update_id is not None and event_id in ("", state.update_id)
    greeting = not state.greeted and event_id == ""
    if configuring or greeting:
        return _refusal(state, error, code, said)
    return None


def _refusal(state: State, error: Message, code: str, said: str) -> ProviderError:
    setting = state.options.setting_of(text_of(error, "param") or None)
    return ProviderError(
        said,
        code=code or None,
        is_recoverable=text_of(error, "type") in _PASSING or code in _PASSING,
        setting="provider.model" if code == "model_not_found" else setting,
    )


def _reported(
    state: State, error: Message, code: str, said: str, event_id: str
) -> ProviderFailed:
    purpose = state.purposes.get(event_id)
    if request_of(event_id) is not None:
        purpose = "to make a response"
    return ProviderFailed(
        error=said,
        error_code=code or None,
        context=f"the server refused {purpose}" if purpose else None,
        setting=state.options.setting_of(text_of(error, "param") or None),
    )


def _stated(message: str, code: str) -> str:
    """Return the server's words as they stand in a sentence of ours."""
    return message.strip().rstrip(".") or code or "an error without a message"
