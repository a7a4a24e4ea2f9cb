"""TLS, by processes of their own: they trust what SSL_CERT_FILE names."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from realtime_run.plugin.simulation import TlsFiles

pytestmark = pytest.mark.timeout(60)

TALK = """
import asyncio, sys
from openai import AsyncOpenAI

async def talk():
    client = AsyncOpenAI(api_key="x", base_url=sys.argv[1])
    async with client.realtime.connect(model="gpt-realtime-2.1") as connection:
        part = {"type": "input_text", "text": "hello"}
        item = {"type": "message", "role": "user", "content": [part]}
        await connection.conversation.item.create(item=item)
        await connection.response.create()
        async for event in connection:
            if event.type == "response.done":
                print(event.response.output[0].content[0].transcript)
                return

asyncio.run(talk())
"""
both = pytest.mark.parametrize("transport", ["websocket", "webrtc"])


@pytest.fixture
def url(tls_files: TlsFiles, serving: Any) -> Iterator[str]:
    """The simulator, as the command line serves it."""
    files = (str(tls_files.certificate), str(tls_files.key))
    with serving("openai", "--tls", *files) as at:
        yield at


def trusting(tls_files: TlsFiles) -> dict[str, str]:
    return os.environ | {"SSL_CERT_FILE": str(tls_files.certificate)}


def converse(folder: Path, url: str, transport: str, **environment: str) -> Any:
    """Write one line to the model; return the process and the events."""
    events = folder / "events.jsonl"
    spec = {
        "version": 1,
        "provider": {
            "use": "openai",
            "base_url": url,
            "api_key": "k",
            "transport": transport,
        },
        "audio": "none",
        "handlers": [{"use": "jsonl", "path": str(events)}],
        "session": {"reconnect": {"max_attempts": 0}},
    }
    (folder / "agent.yaml").write_text(json.dumps(spec), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "realtime_run", "agent.yaml"],
        input="hello\n",
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = events.read_text(encoding="utf-8").splitlines() if events.exists() else ()
    return done, [json.loads(line) for line in lines]


def test_the_vendors_own_client_talks_to_the_simulator_over_tls(
    url: str, tls_files: TlsFiles
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", TALK, url],
        env=trusting(tls_files),
        capture_output=True,
        text=True,
        check=False,
    )

    assert url.startswith("https://127.0.0.1:")
    assert (done.stdout, done.stderr) == ('You wrote: "hello".\n', "")


@both
def test_a_spec_is_run_over_tls(
    url: str, tls_files: TlsFiles, tmp_path: Path, transport: str
) -> None:
    done, events = converse(tmp_path, url, transport, **trusting(tls_files))

    assert done.returncode == 0, done.stderr
    (answer,) = [
        e for e in events if e["type"] == "realtime_response" and e["is_complete"]
    ]
    assert answer["text"] == 'You wrote: "hello".'


@both
def test_a_certificate_that_nobody_vouches_for_ends_the_run(
    url: str, tmp_path: Path, transport: str
) -> None:
    done, _ = converse(tmp_path, url, transport, **os.environ)

    assert done.returncode == 2
    host = url.removeprefix("https://").removesuffix("/v1")
    assert f"the certificate of {host} is not trusted" in done.stderr
    assert "SSL_CERT_FILE" in done.stderr
    assert "Traceback" not in done.stderr
