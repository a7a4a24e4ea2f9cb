"""Where the server is, and how one says who one is."""

from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

from realtime_run_gemini.settings import GeminiSettings
from realtime_run_gemini.vertex_settings import Vertex

GEMINI_API = "https://generativelanguage.googleapis.com"
_AS_WEBSOCKET: Mapping[str, str] = {"http": "ws", "https": "wss"}
_MULTI_REGIONS = frozenset({"eu", "us"})


def websocket_url(settings: GeminiSettings) -> str:
    """Return the address of the WebSocket, without the key: addresses are logged."""
    base = urlsplit(settings.endpoint or _service(settings.vertex))
    path = f"{base.path.rstrip('/')}/ws/{_method(settings)}"
    scheme = _AS_WEBSOCKET.get(base.scheme, base.scheme)
    return urlunsplit((scheme, base.netloc, path, "", ""))


def key_headers(settings: GeminiSettings) -> dict[str, str] | None:
    """Return the HTTP headers that say who one is, if the settings have it all.

    None: an access token is needed that Google's credentials give, `bearer_headers`.
    """
    vertex = settings.vertex
    if settings.token is not None:
        return {"Authorization": f"Token {settings.token.get_secret_value()}"}
    if vertex is not None and vertex.access_token is not None:
        return bearer_headers(
            vertex.access_token.get_secret_value(), vertex.quota_project
        )
    key = settings.api_key if vertex is None else vertex.api_key
    return None if key is None else {"x-goog-api-key": key.get_secret_value()}


def bearer_headers(token: str, quota_project: str | None) -> dict[str, str]:
    """Return the HTTP headers of who has an OAuth access token.

    Args:
        token: The access token.
        quota_project: Who is billed; None: the project that is asked.
    """
    billed = {} if quota_project is None else {"x-goog-user-project": quota_project}
    return {"Authorization": f"Bearer {token}", **billed}


def _service(vertex: Vertex | None) -> str:
    if vertex is None:
        return GEMINI_API
    location = vertex.location
    if location is None or location == "global":
        return "https://aiplatform.googleapis.com"
    if location in _MULTI_REGIONS:
        return f"https://aiplatform.{location}.rep.googleapis.com"
    return f"https://{location}-aiplatform.googleapis.com"


def _method(settings: GeminiSettings) -> str:
    version = settings.version
    if settings.vertex is not None:
        package = f"google.cloud.aiplatform.{version}"
        return f"{package}.LlmBidiService/BidiGenerateContent"
    # With a token, the server checks what the token's maker has laid down.
    constrained = "Constrained" if settings.token is not None else ""
    package = f"google.ai.generativelanguage.{version}"
    return f"{package}.GenerativeService.BidiGenerateContent{constrained}"
