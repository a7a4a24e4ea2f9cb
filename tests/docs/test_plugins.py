"""A stranger's plugin, written as the page tells to, in an environment of its own."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
import venv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from realtime_run.plugin.inspection import KINDS

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "plugins.md"
FILE = re.compile(
    r"^`(?P<name>[\w./]+)`:\n\n```\w+\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)

pytestmark = pytest.mark.timeout(90)

LAME = {
    "pyproject.toml": """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "realtime-run-lame"
version = "0.1"
[project.entry-points.realtime_run]
lame = "realtime_run_lame"
""",
    "src/realtime_run_lame/__init__.py": "import nonexistent_sdk\n",
}

TALK = """
import asyncio, json, sys
from realtime_run.core.events import RealtimeAgentSpeechTranscriptionEvent
from realtime_run.realtime import Realtime

async def talk(spec, *texts):
    finals = asyncio.Queue()

    async def listen(event):
        if event.mode == "final" and event.text:
            await finals.put(event.text)

    realtime = Realtime.from_spec(spec)
    realtime.subscribe(RealtimeAgentSpeechTranscriptionEvent, listen)
    said = []
    async with realtime:
        for text in texts:
            await realtime.simple_response(text)
            said.append(await finals.get())
    return said

print(json.dumps(asyncio.run(talk(*sys.argv[1:]))))
"""

DESCRIBE = """
import json
from dataclasses import asdict
from realtime_run.plugin.host import Host

described = [asdict(plugin) for plugin in Host().describe()]
print(json.dumps({plugin.pop("name"): plugin for plugin in described}))
"""


@dataclass(frozen=True)
class Environment:
    """A virtual environment with the runner and two strangers' distributions."""

    python: Path
    agent: Path

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.python, "-I", *arguments],
            capture_output=True,
            text=True,
            cwd=self.agent.parent,
            check=False,
        )


def documented_files() -> dict[str, str]:
    page = PAGE.read_text(encoding="utf-8")
    return {match["name"]: match["text"] for match in FILE.finditer(page)}


def build(project: Path, into: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", into],
        cwd=project,
        check=True,
        capture_output=True,
    )


def needed_by(requirements: Sequence[str]) -> Iterator[Distribution]:
    """Give the distributions that fulfil requirements, and what those depend on."""
    found: set[str] = set()
    waiting = [Requirement(line) for line in requirements]
    while waiting:
        requirement = waiting.pop()
        marker = requirement.marker
        if requirement.name in found or not (
            marker is None or marker.evaluate({"extra": ""})
        ):
            continue
        found.add(requirement.name)
        package = distribution(requirement.name)
        waiting += [Requirement(line) for line in package.requires or ()]
        yield package


def lend(package: Distribution, to: Path) -> None:
    """Make an installed distribution one of another environment too."""
    for file in package.files or ():
        top = file.parts[0]
        source = Path(str(package.locate_file(top)))
        if top not in ("..", "__pycache__") and not (to / top).exists():
            (to / top).symlink_to(source)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    folder = tmp_path_factory.mktemp("stranger")
    for name, files in {"parrot": documented_files(), "lame": LAME}.items():
        for path, text in files.items():
            file = folder / name / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    wheels = folder / "wheels"
    for source in (ROOT, folder / "parrot", folder / "lame"):
        build(source, wheels)
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    python = folder / "venv" / "bin" / "python"
    (site_packages,) = (folder / "venv" / "lib").glob("python3*/site-packages")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for package in needed_by(project["project"]["dependencies"]):
        lend(package, site_packages)
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "--python", python, "install"),
            *("--quiet", "--no-index", "--no-deps", "--no-compile"),
            *wheels.glob("*.whl"),
        ],
        check=True,
        capture_output=True,
    )
    agent = folder / "agent" / "agent.yaml"
    agent.parent.mkdir()
    for name in ("agent.yaml", "handlers.py", "tools.py"):
        shutil.copy(folder / "parrot" / name, agent.parent)
    return Environment(python, agent)


def test_all_that_the_page_describes_serves_a_conversation(
    environment: Environment,
) -> None:
    talk = environment.run("-c", TALK, "agent.yaml", "hello", "use roll", "use wave")

    assert talk.stderr == ""
    hello, rolled, waved = json.loads(talk.stdout)
    assert (hello, waved) == ("hello", "waved 1x")
    assert re.fullmatch(r"rolled \d+ with 1d20", rolled)
    words = environment.agent.with_name("words.txt").read_text(encoding="utf-8")
    assert words == f"hello\n{rolled}\n{waved}\n"
    log = environment.agent.with_name("tools.log").read_text(encoding="utf-8")
    assert log == "roll True\nwave True\n"


def test_a_strangers_settings_are_checked_like_our_own(
    environment: Environment,
) -> None:
    wrong = environment.agent.with_name("wrong.yaml")
    wrong.write_text("provider: {use: parrot, pich: 1.2}\n", encoding="utf-8")

    validated = environment.run("-m", "realtime_run", "validate", wrong.name)

    assert validated.returncode == 1
    assert "wrong.yaml:1:25: error: unknown key 'pich'" in (
        validated.stdout + validated.stderr
    )
    assert "did you mean 'pitch'?" in validated.stdout + validated.stderr


def test_a_broken_stranger_is_reported_and_disturbs_nobody(
    environment: Environment,
) -> None:
    described = json.loads(environment.run("-c", DESCRIBE).stdout)

    assert described["lame"] == {
        "distribution": "realtime-run-lame",
        "version": "0.1",
        "kinds": [],
        "error": (
            "plugin 'lame' does not load: "
            "ModuleNotFoundError: No module named 'nonexistent_sdk'"
        ),
    }
    parrot = {"distribution": "realtime-run-parrot", "version": "1.0", "error": None}
    assert described["parrot"] == parrot | {"kinds": ["provider"]}
    assert described["words"] == parrot | {"kinds": ["handler"]}
    assert described["hush"] == parrot | {"kinds": ["audio"]}
    assert described["dice"] == parrot | {"kinds": ["tools"]}


def test_a_spec_that_names_a_broken_stranger_says_what_to_do(
    environment: Environment,
) -> None:
    spec = environment.agent.with_name("lame.yaml")
    spec.write_text("provider: lame\n", encoding="utf-8")

    validated = environment.run("-m", "realtime_run", "validate", spec.name)

    assert validated.returncode == 1
    said = validated.stdout + validated.stderr
    assert "lame.yaml:1:11: error: plugin 'lame' does not load" in said
    assert "pip install --upgrade realtime-run-lame" in said
    assert "Traceback" not in said


def test_the_page_names_every_hook() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert [kind for kind in KINDS if f"`realtime_run_{kind}`" not in page] == []
