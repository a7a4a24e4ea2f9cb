"""Who may connect."""

import re
from collections.abc import Mapping

from realtime_run.simulation.web import WebError, WebRequest
from realtime_run_qwen.simulator.faults import QwenFaults

_BEARER = "bearer "
_PATH = "/realtime"
_MODEL = re.compile(r"qwen[\w.-]*realtime[\w.-]*")
_FAULTS: Mapping[int, tuple[str, str]] = {
    400: ("InvalidParameter", "Required parameter 'model' missing or invalid."),
    401: ("InvalidApiKey", "Invalid API-key provided."),
    403: ("Model.AccessDenied", "Model access denied."),
    404: ("ModelNotFound", "Model not exist."),
    429: ("Throttling.RateQuota", "Requests rate limit exceeded."),
    500: ("InternalError", "An internal error has occurred."),
}


def model_of(request: WebRequest, faults: QwenFaults) -> str:
    """Return the model that a client wants to talk with.

    Args:
        request: For a WebSocket.
        faults: Of this connection.

    Raises:
        WebError: If it may not connect.
    """
    if faults.handshake is not None:
        raise _refused(faults.handshake)
    if not request.path.endswith(_PATH):
        raise WebError(404, f"Not found: {request.path}", code="NotFound")
    authorization = request.headers.get("authorization", "")
    has_key = authorization[len(_BEARER) :].strip()
    if not authorization.lower().startswith(_BEARER) or not has_key:
        raise _refused(401)
    model = request.query.get("model", "")
    if not model:
        raise _refused(400)
    if not _MODEL.fullmatch(model):
        raise _refused(404)
    return model


def _refused(status: int) -> WebError:
    code, message = _FAULTS[status]
    kind = "server_error" if status == 500 else "invalid_request_error"  # noqa: PLR2004 - HTTP
    return WebError(status, message, code=code, kind=kind)
