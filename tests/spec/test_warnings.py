from collections.abc import Callable

import pytest

from realtime_run.spec.load import LoadedSpec


def shown(loaded: LoadedSpec) -> list[tuple[str, int | None, int | None, str]]:
    return [
        (one.message, one.line, one.column, one.severity) for one in loaded.warnings
    ]


def test_a_word_that_other_readers_take_for_a_boolean_is_warned_of(
    read: Callable[..., LoadedSpec],
) -> None:
    loaded = read("provider: parrot\nname: no\n")

    assert shown(loaded) == [
        (
            "'no' is the text 'no' here (YAML 1.2), false to YAML 1.1 tools",
            2,
            7,
            "warning",
        )
    ]
    assert loaded.spec.name == "no"


@pytest.mark.parametrize(
    "line",
    [
        "barge_in: off",
        "name: 'no'",
        'name: "1:30"',
        "name: !!str no",
        "name: nobody",
        "session: {reconnect: {max_attempts: 10}}",
    ],
)
def test_what_cannot_be_mistaken_is_not_warned_of(
    read: Callable[..., LoadedSpec], line: str
) -> None:
    assert read(f"provider: parrot\n{line}\n").warnings == ()


def test_a_number_that_other_readers_take_for_octal_is_warned_of(
    read: Callable[..., LoadedSpec],
) -> None:
    loaded = read("provider: parrot\nsession: {reconnect: {max_attempts: 010}}\n")

    assert loaded.spec.session.reconnect.max_attempts == 10
    assert loaded.warnings[0].message == (
        "'010' is the number 10 here (YAML 1.2), an octal number to YAML 1.1 tools"
    )


def test_warnings_come_in_the_order_of_the_file(
    read: Callable[..., LoadedSpec],
) -> None:
    loaded = read(
        "name: on\nprovider: {use: parrot, words: [y, n], note: 2024-01-01}\n"
    )

    assert [(one.line, one.column) for one in loaded.warnings] == [
        (1, 7),
        (2, 33),
        (2, 36),
        (2, 46),
    ]


def test_values_from_outside_of_files_are_not_warned_of(
    read: Callable[..., LoadedSpec],
) -> None:
    assert read("provider: parrot\n", overrides=["name=no"]).warnings == ()
