"""What a server's refusal of a call means."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from realtime_run.core.errors import ProviderError
from realtime_run.plugin.api import Opening
from realtime_run_openai.webrtc import open_webrtc

Make = Callable[..., Any]


def body(message: str, code: str | None = None, param: str | None = None) -> str:
    error = {"message": message, "type": "invalid_request_error"}
    return json.dumps({"error": {**error, "code": code, "param": param}})


async def refused(settings: Any) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        async with open_webrtc(settings, Opening()):
            pass
    return caught.value


@pytest.mark.parametrize(
    ("status", "answer", "expected"),
    [
        (
            401,
            body("Incorrect API key provided.", "invalid_api_key"),
            ("invalid_api_key", False, "provider.api_key"),
        ),
        (403, "", ("403", False, "provider.api_key")),
        (
            404,
            body("no such model", "model_not_found", "model"),
            ("model_not_found", False, "provider.model"),
        ),
        (
            400,
            body("no such voice", "invalid_value", "session.audio.output.voice"),
            ("invalid_value", False, "provider.voice"),
        ),
        (429, body("slow down", "rate_limit_exceeded"), ("rate_limit_exceeded", True)),
        (429, body("pay first", "insufficient_quota"), ("insufficient_quota", False)),
        (500, "<html>oh dear</html>", ("500", True)),
        (503, body("overloaded"), ("invalid_request_error", True)),
    ],
)
async def test_a_refusal_says_whether_to_try_again_and_what_is_at_fault(
    server: Any, settings: Make, status: int, answer: str, expected: tuple[Any, ...]
) -> None:
    server.refusal = (status, answer)

    error = await refused(settings())

    assert (error.code, error.is_recoverable, error.setting)[
        : len(expected)
    ] == expected
    assert f"HTTP {status}" in error.message


async def test_the_server_s_own_words_are_passed_on(
    server: Any, settings: Make
) -> None:
    server.refusal = (404, body("The model 'gpt-x' does not exist."))

    error = await refused(settings())

    assert error.message == (
        "the server refused the connection (HTTP 404): The model 'gpt-x' does not exist"
    )


@pytest.mark.parametrize(
    "refusal", [(200, "{}"), (200, "no JSON"), (200, '{"value":1}')]
)
async def test_an_ephemeral_key_that_does_not_come_is_an_error_of_the_server(
    server: Any, settings: Make, refusal: tuple[int, str]
) -> None:
    server.refusal = refusal

    error = await refused(settings(client_secret=True))

    assert (error.code, error.is_recoverable) == ("invalid_answer", True)


async def test_an_answer_without_a_session_description_is_an_error_of_the_server(
    server: Any, settings: Make
) -> None:
    server.refusal = (201, "hello")

    error = await refused(settings())

    assert error.message == "127.0.0.1 answered without a session description (SDP)"


async def test_a_server_that_is_not_there_is_named(settings: Make) -> None:
    error = await refused(settings(base_url="http://127.0.0.1:9/v1"))

    assert error.message == "cannot reach 127.0.0.1:9: connection refused"
    assert (error.code, error.is_recoverable) == ("unreachable", True)


async def test_parameters_of_the_address_go_with_every_request(
    server: Any, settings: Make
) -> None:
    async with open_webrtc(
        settings(query={"webrtcfilter": "on"}, project="proj_1"), Opening()
    ):
        pass

    assert server.paths == [
        "/v1/realtime/calls?webrtcfilter=on",
        "/v1/realtime/calls/rtc_0/hangup?webrtcfilter=on",
    ]
    assert server.requests[0][1]["openai-project"] == "proj_1"


PROXIES = ("http_proxy", "https_proxy", "all_proxy")


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:9", "socks9://127.0.0.1:9"])
async def test_this_machine_is_never_called_by_a_proxy(
    server: Any, settings: Make, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    for name in PROXIES:
        monkeypatch.setenv(name, proxy)

    async with open_webrtc(settings(), Opening()):
        pass

    assert len(server.paths) == 2


async def test_a_proxy_that_makes_no_sense_is_told(
    settings: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in PROXIES:
        monkeypatch.setenv(name, "socks9://127.0.0.1:9")

    error = await refused(settings(base_url="https://example.invalid/v1"))

    assert error.message.startswith(
        "the proxy named by the environment cannot be used: "
    )
    assert (error.code, error.is_recoverable) == ("proxy", False)
