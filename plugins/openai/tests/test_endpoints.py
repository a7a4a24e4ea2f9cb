"""Addresses and HTTP headers."""

from typing import Any

import pytest

from realtime_run_openai.endpoints import headers, http_url, websocket_url
from realtime_run_openai.settings import OpenAISettings


def settings_of(**given: Any) -> OpenAISettings:
    return OpenAISettings.model_validate(
        {"api_key": "k", "model": "m", "voice": "v", **given}
    )


@pytest.mark.parametrize(
    ("base_url", "http", "websocket"),
    [
        (
            "https://api.openai.com/v1",
            "https://api.openai.com/v1",
            "wss://api.openai.com/v1/realtime?model=m",
        ),
        (
            "wss://r.openai.azure.com/openai/v1/",
            "https://r.openai.azure.com/openai/v1",
            "wss://r.openai.azure.com/openai/v1/realtime?model=m",
        ),
        (
            "http://127.0.0.1:8080",
            "http://127.0.0.1:8080",
            "ws://127.0.0.1:8080/realtime?model=m",
        ),
        (
            "ws://[::1]:8080/v1",
            "http://[::1]:8080/v1",
            "ws://[::1]:8080/v1/realtime?model=m",
        ),
    ],
)
def test_one_address_gives_those_of_both_transports(
    base_url: str, http: str, websocket: str
) -> None:
    settings = settings_of(base_url=base_url)

    assert (http_url(settings), websocket_url(settings)) == (http, websocket)


def test_what_the_address_carries_is_quoted() -> None:
    settings = settings_of(model="a b&c", query={"q": "ü=1"})

    assert websocket_url(settings) == (
        "wss://api.openai.com/v1/realtime?model=a+b%26c&q=%C3%BC%3D1"
    )


def test_openai_takes_a_bearer_token_and_who_pays() -> None:
    settings = settings_of(organization="org", project="p", safety_identifier="hash")

    assert headers(settings) == {
        "Authorization": "Bearer k",
        "OpenAI-Organization": "org",
        "OpenAI-Project": "p",
        "OpenAI-Safety-Identifier": "hash",
    }


@pytest.mark.parametrize(
    ("dialect", "sent"),
    [("azure", {"api-key": "k"}), ("xai", {"Authorization": "Bearer k"})],
)
def test_every_vendor_takes_its_key_in_its_own_way(
    dialect: str, sent: dict[str, str]
) -> None:
    assert headers(settings_of(dialect=dialect)) == sent


def test_an_address_is_at_fault_only_if_one_was_written() -> None:
    given = {"api_key": "k"}
    unwritten = OpenAISettings.model_validate(given)
    written = OpenAISettings.model_validate({**given, "base_url": "https://h/v1"})

    blamed = [each.blamed_address for each in (written, unwritten)]

    assert blamed == ["provider.base_url", None]
