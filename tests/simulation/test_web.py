import asyncio
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_run.simulation.web import (
    WebError,
    WebRequest,
    parse_object,
    read_request,
)


async def read(received: bytes, limit: int = 65_536) -> WebRequest:
    reader = asyncio.StreamReader(limit=limit)
    reader.feed_data(received)
    reader.feed_eof()
    request, _ = await read_request(reader)
    return request


async def test_a_body_is_read_to_its_end() -> None:
    request = await read(
        b"POST /v1/realtime/calls?model=m HTTP/1.1\r\nHost: x\r\n"
        b"Content-Length: 3\r\nContent-Type: text/plain\r\n\r\nabcdef"
    )

    assert (request.method, request.path) == ("POST", "/v1/realtime/calls")
    assert dict(request.query) == {"model": "m"}
    assert request.headers["content-type"] == "text/plain"
    assert request.body == b"abc"


async def test_a_body_may_come_in_chunks() -> None:
    request = await read(
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    )

    assert request.body == b"abcde"


@pytest.mark.parametrize(
    ("received", "status"),
    [
        (b"what is this\r\n\r\n", 400),
        (b"GET //[ HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n", 400),
        (b"GET /" + b"a" * 200 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 431),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc", 400),
    ],
)
async def test_what_is_no_request_is_answered(received: bytes, status: int) -> None:
    with pytest.raises(WebError) as caught:
        await read(received, limit=128)

    assert caught.value.status == status


async def test_a_client_that_leaves_within_the_head_has_left() -> None:
    with pytest.raises(EOFError):
        await read(b"GET / HTTP/1.1\r\n")


_LINES = st.lists(
    st.sampled_from(
        [
            b"GET / HTTP/1.1", b"POST /a?b=c HTTP/1.1", b"Host: x",
            b"Upgrade: websocket", b"Content-Length: 5", b"Transfer-Encoding: chunked",
            b"5", b"hello", b"0", b"", b"--b", b"--b--",
            b"Content-Type: multipart/form-data; boundary=b",
            b'Content-Disposition: form-data; name="sdp"', b"\xff\x00",
        ]
    )
    | st.binary(max_size=8),
    max_size=12,
)  # fmt: skip


@given(_LINES)
def test_whatever_comes_is_a_request_or_is_answered(lines: list[bytes]) -> None:
    async def attempt() -> None:
        try:
            request = await read(b"\r\n".join([*lines, b"", b""]))
            request.json()
        except (WebError, EOFError):
            return

    asyncio.run(attempt())


@given(st.binary(max_size=80), st.sampled_from(["b", '"b"', "", "b; charset=x"]))
def test_whatever_a_form_holds_it_has_parts_or_is_answered(
    body: bytes, boundary: str
) -> None:
    head = b"--b\r\nContent-Disposition: form-data; name="
    kind = f"multipart/form-data; boundary={boundary}"
    for whole in (body, head + body, head + b'"sdp"\r\n\r\n' + body + b"\r\n--b--\r\n"):
        request = WebRequest("POST", "/", {}, {"content-type": kind}, whole)
        with contextlib.suppress(WebError):
            assert all(isinstance(one, bytes) for one in request.parts().values())


def test_json_that_is_nested_too_deeply_is_answered() -> None:
    with pytest.raises(WebError):
        parse_object(b"[" * 100_000)
