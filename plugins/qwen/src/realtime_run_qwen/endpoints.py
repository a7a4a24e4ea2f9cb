"""Where the service is, and how one says who one is."""

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit, urlunsplit

from realtime_run_qwen.settings import QwenSettings

_AS_WEBSOCKET: Mapping[str, str] = {"http": "ws", "https": "wss"}


def websocket_url(settings: QwenSettings) -> str:
    """Return the address of a WebSocket, with the model in it."""
    base = urlsplit(settings.address)
    return urlunsplit(
        (
            _AS_WEBSOCKET.get(base.scheme, base.scheme),
            base.netloc,
            f"{base.path.rstrip('/')}/realtime",
            urlencode({"model": settings.model}),
            "",
        )
    )


def headers(settings: QwenSettings) -> dict[str, str]:
    """Return the HTTP headers of the request that opens a WebSocket."""
    of_workspace = (
        {}
        if settings.workspace is None
        else {"X-DashScope-WorkSpace": settings.workspace}
    )
    key = settings.api_key.get_secret_value()
    return {"Authorization": f"Bearer {key}", **of_workspace}
