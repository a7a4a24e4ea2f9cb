"""Access tokens for Vertex, from a server of tokens on this machine."""

import asyncio
import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from websockets.asyncio.server import ServerConnection, serve

from realtime_run.core.errors import ProviderError
from realtime_run.plugin.provider_api import Opening
from realtime_run.plugin.threads import run_in_thread
from realtime_run_gemini.provider import GeminiProvider
from realtime_run_gemini.settings import GeminiSettings
from realtime_run_gemini.vertex_credentials import VertexCredentials
from realtime_run_gemini.vertex_settings import Vertex

pytest.importorskip("google.auth", reason="google-auth is not installed")
pytest.importorskip("requests", reason="requests is not installed")


class Tokens:
    """A server that gives access tokens, each another one."""

    def __init__(self) -> None:
        self.asked: list[dict[str, list[str]]] = []
        self.refusal: dict[str, str] | None = None
        self.lifetime_s = 3600
        self.url = ""

    def answer(self, form: dict[str, list[str]]) -> tuple[int, dict[str, Any]]:
        self.asked.append(form)
        if self.refusal is not None:
            return 400, self.refusal
        token = f"ya29.{len(self.asked)}"
        return 200, {"access_token": token, "expires_in": self.lifetime_s}


@pytest.fixture
def tokens() -> Iterator[Tokens]:
    given = Tokens()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            status, body = given.answer(parse_qs(self.rfile.read(length).decode()))
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        given.url = f"http://127.0.0.1:{server.server_port}/token"
        try:
            yield given
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def key_file(tmp_path: Path, tokens: Tokens) -> Path:
    """A key of a service account that asks the server of tokens."""
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415 - slow
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file = tmp_path / "key.json"
    content = {
        "type": "service_account",
        "project_id": "p",
        "private_key_id": "1",
        "private_key": pem.decode(),
        "client_email": "rover@p.iam.gserviceaccount.com",
        "token_uri": tokens.url,
    }
    file.write_text(json.dumps(content), encoding="utf-8")
    return file


@pytest.fixture
def user_file(tmp_path: Path) -> Path:
    """What `gcloud auth application-default login` leaves, with a token in it."""
    file = tmp_path / "user.json"
    content = {
        "type": "authorized_user",
        "client_id": "c",
        "client_secret": "s",
        "refresh_token": "r",
        "token": "ya29.user",
        "expiry": "2099-01-01T00:00:00Z",
        "quota_project_id": "billed",
    }
    file.write_text(json.dumps(content), encoding="utf-8")
    return file


async def vertex(**fields: Any) -> VertexCredentials:
    given = {"project": "p", "location": "eu", **fields}
    # In a thread: whether the file exists is looked up.
    settings = await run_in_thread(Vertex.model_validate, given)
    return VertexCredentials(settings, timeout_s=5.0)


async def refused(credentials: VertexCredentials) -> ProviderError:
    with pytest.raises(ProviderError) as raised:
        await credentials.headers()
    return raised.value


async def test_a_service_account_is_given_a_token_and_keeps_it(
    tokens: Tokens, key_file: Path
) -> None:
    credentials = await vertex(credentials=str(key_file))

    first, second = await credentials.headers(), await credentials.headers()

    assert first == second == {"Authorization": "Bearer ya29.1"}
    assert [form["grant_type"] for form in tokens.asked] == [
        ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    ]


async def test_a_token_is_renewed_before_it_ends(
    tokens: Tokens, key_file: Path
) -> None:
    tokens.lifetime_s = 200
    credentials = await vertex(credentials=str(key_file))

    first, second = await credentials.headers(), await credentials.headers()

    assert [first["Authorization"], second["Authorization"]] == [
        "Bearer ya29.1",
        "Bearer ya29.2",
    ]


async def test_two_connections_at_a_time_ask_for_one_token(
    tokens: Tokens, key_file: Path
) -> None:
    credentials = await vertex(credentials=str(key_file))

    async with asyncio.TaskGroup() as tasks:
        for _ in range(2):
            tasks.create_task(credentials.headers())

    assert len(tokens.asked) == 1


async def test_application_default_credentials_say_who_one_is(
    tokens: Tokens,
    key_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key_file))

    headers = await (await vertex()).headers()

    assert headers == {"Authorization": "Bearer ya29.1"}
    assert len(tokens.asked) == 1


async def test_a_users_credentials_say_who_is_billed(user_file: Path) -> None:
    own = await vertex(credentials=str(user_file))
    told = await vertex(credentials=str(user_file), quota_project="other")

    assert (await own.headers())["x-goog-user-project"] == "billed"
    assert (await told.headers())["x-goog-user-project"] == "other"


async def test_a_refused_account_ends_the_session(
    tokens: Tokens, key_file: Path
) -> None:
    tokens.refusal = {"error": "invalid_grant", "error_description": "No such account"}

    error = await refused(await vertex(credentials=str(key_file)))

    assert error.message.startswith("Google Cloud gives no access token: ")
    assert "No such account" in error.message
    assert (error.setting, error.is_recoverable) == ("provider.vertex", False)


async def test_a_server_of_tokens_that_is_away_is_tried_again(
    tokens: Tokens, key_file: Path
) -> None:
    content = json.loads(await run_in_thread(key_file.read_text))
    away = {**content, "token_uri": tokens.url.replace("http", "https")}
    await run_in_thread(key_file.write_text, json.dumps(away))

    error = await refused(await vertex(credentials=str(key_file)))

    assert error.message.startswith("cannot reach Google's server of access tokens: ")
    assert error.is_recoverable


@pytest.mark.parametrize(
    "module", ["google.auth.exceptions", "google.auth.transport.requests"]
)
async def test_without_googles_library_it_is_told_how_it_comes(
    key_file: Path, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)

    error = await refused(await vertex(credentials=str(key_file)))

    assert "pip install 'realtime-run-gemini[vertex]'" in error.message
    assert (error.setting, error.is_recoverable) == ("provider.vertex", False)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("no JSON", "'key.json' is no file of credentials: JSONDecodeError("),
        ("[]", "'key.json' is no file of credentials: TypeError("),
        ("{}", "'key.json' is no file of credentials: KeyError('type')"),
        (
            '{"type": "external_account"}',
            (
                "'key.json' holds credentials of the kind 'external_account'; leave"
                " 'credentials' out, and name the file in the variable"
                " GOOGLE_APPLICATION_CREDENTIALS"
            ),
        ),
        ('{"type": "service_account"}', "'key.json' cannot be used: "),
        ('{"type": "authorized_user"}', "'key.json' cannot be used: "),
    ],
)
async def test_a_file_that_holds_no_credentials_is_named(
    tmp_path: Path, content: str, message: str
) -> None:
    file = tmp_path / "key.json"
    await run_in_thread(file.write_text, content)

    error = await refused(await vertex(credentials=str(file)))

    assert error.message.startswith(message)
    assert error.setting == "provider.vertex.credentials"
    assert not error.is_recoverable


async def test_a_connection_to_vertex_carries_the_token(key_file: Path) -> None:
    seen: asyncio.Queue[tuple[str, str, dict[str, Any]]] = asyncio.Queue()

    async def behave(connection: ServerConnection) -> None:
        request = connection.request
        assert request is not None
        setup = json.loads(await connection.recv())["setup"]
        seen.put_nowait((request.path, request.headers["Authorization"], setup))
        await connection.send(b'{"setupComplete": {"sessionId": "s-1"}}')
        await connection.wait_closed()

    async with serve(behave, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        given = {
            "endpoint": f"http://127.0.0.1:{port}",
            "vertex": {"project": "p", "location": "eu", "credentials": str(key_file)},
        }
        settings = await run_in_thread(GeminiSettings.model_validate, given)
        provider = GeminiProvider(settings)
        async with provider.connect(Opening()) as connection:
            config = connection.session_config
        path, who, setup = await seen.get()

    assert path.endswith("aiplatform.v1beta1.LlmBidiService/BidiGenerateContent")
    assert who == "Bearer ya29.1"
    assert setup["model"] == (
        "projects/p/locations/eu/publishers/google/models/gemini-3.8-live"
    )
    assert config["sessionId"] == "s-1"


async def test_a_proxy_that_makes_no_sense_is_told_without_its_password(
    key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_PROXY", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", "http://user:hush@")

    error = await refused(await vertex(credentials=str(key_file)))

    said = "the proxy named by the environment cannot be used"
    assert error.message.startswith(said)
    assert "hush" not in error.message
    assert not error.is_recoverable
