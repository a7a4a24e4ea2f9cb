"""Who may connect, and the short-lived keys that the service hands out."""

import time
from collections.abc import Callable
from typing import Any, cast

from realtime_run.simulation.web import WebError, WebRequest
from realtime_run_openai.simulator.faults import Faults
from realtime_run_openai.simulator.refusals import Refusal
from realtime_run_openai.simulator.session import SessionState

_MOST_SECRETS = 256
_DEFAULT_S = 600
_SHORTEST_S, _LONGEST_S = 10, 7200
_BEARER = "bearer "
_SUBPROTOCOL = "openai-insecure-api-key."
_FAULTS = {
    401: ("invalid_api_key", "Incorrect API key provided."),
    403: ("unsupported_country_region_territory", "Country not supported."),
    429: ("rate_limit_exceeded", "Rate limit reached for requests."),
    500: ("server_error", "The server had an error while processing your request."),
}


class Access:
    """Checks keys, and remembers those that it made.

    Args:
        new_id: Makes ids, given their prefix.
    """

    def __init__(self, new_id: Callable[[str], str]) -> None:
        self._new_id = new_id
        self._secrets: dict[str, tuple[float, dict[str, Any]]] = {}

    def session_of(self, request: WebRequest, faults: Faults) -> dict[str, Any]:
        """Return the session that a request's key carries; of most keys it is empty.

        Raises:
            WebError: If it may not connect.
        """
        status = faults.handshake
        if status is not None:
            code, message = _FAULTS[status]
            kind = "server_error" if status == 500 else "invalid_request_error"  # noqa: PLR2004 - HTTP
            raise WebError(status, message, code=code, kind=kind)
        if "realtime=v1" in request.headers.get("openai-beta", ""):
            message = "The Realtime Beta API is no longer supported."
            raise WebError(400, message, code="beta_api_shape_disabled")
        key = _key_of(request)
        if not key:
            message = "You didn't provide an API key."
            raise WebError(401, message, code="invalid_api_key")
        if not key.startswith("ek_"):
            return {}
        expires_s, session = self._secrets.get(key, (0.0, {}))
        if expires_s < time.monotonic():
            message = "Incorrect API key provided: the client secret has expired."
            raise WebError(401, message, code="invalid_api_key")
        return session

    def make_secret(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Return a short-lived key, as `POST /realtime/client_secrets` does.

        Raises:
            WebError: If what is asked for makes no sense.
        """
        session = _object_of(asked, "session") or {"type": "realtime"}
        lifetime_s = _object_of(asked, "expires_after").get("seconds", _DEFAULT_S)
        if not isinstance(lifetime_s, int) or not (
            _SHORTEST_S <= lifetime_s <= _LONGEST_S
        ):
            param = "expires_after.seconds"
            raise WebError(400, f"Invalid '{param}': 10 to 7200.", param=param)
        expires_at = int(time.time() + lifetime_s)
        state = SessionState(
            str(session.get("model", "gpt-realtime-2.1")),
            self._new_id("sess"),
            expires_at,
        )
        raise_refused(state.update(session))
        value = self._new_id("ek")
        while len(self._secrets) >= _MOST_SECRETS:
            del self._secrets[next(iter(self._secrets))]
        self._secrets[value] = (time.monotonic() + lifetime_s, session)
        return {"value": value, "expires_at": expires_at, "session": state.snapshot()}


def raise_refused(refusal: Refusal | None) -> None:
    """Answer what the service refuses by 400.

    Raises:
        WebError: If it refuses.
    """
    if refusal is not None:
        raise WebError(
            400,
            refusal.message,
            code=refusal.code,
            kind=refusal.kind,
            param=refusal.param,
        )


def _object_of(asked: dict[str, Any], name: str) -> dict[str, Any]:
    found = asked.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        message = f"Invalid type for '{name}': expected an object."
        raise WebError(400, message, code="invalid_type", param=name)
    return cast("dict[str, Any]", found)


def _key_of(request: WebRequest) -> str:
    authorization = request.headers.get("authorization", "")
    if authorization.lower().startswith(_BEARER):
        return authorization[len(_BEARER) :].strip()
    offered = request.headers.get("sec-websocket-protocol", "").split(",")
    for one in offered:
        if one.strip().startswith(_SUBPROTOCOL):
            return one.strip().removeprefix(_SUBPROTOCOL)
    return request.headers.get("api-key", "")
