"""HTTP/1.1 for requests that are no WebSockets: one request, one answer, the end."""

import json
from asyncio import LimitOverrunError, StreamReader
from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes, policy
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import h11

_READ = 65_536
MAX_BODY = 16 * 1024 * 1024


class WebError(Exception):
    """A request that is answered by an error."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        kind: str = "invalid_request_error",
        param: str | None = None,
    ) -> None:
        self.status = status
        error = {"message": message, "type": kind, "code": code, "param": param}
        self.body = json.dumps({"error": error}).encode()
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class WebRequest:
    """One request."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """The last of each name, in lower case."""
    body: bytes = b""

    @property
    def is_upgrade(self) -> bool:
        """Whether a WebSocket is asked for."""
        return self.headers.get("upgrade", "").lower() == "websocket"

    def json(self) -> dict[str, Any]:
        """Return the body as an object; an empty body is an empty one.

        Raises:
            WebError: If it is none.
        """
        return parse_object(self.body or b"{}")

    def parts(self) -> dict[str, bytes]:
        """Return the parts of a `multipart/form-data` body.

        Raises:
            WebError: If it has none.
        """
        head = f"Content-Type: {self.headers['content-type']}\r\n\r\n".encode()
        whole = message_from_bytes(head + self.body, policy=policy.HTTP)
        found: dict[str, bytes] = {}
        for part in whole.iter_parts() if whole.is_multipart() else ():
            name = part.get_param("name", header="content-disposition")
            content = part.get_payload(decode=True)
            if isinstance(name, str) and isinstance(content, bytes):
                found[name] = content
        if not found:
            raise WebError(400, "The form has no parts.", code="invalid_form")
        return found


async def read_request(
    reader: StreamReader,
) -> tuple[WebRequest, bytes]:
    """Read a request; of one that asks for a WebSocket, only the head.

    Returns:
        The request, and its head as it was received.

    Raises:
        WebError: If it is no request.
        EOFError: If the client has gone.
        OSError: If the network has.
    """
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except LimitOverrunError:
        raise WebError(431, "The request's head is too long.") from None
    parser = h11.Connection(h11.SERVER)
    try:
        parser.receive_data(head)
        request = _request(parser.next_event())
        if request.is_upgrade:
            return request, head
        return await _with_body(request, parser, reader), head
    except h11.RemoteProtocolError as error:
        raise WebError(error.error_status_hint, str(error)) from None
    except ValueError as error:
        raise WebError(400, f"The request's target is none: {error}.") from None


def answer(status: int, body: bytes, headers: Mapping[str, str] | None = None) -> bytes:
    """Return a whole answer, after which the connection ends."""
    lines = [
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *(f"{name}: {value}" for name, value in (headers or {}).items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def error_answer(error: WebError) -> bytes:
    """Return the answer for an error."""
    headers = {"Content-Type": "application/json"}
    if error.status == HTTPStatus.TOO_MANY_REQUESTS:
        headers["Retry-After"] = "1"
    return answer(error.status, error.body, headers)


def _request(event: object) -> WebRequest:
    if not isinstance(event, h11.Request):
        raise WebError(400, "Expected a request.")
    target = urlsplit(event.target.decode("latin-1"))
    return WebRequest(
        method=event.method.decode("latin-1"),
        path=target.path,
        query={name: values[-1] for name, values in parse_qs(target.query).items()},
        headers={
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in event.headers
        },
    )


async def _with_body(
    request: WebRequest, parser: h11.Connection, reader: StreamReader
) -> WebRequest:
    body = bytearray()
    while True:
        event = parser.next_event()
        if isinstance(event, h11.Data):
            body += event.data
            if len(body) > MAX_BODY:
                raise WebError(413, f"The body is longer than {MAX_BODY} bytes.")
        elif isinstance(event, h11.EndOfMessage):
            break
        elif event is h11.NEED_DATA:
            parser.receive_data(await reader.read(_READ))
        else:
            raise WebError(400, "The body has no end.")
    return WebRequest(
        request.method, request.path, request.query, request.headers, bytes(body)
    )


def parse_object(text: bytes) -> dict[str, Any]:
    """Return a JSON object.

    Raises:
        WebError: If it is none.
    """
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise WebError(400, "We could not parse the JSON body of your request.")
    return cast("dict[str, Any]", found)
