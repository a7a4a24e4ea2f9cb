"""The types of fields, through a whole spec."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, TypeAdapter, ValidationError

from realtime_run.core.errors import SpecError
from realtime_run.plugin.settings import Duration, ExistingFile, Secret, Settings, env
from realtime_run.spec.load import LoadedSpec
from realtime_run.spec.values import LocatedStr, SpecPath

DURATION = TypeAdapter(Duration)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("250ms", 0.25),
        ("1.5s", 1.5),
        ("2min", 120.0),
        ("1h", 3600.0),
        ("0s", 0.0),
        ("10 s", 10.0),
    ],
)
def test_a_duration_is_read_as_seconds(text: str, seconds: float) -> None:
    assert DURATION.validate_python(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        "s",
        "1.5",
        "-1s",
        "1 minute",
        "1s ",
        "1e3s",
        "٣s",
        ".5s",
        "1.s",
        "1  s",
        "9" * 13 + "s",
    ],
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="must be a duration"):
        DURATION.validate_python(text)


@given(st.integers(0, 10**9))
def test_a_duration_written_back_reads_the_same(milliseconds: int) -> None:
    seconds = DURATION.validate_python(f"{milliseconds}ms")

    written = DURATION.dump_python(seconds)

    assert DURATION.validate_python(written) == seconds


def test_a_list_fills_a_tuple(read: Callable[..., LoadedSpec]) -> None:
    spec = read("provider: {use: parrot, words: [a, b]}").spec

    assert spec.provider.settings.words == ("a", "b")


class Typed(Settings):
    type: str
    set: tuple[str, ...] = ()


def test_settings_may_be_called_as_pydantic_calls_its_own() -> None:
    made = Typed.model_validate({"type": "tuple", "set": ["a"]})

    assert made == Typed(type="tuple", set=("a",))


def test_a_member_of_a_union_is_taken(read: Callable[..., LoadedSpec]) -> None:
    spec = read("provider: {use: parrot, voice: {name: ann}}").spec

    assert spec.provider.settings.voice.name == "ann"


def test_a_whole_number_is_a_number(read: Callable[..., LoadedSpec]) -> None:
    assert read("provider: {use: parrot, pitch: 2}").spec.provider.settings.pitch == 2.0


def test_an_environment_variable_is_a_default(read: Callable[..., LoadedSpec]) -> None:
    spec = read("provider: parrot", environ={"PARROT_API_KEY": "0123"}).spec

    assert spec.provider.settings.api_key == SecretStr("0123")


def test_a_written_value_wins_over_the_environment_variable(
    read: Callable[..., LoadedSpec],
) -> None:
    spec = read("provider: {use: parrot, api_key: mine}").spec

    assert spec.provider.settings.api_key == SecretStr("mine")


def test_the_environment_of_the_process_is_not_read_behind_the_load(
    read_bad: Callable[..., SpecError], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARROT_API_KEY", "squawk")

    error = read_bad("provider: parrot", environ={})

    assert [problem.message for problem in error.problems] == [
        "provider.api_key is not set: set the environment variable PARROT_API_KEY"
    ]


class Numbered(Settings):
    count: int = env("COUNT")
    token: Secret | None = env("TOKEN")


def test_an_environment_variable_of_a_number_is_read_as_one() -> None:
    made = Numbered.model_validate(
        {}, context={"environ": {"COUNT": "7", "TOKEN": "8"}}
    )

    assert made == Numbered(count=7, token=SecretStr("8"))


def test_a_path_starts_from_the_folder_that_names_it(tmp_path: Path) -> None:
    made = TypeAdapter(SpecPath).validate_python(LocatedStr("a/b.wav", tmp_path))

    assert made == tmp_path / "a" / "b.wav"


def test_an_absolute_path_stays(tmp_path: Path) -> None:
    made = TypeAdapter(SpecPath).validate_python(LocatedStr("/x", tmp_path))

    assert made == Path("/x")


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("none.wav", "no such file: 'none.wav'"),
        (".", "'.' is a directory"),
        ("pipe", "'pipe' is no regular file"),
        ("a" * 5000, "cannot be read: file name too long"),
        ("a\0b", "must be a path, not the text 'a\0b'"),
        ("", "must be a path, not an empty text"),
        ("~nobody-of-that-name/x", "there is no such user"),
        ("here.wav/x", "no such file: 'here.wav/x'"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    tmp_path: Path, written: str, message: str
) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "here.wav").touch()

    with pytest.raises(ValidationError) as raised:
        TypeAdapter(ExistingFile).validate_python(LocatedStr(written, tmp_path))

    assert message in raised.value.errors()[0]["msg"]


def test_a_file_that_exists_is_taken(tmp_path: Path) -> None:
    (tmp_path / "q.wav").touch()

    made = TypeAdapter(ExistingFile).validate_python(LocatedStr("q.wav", tmp_path))

    assert made == tmp_path / "q.wav"
