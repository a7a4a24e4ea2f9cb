"""What it means when a server refuses a request by an HTTP status."""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import cast

from realtime_run.core.errors import ProviderError
from realtime_run.wire.http_words import words_of
from realtime_run_openai.codec.verdicts import Verdict, verdict

_WAITING_HELPS = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS}
)
_SETTINGS: Mapping[int, str] = {
    HTTPStatus.UNAUTHORIZED: "provider.api_key",
    HTTPStatus.FORBIDDEN: "provider.api_key",
    # A server that lives somewhere else has no such page and says nothing in JSON.
    HTTPStatus.NOT_FOUND: "provider.base_url",
    HTTPStatus.METHOD_NOT_ALLOWED: "provider.base_url",
    HTTPStatus.NOT_IMPLEMENTED: "provider.base_url",
}


def refusal(
    status: int,
    body: str,
    setting_of: Callable[[str | None], str | None],
    meaning: Callable[[str, str], Verdict] = verdict,
) -> ProviderError:
    """Return what an HTTP status other than success means.

    Args:
        status: The HTTP status.
        body: `{"error": {"message", "type", "code", "param"}}`, what is in that
            alone, or anything else.
        setting_of: Which path in the spec a parameter of the API comes from.
        meaning: What an error means, by its code and its message.
    """
    error = _error_in(body)
    code = _text(error, "code") or _text(error, "type")
    message = _text(error, "message")
    means = meaning(code, message or body)
    said = words_of(message or body)
    waiting_helps = status in _WAITING_HELPS or (
        status >= HTTPStatus.INTERNAL_SERVER_ERROR
        and status != HTTPStatus.NOT_IMPLEMENTED
    )
    return ProviderError(
        f"the server refused the connection (HTTP {status}): {said}"
        + (f"; {means.advice}" if means.advice else ""),
        code=code or str(status),
        is_recoverable=waiting_helps and means.kind != "fatal",
        setting=means.setting or _setting(status, error, setting_of),
    )


def _setting(
    status: int,
    error: Mapping[str, object],
    setting_of: Callable[[str | None], str | None],
) -> str | None:
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return _SETTINGS[status]
    if setting := setting_of(_text(error, "param") or None):
        return setting
    if error and status in (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND):
        return "provider.model"  # the server speaks the protocol, and knows no such
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return "provider.base_url"  # redirects are not followed
    return _SETTINGS.get(status)


def _error_in(body: str) -> Mapping[str, object]:
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(value, dict):
        return {}
    answer = cast("Mapping[str, object]", value)
    error = answer.get("error")
    # Some give what should be below it alone; so do proxies, but for the code.
    if _text(answer, "code") and _text(answer, "message"):
        return answer
    # xAI gives the sentence alone.
    if isinstance(error, str):
        return {"message": error}
    return cast("Mapping[str, object]", error) if isinstance(error, dict) else {}


def _text(error: Mapping[str, object], key: str) -> str:
    value = error.get(key)
    return value if isinstance(value, str) else ""
