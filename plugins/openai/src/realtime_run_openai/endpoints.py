"""Where a server is, and how one says who one is."""

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit, urlunsplit

from realtime_run_openai.settings import OpenAISettings

_AS_HTTP: Mapping[str, str] = {"ws": "http", "wss": "https"}
_AS_WEBSOCKET: Mapping[str, str] = {"http": "ws", "https": "wss"}


def websocket_url(settings: OpenAISettings) -> str:
    """Return the address of a WebSocket, with the model in it."""
    return _address(settings, _AS_WEBSOCKET, "realtime", {"model": settings.model})


def calls_url(settings: OpenAISettings) -> str:
    """Return where a WebRTC offer is posted."""
    return _address(settings, _AS_HTTP, "realtime/calls", {})


def client_secrets_url(settings: OpenAISettings) -> str:
    """Return where an ephemeral key is asked for."""
    return _address(settings, _AS_HTTP, "realtime/client_secrets", {})


def headers(settings: OpenAISettings) -> dict[str, str]:
    """Return the HTTP headers of a request that is made with the key.

    There is no `OpenAI-Beta` among them: the dialect that it asks for is gone.
    """
    dialect = settings.spoken
    optional = {
        "OpenAI-Organization": settings.organization,
        "OpenAI-Project": settings.project,
        "OpenAI-Safety-Identifier": settings.safety_identifier,
    }
    return {
        dialect.key_header: dialect.key_prefix + settings.api_key.get_secret_value(),
        **{name: value for name, value in optional.items() if value is not None},
    }


def ephemeral_headers(client_secret: str) -> dict[str, str]:
    """Return the HTTP headers of a request that is made with an ephemeral key.

    It is a bearer token in every dialect.
    """
    return {"Authorization": f"Bearer {client_secret}"}


def _address(
    settings: OpenAISettings,
    schemes: Mapping[str, str],
    path: str,
    query: Mapping[str, str],
) -> str:
    base = urlsplit(settings.base_url)
    scheme = schemes.get(base.scheme, base.scheme)
    whole = f"{base.path.rstrip('/')}/{path}"
    return urlunsplit(
        (scheme, base.netloc, whole, urlencode({**query, **settings.query}), "")
    )
