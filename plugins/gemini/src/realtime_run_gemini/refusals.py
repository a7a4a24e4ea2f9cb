"""What it means when the server refuses a connection by an HTTP status."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import cast

from realtime_run.core.errors import ProviderError
from realtime_run.wire.http_words import words_of
from realtime_run.wire.messages import objects_of, text_of
from realtime_run_gemini.faults import advised
from realtime_run_gemini.places import setting_of
from realtime_run_gemini.settings import GeminiSettings

_WAITING_HELPS = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
_ABOUT_WHO = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


def refusal(status: int, body: str, settings: GeminiSettings) -> ProviderError:
    """Return what an HTTP status other than success means.

    Args:
        status: The HTTP status.
        body: `{"error": {"code", "message", "status", "details"}}`, or anything else.
        settings: What stands beside `use: gemini`.
    """
    error = _error_in(body)
    # A page of whoever stands between knows neither models nor keys.
    said = words_of(body) if not error else advised(words_of(text_of(error, "message")))
    waiting_helps = status in _WAITING_HELPS or (
        status >= HTTPStatus.INTERNAL_SERVER_ERROR
        and status != HTTPStatus.NOT_IMPLEMENTED
    )
    return ProviderError(
        f"the server refused the connection (HTTP {status}): {said}",
        code=_reason(error) or text_of(error, "status") or str(status),
        is_recoverable=waiting_helps,
        setting=_setting(status, error, said, settings),
    )


def _setting(
    status: int, error: Mapping[str, object], said: str, settings: GeminiSettings
) -> str | None:
    if status in _ABOUT_WHO or _reason(error).startswith("API_KEY"):
        return settings.identity
    if status < HTTPStatus.BAD_REQUEST:
        return "provider.endpoint"  # a web site; and redirects are not followed
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED):
        # The path holds nothing of the user's but the version.
        return settings.blamed_address or "provider.api_version"
    if status == HTTPStatus.NOT_IMPLEMENTED:
        return "provider.endpoint"
    return setting_of(said, settings) if status == HTTPStatus.BAD_REQUEST else None


def _reason(error: Mapping[str, object]) -> str:
    """Return Google's own word for what is wrong, such as API_KEY_INVALID."""
    reasons = (text_of(detail, "reason") for detail in objects_of(error, "details"))
    return next((reason for reason in reasons if reason), "")


def _error_in(body: str) -> Mapping[str, object]:
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    if isinstance(value, list) and value:  # of a server that streams its answers
        value = cast("list[object]", value)[0]
    if not isinstance(value, dict):
        return {}
    error = cast("Mapping[str, object]", value).get("error")
    return cast("Mapping[str, object]", error) if isinstance(error, dict) else {}
