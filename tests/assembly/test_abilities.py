from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from realtime_run.assembly.build import Built, build
from realtime_run.core.capabilities import Capabilities
from realtime_run.core.errors import SpecError
from realtime_run.core.turn_detection import TurnDetection
from realtime_run.plugin.api import Advice, Connection, Opening, Provider
from realtime_run.plugin.hooks import Offer, hookimpl
from realtime_run.plugin.host import Host
from realtime_run.plugin.settings import Settings


class ParrotSettings(Settings):
    voice: str = "polly"
    model: str = "green"


class Parrot:
    capabilities = Capabilities(
        input_hz=16_000, output_hz=16_000, turn=frozenset({"server", "silence"})
    )

    def __init__(self, settings: ParrotSettings) -> None:
        self.live: bool | None = None
        self.errors: tuple[Advice, ...] = ()
        if settings.model == "dead":
            error = Advice(
                message="it has ceased to be",
                setting="provider.model",
                severity="error",
            )
            self.errors = (error,)

    def adapted(self, *, live: bool) -> Provider:
        self.live = live
        return self

    def advice(self, opening: Opening) -> Sequence[Advice]:
        return (
            Advice(message=f"told {opening.instructions!r}", setting="provider.model"),
            Advice(message="shrill", setting="provider.voice", hint="try 'rio'"),
            *self.errors,
        )

    @asynccontextmanager
    async def connect(self, opening: Opening) -> AsyncGenerator[Connection]:
        raise NotImplementedError
        yield  # an async generator


class ParrotPlugin:
    @hookimpl
    def realtime_run_provider(self) -> Offer[Provider]:
        return Offer(ParrotSettings, Parrot)


def built(folder: Path, text: str, *overrides: str) -> Built:
    spec = folder / "agent.yaml"
    spec.write_text(text)
    host = Host()
    host.register(ParrotPlugin(), "parrot")
    return build(spec, overrides=overrides, environ={}, host=host)


def test_what_a_provider_can_do_of_a_turn_reaches_it(tmp_path: Path) -> None:
    text = "provider: parrot\nturn: {end: server, silence: 700ms}\n"

    parts = built(tmp_path, text).parts

    expected = TurnDetection(end="server", silence_ms=700)
    assert parts.opening((), ()).turn == expected


def test_what_a_provider_advises_stands_at_its_place(tmp_path: Path) -> None:
    text = "provider: {use: parrot, voice: ara}\ninstructions: hi\n"

    warnings = built(tmp_path, text).warnings

    assert [(w.line, w.column, w.message, w.hint, w.severity) for w in warnings] == [
        (1, 11, "told 'hi'", None, "warning"),
        (1, 32, "shrill", "try 'rio'", "warning"),
    ]


def test_a_setting_that_nobody_wrote_stands_where_its_owner_does(
    tmp_path: Path,
) -> None:
    parts = built(tmp_path, "provider: {use: parrot, voice: ara}\n").parts

    file = tmp_path / "agent.yaml"
    assert parts.locate("provider.voice") == f"{file}:1:32"
    assert parts.locate("provider.model") == f"{file}:1:11"
    assert parts.locate("turn.silence") is None


def test_a_setting_of_the_command_line_stands_there(tmp_path: Path) -> None:
    parts = built(tmp_path, "provider: parrot\n", "provider.voice=x").parts

    assert parts.locate("provider.voice") == "--set provider.voice"


def test_a_provider_is_told_whether_a_person_listens(tmp_path: Path) -> None:
    provider = built(tmp_path, "provider: parrot\n").parts.provider

    assert isinstance(provider, Parrot)
    assert provider.live is False


def test_what_a_provider_advises_against_is_not_run(tmp_path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        built(tmp_path, "provider: {use: parrot, model: dead}\n")

    last = caught.value.problems[-1]
    assert (last.line, last.column, last.message, last.severity) == (
        1,
        32,
        "it has ceased to be",
        "error",
    )
