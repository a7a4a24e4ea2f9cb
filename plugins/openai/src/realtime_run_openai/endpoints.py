"""Where a server is, and how one says who one is."""

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit, urlunsplit

from realtime_run_openai.settings import OpenAISettings

_AS_HTTP: Mapping[str, str] = {"ws": "http", "wss": "https"}
_AS_WEBSOCKET: Mapping[str, str] = {"http": "ws", "https": "wss"}


def websocket_url(settings: OpenAISettings) -> str:
    """Return the address of a WebSocket, with the model and `query` in it."""
    base = urlsplit(settings.base_url)
    return urlunsplit(
        (
            _AS_WEBSOCKET.get(base.scheme, base.scheme),
            base.netloc,
            f"{base.path.rstrip('/')}/realtime",
            urlencode({"model": settings.model, **settings.query}),
            "",
        )
    )


def http_url(settings: OpenAISettings) -> str:
    """Return what `/realtime/calls` follows: http or https, with no slash at its end.

    `query` is not in it.
    """
    base = urlsplit(settings.base_url)
    scheme = _AS_HTTP.get(base.scheme, base.scheme)
    return urlunsplit((scheme, base.netloc, base.path.rstrip("/"), "", ""))


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
