"""The page on simulators tells all that can be told to one, and nothing else."""

import re
from pathlib import Path

import pytest

from realtime_run.simulation.script import Script, ScriptedTurn, parse_script

openai = pytest.importorskip("realtime_run_openai.simulator.settings")
faults = pytest.importorskip("realtime_run_openai.simulator.faults")
gemini = pytest.importorskip("realtime_run_gemini.simulator.settings")
gemini_faults = pytest.importorskip("realtime_run_gemini.simulator.faults")
PAGE = Path(__file__).parents[2] / "docs" / "simulate.md"


def rows(heading: str) -> list[str]:
    """Return the first cells of the table under a heading."""
    text = PAGE.read_text(encoding="utf-8")
    section = re.split(
        r"^#+ ", text.split(heading, 1)[1], maxsplit=1, flags=re.MULTILINE
    )[0]
    return re.findall(r"^\| `([^`]+)` \|", section, flags=re.MULTILINE)


def test_every_fault_is_on_the_page() -> None:
    assert rows("### Faults\n") == sorted(faults.NAMES)


def test_every_setting_of_the_simulator_is_on_the_page() -> None:
    known = set(openai.OpenAISimulatorSettings.model_fields)

    assert set(rows("## openai\n")) == known


def test_every_fault_and_setting_of_geminis_simulator_is_on_the_page() -> None:
    known = set(gemini.GeminiSimulatorSettings.model_fields)

    assert rows("### Faults of gemini\n") == sorted(gemini_faults.NAMES)
    assert set(rows("## gemini\n")) == known


def test_every_key_of_a_script_is_on_the_page() -> None:
    turns = {f"turns[].{name}" for name in ScriptedTurn.model_fields}

    assert set(rows("## Scripts\n")) == set(Script.model_fields) | turns


def test_the_script_on_the_page_is_one() -> None:
    text = PAGE.read_text(encoding="utf-8")
    (script,) = re.findall(r"```yaml\n(greeting:.*?)```", text, flags=re.DOTALL)

    parsed = parse_script(script.encode(), PAGE)

    assert len(parsed.turns) == 2
