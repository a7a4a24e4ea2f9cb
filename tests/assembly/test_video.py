import types
from pathlib import Path
from typing import Any

import pytest

from realtime_run.assembly.build import build
from realtime_run.builtin.video_sources import Camera, File, Lavfi, Screen
from realtime_run.core.capabilities import Capabilities
from realtime_run.core.errors import CapabilityError, SpecError
from realtime_run.plugin.hooks import Offer, hookimpl
from realtime_run.plugin.host import Host
from realtime_run.plugin.settings import Settings
from realtime_run.testing.scripted import ScriptedProvider


class SeeingSettings(Settings):
    sees: bool = True


@pytest.fixture
def host() -> Host:
    """The installed plugins, and a provider that takes images if it is told to."""

    def make(settings: SeeingSettings) -> ScriptedProvider:
        video = "images" if settings.sees else "none"
        return ScriptedProvider(
            Capabilities(input_hz=16_000, output_hz=24_000, video=video)
        )

    @hookimpl
    def realtime_run_provider() -> Offer[Any]:
        return Offer(SeeingSettings, make)

    plugin = types.ModuleType("seeing")
    plugin.realtime_run_provider = realtime_run_provider  # type: ignore[attr-defined]  # a module is its hooks
    host = Host()
    host.register(plugin, "seeing")
    return host


def spec(folder: Path, text: str) -> Path:
    file = folder / "agent.yaml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("written", "source"),
    [
        ("camera", Camera),
        ("{use: camera, device: brio, size: 640x480, rate: 5}", Camera),
        ("screen", Screen),
        ("lavfi", Lavfi),
        ("{use: lavfi, graph: 'color=red'}", Lavfi),
        ("{use: file, path: film.mp4, loop: true}", File),
    ],
)
def test_the_video_of_a_spec_is_made_and_not_opened(
    written: str, source: type, host: Host, tmp_path: Path
) -> None:
    (tmp_path / "film.mp4").touch()

    built = build(
        spec(tmp_path, f"provider: seeing\nvideo: {written}\nfps: 2.5\n"),
        host=host,
        environ={},
    )

    assert isinstance(built.parts.video, source)
    assert built.parts.fps == 2.5


@pytest.mark.parametrize("written", ["", "video: none\n"])
def test_without_video_there_is_none(written: str, host: Host, tmp_path: Path) -> None:
    built = build(
        spec(tmp_path, f"provider: {{use: seeing, sees: false}}\n{written}"),
        host=host,
        environ={},
    )

    assert built.parts.video is None
    assert built.parts.fps == 1


def test_a_video_that_nobody_would_see_is_refused_at_its_place(
    host: Host, tmp_path: Path
) -> None:
    file = spec(tmp_path, "provider: {use: seeing, sees: false}\nvideo: camera\n")

    with pytest.raises(CapabilityError) as raised:
        build(file, host=host, environ={})

    assert str(raised.value) == (
        f"{file}:2:8: error: provider 'seeing' takes no video\n"
        "2 | video: camera\n"
        "  |        ^^^^^^ say 'video: none'"
    )


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{use: file, path: none.mp4}", "no such file: 'none.mp4'"),
        ("{use: file}", "required key 'path' is missing"),
        ("{use: camera, size: big}", "must be a size, not 'big'"),
        ("{use: camera, rate: 60}", "must be at most 30, not 60"),
        ("{use: camera, fps: 3}", "unknown key 'fps'"),
        ("{use: lavfi, graph: 'movie=x.mp4'}", "'movie' is no filter that draws"),
        ("echo", "plugin 'echo' is a provider, not a video source"),
        ("camra", "did you mean 'camera'?"),
        ("./camera.py", "is a file, but a plugin is wanted here"),
    ],
)
def test_a_mistake_is_told_where_it_stands(
    written: str, said: str, host: Host, tmp_path: Path
) -> None:
    file = spec(tmp_path, f"provider: seeing\nvideo: {written}\n")

    with pytest.raises(SpecError) as raised:
        build(file, host=host, environ={})

    (problem,) = raised.value.problems
    assert said in str(problem)
    assert (problem.file, problem.line) == (str(file), 2)
