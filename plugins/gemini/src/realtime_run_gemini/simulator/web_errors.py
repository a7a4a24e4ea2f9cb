"""What Google's servers answer to a request that they refuse."""

import json
from collections.abc import Mapping
from http import HTTPStatus

from realtime_run.simulation.web import WebError

_STATUSES: Mapping[int, str] = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
}
_FAULTS: Mapping[int, str] = {
    401: "Request had invalid authentication credentials.",
    403: "The caller does not have permission",
    404: "Requested entity was not found.",
    429: "Resource has been exhausted (e.g. check quota).",
    500: "Internal error encountered.",
}


class GoogleError(WebError):
    """A request that is answered by an error in Google's form."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(status, message)
        name = _STATUSES.get(status, "UNKNOWN")
        error = {"code": int(status), "message": message, "status": name}
        self.body = json.dumps({"error": error}).encode()


def handshake_error(status: int) -> GoogleError:
    """Return what the fault `handshake` answers."""
    return GoogleError(HTTPStatus(status), _FAULTS[status])
