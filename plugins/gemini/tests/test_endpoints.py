"""Where the server is, and how one says who one is."""

from typing import Any

import pytest

from realtime_run_gemini.endpoints import bearer_headers, key_headers, websocket_url
from realtime_run_gemini.settings import GeminiSettings

OF_GEMINI = "/ws/google.ai.generativelanguage"
OF_VERTEX = "/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent"
TOKEN = "auth_tokens/t"  # noqa: S105 - opens nothing


def settings(**fields: Any) -> GeminiSettings:
    return GeminiSettings.model_validate(fields)


def at(location: str) -> dict[str, Any]:
    return {"vertex": {"project": "p", "location": location, "access_token": "t"}}


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        (
            {"api_key": "k"},
            (
                f"wss://generativelanguage.googleapis.com{OF_GEMINI}.v1beta"
                ".GenerativeService.BidiGenerateContent"
            ),
        ),
        (
            {"api_key": "k", "api_version": "v1alpha"},
            (
                f"wss://generativelanguage.googleapis.com{OF_GEMINI}.v1alpha"
                ".GenerativeService.BidiGenerateContent"
            ),
        ),
        (
            {"token": TOKEN},
            (
                f"wss://generativelanguage.googleapis.com{OF_GEMINI}.v1alpha"
                ".GenerativeService.BidiGenerateContentConstrained"
            ),
        ),
        (
            at("europe-west4"),
            f"wss://europe-west4-aiplatform.googleapis.com{OF_VERTEX}",
        ),
        (at("global"), f"wss://aiplatform.googleapis.com{OF_VERTEX}"),
        (at("eu"), f"wss://aiplatform.eu.rep.googleapis.com{OF_VERTEX}"),
        (at("us"), f"wss://aiplatform.us.rep.googleapis.com{OF_VERTEX}"),
        ({"vertex": {"api_key": "k"}}, f"wss://aiplatform.googleapis.com{OF_VERTEX}"),
        (
            {"api_key": "k", "endpoint": "http://127.0.0.1:8/proxy/"},
            (
                f"ws://127.0.0.1:8/proxy{OF_GEMINI}.v1beta"
                ".GenerativeService.BidiGenerateContent"
            ),
        ),
        (
            {**at("eu"), "endpoint": "wss://gateway.example.com"},
            f"wss://gateway.example.com{OF_VERTEX}",
        ),
    ],
)
def test_the_address_follows_from_who_one_is(fields: dict[str, Any], url: str) -> None:
    assert websocket_url(settings(**fields)) == url


@pytest.mark.parametrize(
    ("fields", "headers"),
    [
        ({"api_key": "k"}, {"x-goog-api-key": "k"}),
        ({"token": TOKEN}, {"Authorization": f"Token {TOKEN}"}),
        (at("eu"), {"Authorization": "Bearer t"}),
        ({"vertex": {"api_key": "k"}}, {"x-goog-api-key": "k"}),
        ({"vertex": {"project": "p", "location": "eu"}}, None),
    ],
)
def test_who_one_is_stands_in_a_header(
    fields: dict[str, Any], headers: dict[str, str] | None
) -> None:
    assert key_headers(settings(**fields)) == headers


def test_a_project_can_be_billed_that_is_not_asked() -> None:
    assert bearer_headers("t", "billed") == {
        "Authorization": "Bearer t",
        "x-goog-user-project": "billed",
    }
