"""What each error of the server means for the session."""

from msgspec import Struct

from realtime_run.core.errors import ConnectionClosedError, ProviderError
from realtime_run.core.provider_events import ProviderFailed
from realtime_run.wire.messages import Message, object_of, text_of
from realtime_run_openai.codec import microphone
from realtime_run_openai.codec.response_state import (
    Refused,
)
from realtime_run_openai.codec.state import ADJUSTING, State, request_of
from realtime_run_openai.codec.verdicts import Verdict

_BENIGN = frozenset({"lost_race", "nothing_to_commit"})


class _Error(Struct, frozen=True, kw_only=True):
    """An error as the server put it, and what it means."""

    code: str
    type: str
    said: str
    event_id: str
    """The message that it is about; empty: the server did not say."""
    param: str | None
    verdict: Verdict

    @property
    def stated(self) -> str:
        """What the server said, and what helps."""
        advice = self.verdict.advice
        return f"{self.said}; {advice}" if advice else self.said


def on_error(state: State, message: Message) -> None:
    """Take an `error`: a refusal, a lost race, the end, or a problem to report."""
    error = _error(state, object_of(message, "error"))
    kind, event_id = error.verdict.kind, error.event_id
    if (failure := _ending(state, error)) is not None:
        state.failure = failure
    elif kind == "busy":
        state.debug(error.said)
        state.step(Refused(request_of(event_id), busy=True))
    elif kind in _BENIGN or state.purposes.get(event_id) == ADJUSTING:
        state.debug(error.said)
        is_commit = kind == "nothing_to_commit"
        microphone.refused(state, event_id, is_commit=is_commit)
    else:
        state.emit(_reported(state, error))
        microphone.refused(state, event_id, is_commit=False)
        if (request := request_of(event_id)) is not None:
            state.step(Refused(request, busy=False))


def response_failed(state: State, response_id: str, failed: Message) -> None:
    """Report why a response failed."""
    error = _error(state, failed)
    state.failure = state.failure or _fatal(error)
    if state.failure is None:
        state.emit(
            ProviderFailed(
                error=error.stated,
                error_code=error.code or None,
                context=f"response {response_id}",
                setting=error.verdict.setting,
            )
        )


def meaning_of_end(state: State, why: ConnectionClosedError) -> ProviderError | None:
    """Return what the end of a connection means, if the server's reason tells more."""
    verdict = state.options.verdict(why.code or "", why.reason)
    if verdict.kind != "fatal":
        return None
    return ProviderError(
        f"{why.message}; {verdict.advice}" if verdict.advice else why.message,
        code=why.code,
        is_recoverable=False,
        setting=verdict.setting,
    )


def _error(state: State, error: Message) -> _Error:
    code = text_of(error, "code") or text_of(error, "type")
    message = text_of(error, "message")
    return _Error(
        code=code,
        type=text_of(error, "type"),
        said=_stated(message, code),
        event_id=text_of(error, "event_id"),
        param=text_of(error, "param") or None,
        verdict=state.options.verdict(code, message),
    )


def _ending(state: State, error: _Error) -> ProviderError | None:
    if error.verdict.kind == "over":
        return ConnectionClosedError(error.said, code=error.code, was_clean=True)
    if (failure := _fatal(error)) is not None:
        return failure
    # Some servers of this protocol do not name the message they refuse. Before the
    # session is configured, it can only be the connection or the configuration.
    configuring = state.update_id is not None and (
        error.event_id in ("", state.update_id)
    )
    greeting = not state.greeted and error.event_id == ""
    return _refusal(state, error) if configuring or greeting else None


def _fatal(error: _Error) -> ProviderError | None:
    if error.verdict.kind != "fatal":
        return None
    return ProviderError(
        error.stated,
        code=error.code,
        is_recoverable=False,
        setting=error.verdict.setting,
    )


def _refusal(state: State, error: _Error) -> ProviderError:
    of_type = state.options.verdict(error.type, "")
    return ProviderError(
        error.stated,
        code=error.code or None,
        is_recoverable=error.verdict.passing or of_type.passing,
        setting=error.verdict.setting or state.options.setting_of(error.param),
    )


def _reported(state: State, error: _Error) -> ProviderFailed:
    purpose = state.purposes.get(error.event_id)
    if request_of(error.event_id) is not None:
        purpose = "to make a response"
    return ProviderFailed(
        error=error.stated,
        error_code=error.code or None,
        context=f"the server refused {purpose}" if purpose else None,
        setting=error.verdict.setting or state.options.setting_of(error.param),
    )


def _stated(message: str, code: str) -> str:
    """Return the server's words as they stand in a sentence of ours."""
    return message.strip().rstrip(".") or code or "an error without a message"
