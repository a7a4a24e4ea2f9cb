"""Whole conversations with the simulator, over any transport."""

import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from realtime_run.core.pcm import Pcm
from realtime_run.plugin.provider_api import Provider
from realtime_run.plugin.simulation import TlsFiles
from realtime_run.plugin.threads import run_in_thread
from realtime_run.testing.conformance import Scene, Subject
from realtime_run.testing.conformance.performance import talking
from realtime_run.testing.conformance.talk import Options, Talk
from realtime_run_openai.provider import OpenAIProvider
from realtime_run_openai.settings import OpenAISettings
from realtime_run_openai.simulator.server import OpenAISimulator
from realtime_run_openai.simulator.settings import OpenAISimulatorSettings

KEY = "key-of-these-tests"
SPEECH = Pcm((b"\x00\x20" * 8 + b"\x00\xe0" * 8) * 1000, 16_000)
"""A second that is taken for speech."""
Via = Callable[[str], AbstractAsyncContextManager[str]]


@asynccontextmanager
async def directly(url: str) -> AsyncGenerator[str]:
    yield url


@dataclass(frozen=True, kw_only=True)
class Setting:
    """How a conversation is to be."""

    folder: Path
    turns: Sequence[Mapping[str, Any]] = ()
    faults: Mapping[str, str] = field(default_factory=dict[str, str])
    faulty_connections: int | None = None
    speed: float = 10.0
    provider: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What stands beside `use: openai`."""
    via: Via = directly
    """What stands between the provider and the simulator; given its URL."""
    options: Options = field(default_factory=Options)

    @asynccontextmanager
    async def stage(self, _: Scene) -> AsyncGenerator[Provider]:
        simulator = OpenAISimulator(await run_in_thread(self._simulator))
        async with simulator.open(None) as url, self.via(url) as at:
            given = {"base_url": at, "api_key": KEY, **self.provider}
            yield OpenAIProvider(OpenAISettings.model_validate(given))

    def _simulator(self) -> OpenAISimulatorSettings:
        script = self.folder / "script.yaml"
        script.write_text(json.dumps({"turns": list(self.turns)}), encoding="utf-8")
        return OpenAISimulatorSettings.model_validate(
            {
                "speed": self.speed,
                "latency": "0s",
                "script": str(script),
                "faults": self.faults,
                "faulty_connections": self.faulty_connections,
            }
        )


@pytest.fixture
def conversing(
    tmp_path: Path,
) -> Callable[..., AbstractAsyncContextManager[Talk]]:
    """Hold a conversation; at its end, every rule of events is checked."""

    @asynccontextmanager
    async def converse(transport: str, **asked: Any) -> AsyncGenerator[Talk]:
        provider = {"transport": transport, **asked.pop("provider", {})}
        setting = Setting(folder=tmp_path, provider=provider, **asked)
        subject = Subject(
            name="openai",
            stage=partial(Setting.stage, setting),
            speech=SPEECH,
            secrets=frozenset({KEY}),
            patience_s=9.0,
        )
        async with talking(subject, Scene.PLAIN, setting.options) as talk:
            await talk.realtime.connect()
            yield talk

    return converse


@pytest.fixture(scope="session")
def tls_files(tmp_path_factory: pytest.TempPathFactory) -> TlsFiles:
    """A certificate for 127.0.0.1 that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "cert.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return TlsFiles.model_validate(
        {"certificate": str(folder / "cert.pem"), "key": str(folder / "key.pem")}
    )
