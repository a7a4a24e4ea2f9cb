"""The page on simulators tells all that can be told to this one, and nothing else."""

import re
from pathlib import Path

from realtime_run_qwen.simulator.faults import FAULTS
from realtime_run_qwen.simulator.settings import QwenSimulatorSettings

PAGE = Path(__file__).parents[4] / "docs" / "simulate.md"


def rows(heading: str) -> list[str]:
    """Return the first cells of the table under a heading."""
    text = PAGE.read_text(encoding="utf-8")
    section = re.split(
        r"^#+ ", text.split(heading, 1)[1], maxsplit=1, flags=re.MULTILINE
    )[0]
    return re.findall(r"^\| `([^`]+)` \|", section, flags=re.MULTILINE)


def test_every_setting_is_on_the_page() -> None:
    assert set(rows("## qwen\n")) == set(QwenSimulatorSettings.model_fields)


def test_every_fault_is_on_the_page() -> None:
    of_openai = set(rows("### Faults\n"))

    own = rows("### Faults of qwen\n")

    assert own == sorted(own)
    assert of_openai | set(own) == set(FAULTS)
