"""Whatever the bytes, there is an answer, soon and with little memory."""

import importlib.util
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from realtime_run.core.errors import SpecError
from realtime_run.spec.load import LoadedSpec

HERE = Path(__file__).parent


def bombs() -> dict[str, str]:
    spec = importlib.util.spec_from_file_location("bombs", HERE / "bombs.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.BOMBS


HEAVY = (
    "wide",
    "wide within the limit",
    "anchors",
    "same key on one line",
    "laughs",
    "folded",
    "documents",
    "beyond the basic plane",
    "unknown plugins",
    "unset references",
)


@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="the kernel does not tell the memory"
)
@pytest.mark.parametrize("name", HEAVY)
def test_a_bomb_costs_less_than_a_second_and_100_mib(name: str) -> None:
    done = subprocess.run(
        [sys.executable, HERE / "read_bomb.py"],
        input=bombs()[name].encode()[: 1 << 20],
        capture_output=True,
        timeout=9,
        check=True,
    )

    seconds, mebibytes = map(float, done.stdout.split())
    assert seconds < 1.0
    assert mebibytes < 100


@pytest.mark.parametrize("name", sorted(bombs()))
def test_a_bomb_is_refused_with_problems(
    read_bad: Callable[..., SpecError], name: str
) -> None:
    error = read_bad(bombs()[name].encode()[: 1 << 20], environ={"A": "x" * 1000})

    assert 1 <= len(error.problems) <= 101
    assert len(str(error)) < 200_000


def test_a_spec_longer_than_1_mib_is_refused(
    read_bad: Callable[..., SpecError],
) -> None:
    error = read_bad(b"#" * ((1 << 20) + 1))

    assert [problem.message for problem in error.problems] == [
        "is longer than 1048576 bytes"
    ]


def check(read: Callable[..., LoadedSpec], raw: bytes) -> None:
    problems = None
    try:
        read(raw)
    except SpecError as error:
        problems = error.problems
    assert problems is None or all(map(str, problems))
    assert problems != ()


@given(st.binary(max_size=200))
@example(b"\xef\xbb\xbf\xff")
@example(b"\xed\xa0\x80")
def test_any_bytes_are_answered(read: Callable[..., LoadedSpec], raw: bytes) -> None:
    check(read, raw)


SCRAPS = st.sampled_from(
    [
        "provider",
        "use",
        "parrot",
        "audio",
        "handlers",
        "tools",
        "session",
        "name",
        "include",
        "extends",
        "quiet",
        "voice",
        "{",
        "}",
        "[",
        "]",
        ",",
        "'",
        '"',
        "|",
        ">",
        "~",
        "?",
        "&a",
        "*a",
        "<<:*a",
        "!!str",
        "!x",
        "${A}",
        "${",
        "$$",
        "1",
        "1.5",
        "0x1",
        "yes",
        "null",
        "%",
        "@",
        "#",
        "---",
        "...",
        "./x.py",
        ".",
        "1s",
        "\u2028",
        "🦜",
        ": ",
        "- ",
        "\n",
        "\n  ",
        "\n    ",
        " ",
        "\t",
        "\r\n",
        "&a ",
        "<<: *a",
        "!!str ",
    ]
)


@given(st.lists(SCRAPS, max_size=25).map("".join))
def test_any_scraps_of_a_spec_are_answered(
    read: Callable[..., LoadedSpec], text: str
) -> None:
    check(read, text.encode())


@given(
    st.lists(SCRAPS, max_size=8).map("".join), st.lists(SCRAPS, max_size=8).map("".join)
)
def test_any_override_is_answered(
    read: Callable[..., LoadedSpec], override: str, variable: str
) -> None:
    environ = {"RT__" + variable.replace("=", ""): override, "RT__audio": variable}
    shown = "nothing"
    try:
        read(
            "provider: parrot\n",
            overrides=[override, f"provider={override}"],
            environ=environ,
        )
    except SpecError as error:
        shown = str(error)
    assert shown


def test_a_common_spec_takes_little_memory(read: Callable[..., LoadedSpec]) -> None:
    text = "provider: parrot\ninstructions: |\n" + "  Be kind.\n" * 100
    read(text)
    tracemalloc.start()

    read(text)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1 << 20
