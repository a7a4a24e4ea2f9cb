"""Broken specs, each with the exact text that its writer shall see.

A line `#! env NAME=VALUE` or `#! set PATH=VALUE` gives the spec its surroundings.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from realtime_run.core.errors import SpecError
from realtime_run.spec.load import LoadedSpec

BROKEN = Path(__file__).parent / "broken"
CASES = sorted(path.stem for path in BROKEN.glob("*.yaml"))


def _directives(text: str, kind: str) -> list[str]:
    start = f"#! {kind} "
    lines = text.splitlines()
    return [line.removeprefix(start) for line in lines if line.startswith(start)]


def render(case: str, load: object) -> str:
    raw = (BROKEN / f"{case}.yaml").read_bytes()
    text = raw.decode(errors="replace")
    environ = {"PARROT_API_KEY": "squawk"}
    environ |= dict(one.split("=", 1) for one in _directives(text, "env"))
    if "#! unset PARROT_API_KEY" in text:
        del environ["PARROT_API_KEY"]
    try:
        load(
            raw,
            file=Path(f"{case}.yaml"),
            overrides=_directives(text, "set"),
            environ=environ,
        )
    except SpecError as error:
        return f"{error}\n"
    return "no problem\n"


@pytest.mark.parametrize("case", CASES)
def test_a_broken_spec_is_explained(
    case: str, read: Callable[..., LoadedSpec], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(BROKEN)

    shown = render(case, read)

    assert shown == (BROKEN / f"{case}.txt").read_text()


def test_there_are_enough_broken_specs() -> None:
    assert len(CASES) >= 80


def test_no_expectation_is_left_without_its_spec() -> None:
    texts = {path.stem for path in BROKEN.glob("*.txt")}

    assert texts == set(CASES)


def test_no_expectation_names_a_folder_of_this_machine() -> None:
    shown = [path.read_text() for path in BROKEN.glob("*.txt")]

    assert not [text for text in shown if os.sep + "home" in text or "/work" in text]
