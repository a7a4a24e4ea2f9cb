"""The simulator over real sockets: addresses, keys, tokens and frames."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from realtime_run.core.errors import SpecError
from realtime_run_gemini.plugin import realtime_run_simulator
from realtime_run_gemini.simulator.server import GeminiSimulator
from realtime_run_gemini.simulator.settings import GeminiSimulatorSettings

GEMINI = "/ws/google.ai.generativelanguage.{}.GenerativeService.BidiGenerateContent"
VERTEX = "/ws/google.cloud.aiplatform.{}.LlmBidiService/BidiGenerateContent"
MODEL = "models/gemini-3.8-live"
KEY = {"x-goog-api-key": "k"}


@asynccontextmanager
async def simulator(**settings: Any) -> AsyncGenerator[str]:
    given = {"speed": 1000, "latency": "1ms", **settings}
    # Looks for files: off the loop, as a spec is loaded.
    made = await asyncio.to_thread(GeminiSimulatorSettings.model_validate, given)
    async with GeminiSimulator(made).open(None) as url:
        yield url


@asynccontextmanager
async def socket(
    url: str, path: str = GEMINI.format("v1beta"), headers: Mapping[str, str] = KEY
) -> AsyncGenerator[ClientConnection]:
    at = url.replace("http", "ws", 1) + path
    async with connect(at, additional_headers=headers) as connection:
        yield connection


async def exchange(connection: ClientConnection, **message: Any) -> dict[str, Any]:
    await connection.send(json.dumps(message))
    return await received(connection)


async def received(connection: ClientConnection) -> dict[str, Any]:
    message = json.loads(await connection.recv())
    assert isinstance(message, dict)
    return message


async def set_up(connection: ClientConnection, **fields: Any) -> dict[str, Any]:
    return await exchange(connection, setup={"model": MODEL, **fields})


async def refusal(url: str, path: str, headers: Mapping[str, str]) -> dict[str, Any]:
    """Return what a connection that is not accepted is told."""
    with pytest.raises(InvalidStatus) as caught:
        async with socket(url, path, headers):
            pass
    response = caught.value.response
    error: dict[str, Any] = json.loads(response.body)["error"]
    assert error["code"] == response.status_code
    return error


async def made_token(url: str, **asked: Any) -> str:
    async with httpx.AsyncClient() as client:
        response = await client.post(
            f"{url}/v1alpha/auth_tokens", json=asked, headers=KEY
        )
    name: str = response.raise_for_status().json()["name"]
    return name


async def closing(connection: ClientConnection) -> tuple[int, str]:
    with pytest.raises(ConnectionClosed):
        await connection.recv()
    return connection.close_code or 0, connection.close_reason or ""


@pytest.mark.parametrize("version", ["v1", "v1beta", "v1alpha", "v1beta1"])
@pytest.mark.parametrize(
    ("path", "query", "headers", "model"),
    [
        (GEMINI, "", KEY, MODEL),
        (GEMINI, "?key=k", {}, MODEL),
        (
            VERTEX,
            "",
            {"Authorization": "Bearer t"},
            "projects/p/locations/l/publishers/google/models/gemini-3.8-live",
        ),
    ],
)
async def test_each_address_serves_every_version(
    path: str, query: str, headers: Mapping[str, str], model: str, version: str
) -> None:
    async with simulator() as url:
        at = path.format(version) + query
        async with socket(url, at, headers) as connection:
            assert await set_up(connection, model=model) == {"setupComplete": {}}


@pytest.mark.parametrize(
    ("path", "headers", "code", "status"),
    [
        (GEMINI, {}, 403, "PERMISSION_DENIED"),
        (GEMINI, {"x-goog-api-key": ""}, 403, "PERMISSION_DENIED"),
        (VERTEX, {}, 401, "UNAUTHENTICATED"),
        (f"{GEMINI}Constrained", KEY, 401, "UNAUTHENTICATED"),
        (
            f"{GEMINI}Constrained",
            {"Authorization": "Token auth_tokens/x"},
            401,
            "UNAUTHENTICATED",
        ),
        ("/ws/else.{}", KEY, 404, "NOT_FOUND"),
    ],
)
async def test_who_has_no_key_is_not_let_in(
    path: str, headers: Mapping[str, str], code: int, status: str
) -> None:
    async with simulator() as url:
        error = await refusal(url, path.format("v1beta"), headers)

    assert (error["code"], error["status"]) == (code, status)


@pytest.mark.parametrize("code", [401, 403, 404, 429, 500])
async def test_no_connection_may_be_accepted(code: int) -> None:
    async with simulator(faults={"handshake": str(code)}) as url:
        error = await refusal(url, GEMINI.format("v1beta"), KEY)

    assert error["code"] == code


@pytest.mark.parametrize("is_text", [True, False])
async def test_text_and_binary_are_taken_and_binary_is_sent(
    is_text: bool,
) -> None:
    setup = json.dumps({"setup": {"model": MODEL}})
    async with simulator() as url, socket(url) as connection:
        await connection.send(setup if is_text else setup.encode())

        answer = await connection.recv()

    assert answer == b'{"setupComplete": {}}'


async def test_a_text_is_answered_with_sound() -> None:
    async with simulator() as url, socket(url) as connection:
        await set_up(connection, outputAudioTranscription={})
        message = await exchange(connection, realtime_input={"text": "hello"})
        content = [message["serverContent"]]
        while "turnComplete" not in content[-1]:
            content.append((await received(connection))["serverContent"])

    words = [
        one["outputTranscription"]["text"]
        for one in content
        if "outputTranscription" in one
    ]
    assert "".join(words) == 'You wrote: "hello".'
    assert any("modelTurn" in one for one in content)


async def test_a_refusal_closes_with_a_reason_that_fits() -> None:
    async with simulator() as url, socket(url) as connection:
        await connection.send(json.dumps({"setup": {"model": "models/gemini-x"}}))
        code, reason = await closing(connection)

    assert code == 1008
    assert reason.startswith("models/gemini-x is not found for API version v1beta")
    assert len(reason.encode()) <= 123


async def test_a_token_lets_in_as_often_as_it_says() -> None:
    path = f"{GEMINI.format('v1alpha')}Constrained"
    async with simulator() as url:
        name = await made_token(url, uses=1)
        headers = {"Authorization": f"Token {name}"}
        async with socket(url, path, headers) as connection:
            first = await set_up(connection)
        at = f"{path}?access_token={name}"
        async with socket(url, at, {}) as connection:
            await connection.send(json.dumps({"setup": {"model": MODEL}}))
            code, _ = await closing(connection)

    assert name.startswith("auth_tokens/")
    assert first == {"setupComplete": {}}
    assert code == 1008


async def test_to_resume_is_no_use_of_a_token() -> None:
    path = f"{GEMINI.format('v1alpha')}Constrained"
    async with simulator() as url:
        name = await made_token(url)
        headers = {"Authorization": f"Token {name}"}
        async with socket(url, path, headers) as connection:
            await set_up(connection, sessionResumption={})
            update = await exchange(connection, clientContent={"turns": []})
            handle = update["sessionResumptionUpdate"]["newHandle"]
        async with socket(url, path, headers) as connection:
            again = await set_up(connection, sessionResumption={"handle": handle})

    assert again == {"setupComplete": {}}


async def test_a_token_may_lock_the_whole_setup_or_some_fields() -> None:
    path = f"{GEMINI.format('v1alpha')}Constrained"
    locked = {"model": MODEL, "generationConfig": {"temperature": 0.5}}
    wrong = {"thinkingConfig": {"thinkingLevel": "LOW"}}
    async with simulator() as url:
        whole = await made_token(url, bidiGenerateContentSetup=locked)
        some = await made_token(
            url,
            bidiGenerateContentSetup=locked,
            fieldMask="generationConfig.temperature",
        )
        found: list[str] = []
        for name in (whole, some):
            headers = {"Authorization": f"Token {name}"}
            async with socket(url, path, headers) as connection:
                setup = {"model": MODEL, "generationConfig": wrong}
                await connection.send(json.dumps({"setup": setup}))
                try:
                    found.append(str(await received(connection)))
                except ConnectionClosed:
                    found.append(connection.close_reason or "")

    assert found == [
        "{'setupComplete': {}}",
        "Thinking config is not supported for this model.",
    ]


@pytest.mark.parametrize(
    "asked",
    [
        {"uses": -1},
        {"uses": "many"},
        {"expireTime": "soon"},
        {"expireTime": "2000-01-01T00:00:00Z"},
        {"bidiGenerateContentSetup": {"x": 1}},
        {"fieldMask": "generationConfig.x"},
        {"fieldMask": "x"},
    ],
)
async def test_a_token_that_makes_no_sense_is_not_made(asked: dict[str, Any]) -> None:
    async with simulator() as url, httpx.AsyncClient() as client:
        response = await client.post(
            f"{url}/v1alpha/auth_tokens", json=asked, headers=KEY
        )

    assert response.status_code == 400
    assert response.json()["error"]["status"] == "INVALID_ARGUMENT"


async def test_a_session_goes_on_over_another_connection() -> None:
    async with simulator() as url:
        async with socket(url) as connection:
            await set_up(connection, sessionResumption={})
            turn = {"role": "user", "parts": [{"text": "My name is Ada."}]}
            update = await exchange(connection, client_content={"turns": [turn]})
            handle = update["sessionResumptionUpdate"]["newHandle"]
        async with socket(url) as connection:
            await set_up(
                connection,
                sessionResumption={"handle": handle},
                outputAudioTranscription={},
            )
            await connection.send(
                json.dumps({"realtimeInput": {"text": "What was first?"}})
            )
            said = ""
            while True:
                content = (await received(connection)).get("serverContent", {})
                said += content.get("outputTranscription", {}).get("text", "")
                if "turnComplete" in content:
                    break

    assert said == 'The first thing you said was "My name is Ada.".'


async def test_faults_may_concern_the_first_connections_only() -> None:
    faults = {"reject_setup": ""}
    async with simulator(faults=faults, faulty_connections=1) as url:
        async with socket(url) as connection:
            await connection.send(json.dumps({"setup": {"model": MODEL}}))
            code, _ = await closing(connection)
        async with socket(url) as connection:
            again = await set_up(connection)

    assert (code, again) == (1007, {"setupComplete": {}})


async def test_a_message_may_come_in_pieces() -> None:
    async with simulator(faults={"trickle": "1"}) as url, socket(url) as connection:
        await connection.send(json.dumps({"setup": {"model": MODEL}}))
        pieces = [piece async for piece in connection.recv_streaming()]

    assert len(pieces) == 3
    assert b"".join(pieces) == b'{"setupComplete": {}}'


async def test_a_wrong_script_is_told_before_serving(tmp_path: Path) -> None:
    script = tmp_path / "talk.yaml"
    script.write_text("turns: [{sing: la}]\n", encoding="utf-8")

    with pytest.raises(SpecError, match="sing"):
        async with simulator(script=str(script)):
            pass


async def test_the_plugin_leads_a_spec_to_its_simulator() -> None:
    offer = realtime_run_simulator()

    reached = offer.reach("http://127.0.0.1:1")

    assert offer.settings is GeminiSimulatorSettings
    assert reached["endpoint"] == "http://127.0.0.1:1"
    assert reached["api_key"] == "simulator"
