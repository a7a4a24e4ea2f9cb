"""Who may connect, and the short-lived tokens that the service hands out."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, TypeAlias

from pydantic import ValidationError

from realtime_run.simulation.web import WebError, WebRequest
from realtime_run_gemini.simulator.faults import Faults
from realtime_run_gemini.simulator.place import Place, place_of
from realtime_run_gemini.simulator.protobuf_json import (
    explained,
    read_object,
    snake,
)
from realtime_run_gemini.simulator.requests import POLICY, Refusal
from realtime_run_gemini.simulator.setup_shapes import Setup
from realtime_run_gemini.simulator.tokens import Token, read_mask
from realtime_run_gemini.simulator.web_errors import GoogleError, handshake_error

_MOST_TOKENS = 256
_PREFIX = "auth_tokens/"
_TOKENS = "/auth_tokens"
_USES, _EXPIRES, _MASK = "uses", "expireTime", "fieldMask"
_LASTS = timedelta(minutes=30)
_BEGINS = timedelta(seconds=60)
_LONGEST = timedelta(hours=20)
_USED_UP = "The token has no uses left, or begins no more sessions."
_NO_KEY = (
    "Method doesn't allow unregistered callers (callers without established identity)."
    " Please use API Key or other form of API consumer identity to call this API."
)
_NO_BEARER = (
    "Request is missing required authentication credential. Expected OAuth 2 access"
    " token, login cookie or other valid authentication credential."
)

Constrain: TypeAlias = Callable[[Setup], Setup | Refusal]
"""Changes what a client sets up, or tells why it may not."""


def as_asked(setup: Setup) -> Setup:
    """Return a setup as it is: nothing constrains it."""
    return setup


class Access:
    """Checks keys, and remembers the tokens that it made.

    Args:
        new_id: Makes ids, given their prefix.
        now: Tells the time in UTC.
    """

    def __init__(
        self, new_id: Callable[[str], str], now: Callable[[], datetime]
    ) -> None:
        self._new_id = new_id
        self._now = now
        self._tokens: dict[str, Token] = {}

    def enter(self, request: WebRequest, faults: Faults) -> tuple[Place, Constrain]:
        """Return where a client connects, and what constrains its setup.

        Raises:
            WebError: If it may not connect.
        """
        if faults.handshake is not None:
            raise handshake_error(faults.handshake)
        place = place_of(request.path)
        if place is None:
            message = f"The requested URL {request.path} was not found on this server."
            raise GoogleError(HTTPStatus.NOT_FOUND, message)
        if place.constrained:
            return place, self._token(request)
        if place.on_vertex and not _bearer(request) and not _key(request):
            raise GoogleError(HTTPStatus.UNAUTHORIZED, _NO_BEARER)
        if not place.on_vertex and not _key(request) and not _bearer(request):
            raise GoogleError(HTTPStatus.FORBIDDEN, _NO_KEY)
        return place, as_asked

    def make_token(self, request: WebRequest) -> Mapping[str, Any]:
        """Return a short-lived token, as `POST /v1alpha/auth_tokens` does.

        Raises:
            WebError: If what is asked for makes no sense.
        """
        if request.method != "POST" or not request.path.endswith(_TOKENS):
            message = f"The requested URL {request.path} was not found on this server."
            raise GoogleError(HTTPStatus.NOT_FOUND, message)
        if not _key(request):
            raise GoogleError(HTTPStatus.FORBIDDEN, _NO_KEY)
        asked = read_object(request.body or b"{}")
        if asked is None:
            message = "Invalid JSON payload received."
            raise GoogleError(HTTPStatus.BAD_REQUEST, message)
        token = self._wanted(asked)
        name = self._new_id(_PREFIX)
        while len(self._tokens) >= _MOST_TOKENS:
            del self._tokens[next(iter(self._tokens))]
        self._tokens[name] = token
        return {"name": name}

    def _wanted(self, asked: Mapping[str, Any]) -> Token:
        now = self._now()
        uses = asked.get(_USES, 1)
        until = _time(asked, _EXPIRES, now + _LASTS)
        if not isinstance(uses, int) or uses < 0:
            raise _invalid(_USES)
        if not now < until <= now + _LONGEST:
            raise _invalid(_EXPIRES)
        given = asked.get("bidiGenerateContentSetup")
        return Token(
            uses=uses or -1,
            until=until,
            begins_until=_time(asked, "newSessionExpireTime", now + _BEGINS),
            setup=None if given is None else _setup(given),
            mask=_mask(asked.get(_MASK)),
        )

    def _token(self, request: WebRequest) -> Constrain:
        name = _scheme(request, "token") or request.query.get("access_token", "")
        token = self._tokens.get(name)
        now = self._now()
        if token is None or now >= token.until:
            raise GoogleError(HTTPStatus.UNAUTHORIZED, "Invalid authentication token.")

        def constrain(asked: Setup) -> Setup | Refusal:
            left = self._tokens.get(name, token)
            resumes = asked.session_resumption and asked.session_resumption.handle
            if not resumes:  # to resume is no use (Google's SDK)
                if not left.uses or now >= left.begins_until:
                    return Refusal(code=POLICY, reason=_USED_UP)
                self._tokens[name] = replace(left, uses=left.uses - 1)
            return left.constrain(asked)

        return constrain


def _key(request: WebRequest) -> str:
    return request.headers.get("x-goog-api-key", "") or request.query.get("key", "")


def _bearer(request: WebRequest) -> str:
    return _scheme(request, "bearer")


def _scheme(request: WebRequest, scheme: str) -> str:
    found, _, value = request.headers.get("authorization", "").partition(" ")
    return value.strip() if found.lower() == scheme else ""


def _time(asked: Mapping[str, Any], name: str, default: datetime) -> datetime:
    value = asked.get(name)
    if value is None:
        return default
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise _invalid(name) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _setup(given: object) -> Setup:
    try:
        return Setup.model_validate(given)
    except ValidationError as error:
        reason = explained(error.errors(include_url=False))
        raise GoogleError(HTTPStatus.BAD_REQUEST, reason) from None


def _mask(given: object) -> tuple[tuple[str, ...], ...] | None:
    if not given:
        return None
    try:
        return read_mask(str(given))
    except ValueError:
        raise _invalid(_MASK) from None


def _invalid(name: str) -> WebError:
    message = f"Invalid value at 'auth_token.{snake(name)}'"
    return GoogleError(HTTPStatus.BAD_REQUEST, message)
