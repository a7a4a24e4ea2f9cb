"""Canaries: what came from the environment or a file is shown nowhere."""

from collections.abc import Callable
from pathlib import Path

import pytest

from realtime_run.core.errors import SpecError
from realtime_run.spec.load import LoadedSpec, problems_as_json

VARIABLE = "canary-of-a-variable"
FILE = "canary-of-a-file"
DEFAULT = "canary-of-a-default"
CANARIES = (VARIABLE, FILE, DEFAULT)
ENVIRON = {"V": VARIABLE, "PARROT_API_KEY": DEFAULT}

SPEC = """
provider:
  use: parrot
  note: ${V}
  labels: {header: "Bearer ${V}"}
  words: ["${file:key}", plain]
  voice: {name: "${file:key}"}
instructions: |
  Say ${V} to nobody.
tools: [{use: ./tools.py}]
name: "${file:key}"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "key").write_text(FILE + "\n")
    (tmp_path / "tools.py").write_text("")
    return tmp_path


def test_all_that_came_from_outside_is_known_as_secret(
    folder: Path, read: Callable[..., LoadedSpec]
) -> None:
    loaded = read(SPEC, file=folder / "a.yaml", environ=ENVIRON)

    assert loaded.secrets == set(CANARIES)


def test_the_effective_spec_shows_no_secret(
    folder: Path, read: Callable[..., LoadedSpec]
) -> None:
    loaded = read(SPEC, file=folder / "a.yaml", environ=ENVIRON)

    shown = loaded.effective()

    assert not [canary for canary in CANARIES if canary in str(shown)]
    assert shown["provider"]["labels"] == {"header": "Bearer **********"}
    assert shown["provider"]["words"] == ["**********", "plain"]
    assert shown["provider"]["api_key"] == "**********"
    assert shown["instructions"] == "Say ********** to nobody.\n"


def test_a_secret_is_masked_where_it_was_written_out_too(
    read: Callable[..., LoadedSpec],
) -> None:
    loaded = read("provider: {use: parrot, note: squawk!}\nname: x squawk y\n")

    assert loaded.effective()["name"] == "x ********** y"


def test_a_secret_written_in_the_file_is_known_as_secret(
    read: Callable[..., LoadedSpec],
) -> None:
    loaded = read("provider: {use: parrot, api_key: written-out}\n", environ={})

    assert loaded.secrets == {"written-out"}


def test_a_secret_set_by_a_variable_is_known_as_secret(
    read: Callable[..., LoadedSpec],
) -> None:
    loaded = read(
        "provider: parrot\n", environ={"RT__PROVIDER__API_KEY": "by-variable"}
    )

    assert loaded.secrets == {"by-variable"}


def test_numbers_from_the_environment_are_masked_in_their_place_only(
    read: Callable[..., LoadedSpec],
) -> None:
    loaded = read(
        "provider: parrot\nname: room 3\nsession:\n"
        "  reconnect:\n    max_attempts: ${N}\n",
        environ={"N": "3", "PARROT_API_KEY": DEFAULT},
    )

    shown = loaded.effective()

    assert shown["session"]["reconnect"] == {"max_attempts": "**********"}
    assert shown["name"] == "room 3"


def test_what_shows_the_loaded_spec_shows_no_secret(
    folder: Path, read: Callable[..., LoadedSpec]
) -> None:
    loaded = read(SPEC, file=folder / "a.yaml", environ=ENVIRON)

    assert not [canary for canary in CANARIES if canary in repr(loaded)]


@pytest.mark.parametrize(
    "spec",
    [
        "barge_in: ${V}",
        "session: ${V}",
        "session:\n  quiet: ${V}",
        "session:\n  reconnect:\n    max_attempts: ${V}",
        "version: ${V}",
        "tools: ${V}",
        "tools: ['${V}']",
        "audio: {use: file, input: '${V}'}",
        "audio: '${file:key}'",
        "extends: ${V}",
        "handlers: ['./${V}.py']",
        "name: !!int '${V}'",
        "provider: {use: parrot, words: '${V}'}",
        "provider: {use: parrot, model: '${V}'}",
        "provider: {use: parrot, pitch: '${V}'}",
        "provider: {use: crashing, value: '${V}'}",
        "provider: {use: '${V}'}",
        "session: {include: '${V}'}",
        "session: {'${V}': 1, '${file:key}': 2}",
    ],
)
def test_no_problem_shows_a_secret(
    folder: Path, read_bad: Callable[..., SpecError], spec: str
) -> None:
    error = read_bad(f"{spec}\n", file=folder / "a.yaml", environ=ENVIRON)

    shown = str(error) + problems_as_json(error.problems) + repr(error.__context__)
    assert not [canary for canary in CANARIES if canary in shown]


def test_a_bad_default_from_the_environment_is_not_shown(
    read_bad: Callable[..., SpecError],
) -> None:
    error = read_bad(
        "provider: parrot\nbarge_in: x\n",
        environ={"PARROT_API_KEY": DEFAULT, "RT__provider__words": "x"},
    )

    assert DEFAULT not in str(error)
