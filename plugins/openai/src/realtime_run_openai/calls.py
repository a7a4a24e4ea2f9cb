"""Calls by HTTP: place one with an SDP offer, and hang it up.

`POST {base}/realtime/calls` takes the offer and the session object; or, with an
ephemeral key, `POST {base}/realtime/client_secrets` takes the session object first, and
the key it gives then places the call.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import quote, urlsplit

import httpx

from realtime_run.core.errors import ProviderError
from realtime_run.plugin.addresses import is_loopback
from realtime_run.wire.unreached import unreached
from realtime_run_openai.endpoints import headers, http_url
from realtime_run_openai.refusals import refusal
from realtime_run_openai.settings import OpenAISettings

_SDP = "application/sdp"
_JSON = "application/json"
_SECRET_S = 60
"""How long an ephemeral key is valid: only the call itself needs it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A call that was accepted."""

    sdp: str
    call_id: str | None
    """What to hang up; None if the server did not say."""


def http_client(settings: OpenAISettings) -> httpx.AsyncClient:
    """Return a client that is not open; this machine is never reached by a proxy.

    It reads the certificates of the authorities from files: it blocks.

    Raises:
        ProviderError: If the environment names a proxy that makes no sense.
    """
    host = urlsplit(settings.base_url).hostname or ""
    transport = httpx.AsyncHTTPTransport() if is_loopback(host) else None
    try:
        return httpx.AsyncClient(timeout=settings.connect_timeout, transport=transport)
    except (ImportError, ValueError, httpx.InvalidURL) as error:
        message = f"the proxy named by the environment cannot be used: {error}"
        raise ProviderError(message, code="proxy", is_recoverable=False) from error


class Calls:
    """Places calls by a client that the caller opens and closes."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        settings: OpenAISettings,
        setting_of: Callable[[str | None], str | None],
    ) -> None:
        self._client = client
        self._settings = settings
        self._setting_of = setting_of

    async def place(self, offer: str, session: Mapping[str, object]) -> Answer:
        """Send an offer, and return the answer.

        Args:
            offer: SDP.
            session: The session object, with `type` and `model`.

        Raises:
            ProviderError: If the server cannot be reached, refuses, or answers with
                something else than SDP.
        """
        url = self._url("calls")
        if self._settings.client_secret:
            key = await self._ephemeral_key(session)
            request = self._client.build_request(
                "POST",
                url,
                content=offer.encode(),
                headers={"Content-Type": _SDP, **_bearer(key)},
            )
        else:
            request = self._client.build_request(
                "POST",
                url,
                files={
                    "sdp": (None, offer.encode(), _SDP),
                    "session": (None, json.dumps(session).encode(), _JSON),
                },
                headers=headers(self._settings),
            )
        response = await self._send(request)
        if not response.text.startswith("v=0"):
            message = (
                f"{response.url.host} answered without a session description (SDP)"
            )
            raise ProviderError(message, code="invalid_answer")
        location = response.headers.get("Location", "")
        return Answer(response.text, location.rstrip("/").rpartition("/")[2] or None)

    async def hang_up(self, call_id: str) -> None:
        """End a call.

        Raises:
            ProviderError: If the server cannot be reached, or knows no such call.
        """
        url = self._url(f"calls/{quote(call_id, safe='')}/hangup")
        await self._send(
            self._client.build_request("POST", url, headers=headers(self._settings))
        )

    async def _ephemeral_key(self, session: Mapping[str, object]) -> str:
        expires_after = {"anchor": "created_at", "seconds": _SECRET_S}
        response = await self._send(
            self._client.build_request(
                "POST",
                self._url("client_secrets"),
                json={"expires_after": expires_after, "session": session},
                headers=headers(self._settings),
            )
        )
        key = _parsed(response.text).get("value")
        if not isinstance(key, str) or not key:
            message = f"{response.url.host} answered without an ephemeral key"
            raise ProviderError(message, code="invalid_answer")
        return key

    def _url(self, path: str) -> httpx.URL:
        url = httpx.URL(f"{http_url(self._settings)}/realtime/{path}")
        return url.copy_merge_params(self._settings.query)

    async def _send(self, request: httpx.Request) -> httpx.Response:
        try:
            response = await self._client.send(request)
        except httpx.HTTPError as error:
            at, blamed = self._settings.base_url, self._settings.blamed_address
            raise unreached(at, error, blamed) from error
        if not response.is_success:
            raise refusal(response.status_code, response.text, self._setting_of)
        return response


def _bearer(key: str) -> dict[str, str]:
    """An ephemeral key is a bearer token in every dialect."""
    return {"Authorization": f"Bearer {key}"}


def _parsed(text: str) -> Mapping[str, object]:
    try:
        return _mapping(json.loads(text))
    except ValueError:
        return {}


def _mapping(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}
