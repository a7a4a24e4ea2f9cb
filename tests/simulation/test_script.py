from pathlib import Path

import pytest

from realtime_run.core.errors import Problem, SpecError
from realtime_run.simulation.script import (
    Script,
    ScriptedCall,
    ScriptedTurn,
    parse_script,
    read_script,
)

FILE = Path("talk.yaml")


def problems(text: str) -> list[tuple[int | None, int | None, str, str | None]]:
    with pytest.raises(SpecError) as caught:
        parse_script(text.encode(), FILE)
    return [_short(one) for one in caught.value.problems]


def _short(one: Problem) -> tuple[int | None, int | None, str, str | None]:
    return one.line, one.column, one.message, one.hint


def test_a_whole_script_is_read(tmp_path: Path) -> None:
    file = tmp_path / "talk.yaml"
    file.write_text(
        "greeting: Good morning.\n"
        "turns:\n"
        "  - heard: What is the weather?\n"
        "    when: '*weather*'\n"
        "    calls: [{name: get_weather, arguments: {city: Rome, days: 2}}]\n"
        "    say: It is {results}, and costs $5.\n"
        "  - write: Goodbye, {heard}.\n"
        "repeat: true\n"
    )

    script = read_script(file)

    call = ScriptedCall(name="get_weather", arguments={"city": "Rome", "days": 2})
    assert script == Script(
        greeting="Good morning.",
        turns=(
            ScriptedTurn(
                heard="What is the weather?",
                when="*weather*",
                calls=(call,),
                say="It is {results}, and costs $5.",
            ),
            ScriptedTurn(write="Goodbye, {heard}."),
        ),
        repeat=True,
    )
    assert call.arguments_json == '{"city": "Rome", "days": 2}'


def test_every_mistake_is_shown_at_its_place() -> None:
    text = "turns:\n  - say: hello {herd}\n    calls: [{nam: x}]\n  - when: 5\n"

    assert sorted(problems(text), key=lambda one: one[:2]) == [
        (
            2,
            10,
            "'{herd}' stands for nothing",
            "one of {heard}, {results}, {first}, {before}, {images}, {instructions}",
        ),
        (3, 14, "unknown key 'nam'", "did you mean 'name'?"),
        (4, 11, "must be text, not the number 5", 'put it in quotes: "5"'),
    ]


def test_an_answer_is_spoken_or_written() -> None:
    ((line, _, message, hint),) = problems("turns:\n  - say: a\n    write: b\n")

    assert (line, message, hint) == (2, "has 'say' and 'write'", "leave one out")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the script is empty"),
        ("- a\n", "a script is a mapping of keys, not a list"),
        ("turns: [a\n", "expected ',' or ']'"),
        ("turns: &a [*b]\n", "there is no anchor '&b' above"),
    ],
)
def test_what_is_no_script_is_told_so(text: str, message: str) -> None:
    found = problems(text)

    assert [one[2] for one in found] == [message]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"none\.yaml"):
        read_script(tmp_path / "none.yaml")
