import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_run.core.errors import SpecError
from realtime_run.spec.load import LoadedSpec
from realtime_run.spec.references import BadReferenceError, References


def references(**environ: str) -> References:
    return References(environ, Path.read_bytes)


def expand(text: str, folder: Path = Path(), **environ: str) -> str:
    return references(**environ).expand(text, folder)[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${A}", "x"),
        ("<${A}${A}>", "<xx>"),
        ("${NONE:-y}", "y"),
        ("${NONE:-}", ""),
        ("${EMPTY:-y}", "y"),
        ("${EMPTY}", ""),
        ("${A:-y}", "x"),
        ("${A:?needed}", "x"),
        ("$$", "$"),
        ("$${A}", "${A}"),
        ("$$${A}", "$x"),
        ("costs 5$", "costs 5$"),
        ("$A", "$A"),
        ("${NONE:-a:-b}", "a:-b"),
    ],
)
def test_references_are_filled_in(text: str, value: object) -> None:
    assert expand(text, A="x", EMPTY="") == value


def test_what_is_filled_in_is_not_looked_through_again() -> None:
    assert expand("${A}", A="${B} $$") == "${B} $$"


def test_what_came_from_the_environment_is_secret_and_defaults_are_not() -> None:
    looked_up = references(A="x", B="y")

    _, secrets, references_only = looked_up.expand("${A}${NONE:-z}", Path())

    assert (secrets, references_only) == (frozenset({"x"}), True)
    assert looked_up.secrets == {"x"}


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"key\n", "key"),
        (b"key\r\n", "key"),
        (b"a\n\n", "a\n"),
        (b"", ""),
        (b"\xef\xbb\xbfk", "k"),
    ],
)
def test_a_file_gives_its_text_without_the_last_line_break(
    tmp_path: Path, content: bytes, value: object
) -> None:
    (tmp_path / "key").write_bytes(content)

    assert expand("${file:key}", tmp_path) == value


def test_a_file_may_lie_anywhere(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("k")

    assert expand(f"${{file:{tmp_path}/key}}", Path("/nowhere")) == "k"


@pytest.mark.parametrize(
    "text",
    [
        "${",
        "${}",
        "${A",
        "${1}",
        "${A-b}",
        "${A:=b}",
        "${A:}",
        "${ A}",
        "${A }",
        "${file:}",
        "${env:A}",
        "${${A}}",
    ],
)
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(BadReferenceError) as raised:
        expand(text, A="x")

    assert raised.value.at == 0


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"x" * 65_537, "longer than 65536 bytes"), (b"\xff", "is not UTF-8")],
)
def test_a_file_that_cannot_be_a_secret_is_refused(
    tmp_path: Path, content: bytes, message: str
) -> None:
    (tmp_path / "key").write_bytes(content)

    with pytest.raises(BadReferenceError, match=message):
        expand("${file:key}", tmp_path)


def test_a_pipe_is_not_waited_for(
    tmp_path: Path, read_bad: Callable[..., SpecError]
) -> None:
    os.mkfifo(tmp_path / "pipe")

    error = read_bad("provider: parrot\nname: ${file:pipe}\n", file=tmp_path / "a.yaml")

    assert error.problems[0].message == "'pipe': is not a regular file"


def test_references_cannot_grow_without_bound() -> None:
    with pytest.raises(BadReferenceError, match="more than 1048576 characters"):
        expand("${A}" * 2000, A="x" * 1000)


@given(st.text(st.sampled_from("${}:-?Afile "), max_size=20))
def test_any_text_expands_or_is_refused_at_its_place(text: str) -> None:
    shown, at = "", 0
    try:
        expand(text, A="x")
    except BadReferenceError as error:
        shown, at = error.written, error.at
    assert text[at:].startswith(shown)


@pytest.mark.parametrize(
    ("written", "attempts"), [("${N}", 3), ("${N:-4}", 3), ("${NONE:-4}", 4)]
)
def test_a_plain_reference_may_stand_for_a_number(
    read: Callable[..., LoadedSpec], written: str, attempts: int
) -> None:
    text = f"provider: parrot\nsession: {{reconnect: {{max_attempts: {written!s} }}}}\n"
    text = text.replace(written, f"!!int '{written}'")

    spec = read(text, environ={"N": "3", "PARROT_API_KEY": "k"}).spec

    assert spec.session.reconnect.max_attempts == attempts


def test_a_reference_on_a_line_of_its_own_is_read_as_a_scalar(
    read: Callable[..., LoadedSpec],
) -> None:
    text = "provider: parrot\nsession:\n  reconnect:\n    max_attempts: ${N}\n"

    spec = read(text, environ={"N": "3", "PARROT_API_KEY": "k"}).spec

    assert spec.session.reconnect.max_attempts == 3


@pytest.mark.parametrize("written", ["'${N}'", '"${N}"', "agent ${N}"])
def test_a_quoted_or_mixed_reference_stays_text(
    read: Callable[..., LoadedSpec], written: str
) -> None:
    spec = read(
        f"provider: parrot\nname: {written}\n",
        environ={"N": "3", "PARROT_API_KEY": "k"},
    ).spec

    assert spec.name in {"3", "agent 3"}


def test_a_plugin_may_be_named_by_a_reference(read: Callable[..., LoadedSpec]) -> None:
    loaded = read("provider: ${P}", environ={"P": "parrot", "PARROT_API_KEY": "k"})

    assert loaded.spec.provider.use == "parrot"


def test_a_reference_that_is_replaced_need_not_be_set(
    read: Callable[..., LoadedSpec],
) -> None:
    loaded = read("provider: parrot\nname: ${NOT_SET}\n", overrides=["name=x"])

    assert loaded.spec.name == "x"
