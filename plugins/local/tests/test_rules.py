from datetime import UTC, datetime
from typing import Any

import pytest

from realtime_run.core.errors import ProviderError
from realtime_run.plugin.api import ToolDefinition
from realtime_run_local.brain.pieces import Piece, Sentence, ToolCall, Turn
from realtime_run_local.brain.rules import RulesBrain
from realtime_run_local.history import Called, Entry, Returned, Said
from realtime_run_local.settings import RulesSettings

MOVE = ToolDefinition(
    name="move",
    description="Drive.",
    parameters={
        "type": "object",
        "properties": {
            "direction": {"type": "string"},
            "meters": {"type": "number"},
            "steps": {"type": "integer"},
            "fast": {"anyOf": [{"type": "boolean"}, {"type": "null"}]},
        },
    },
)
GO = {
    "when": "* go {direction} {meters} (meter|meters)",
    "tool": "move",
    "say": "I went {direction}: {result}",
}


def brain(*replies: dict[str, Any], **settings: Any) -> RulesBrain:
    return RulesBrain(
        RulesSettings.model_validate(
            {"use": "rules", "replies": list(replies), **settings}
        ),
        (MOVE,),
        lambda: datetime(2026, 3, 1, 14, 5, tzinfo=UTC),
    )


def user(text: str) -> Said:
    return Said(item_id="u", role="user", text=text)


def answer(asked: RulesBrain, *news: Entry, before: tuple[Entry, ...] = ()) -> str:
    pieces = asked.answers(Turn(entries=(*before, *news), news=news))
    return " ".join(p.text for p in pieces if isinstance(p, Sentence))


def called(asked: RulesBrain, text: str) -> str:
    pieces: tuple[Piece, ...] = asked.answers(
        Turn(entries=(user(text),), news=(user(text),))
    )
    return "".join(p.arguments for p in pieces if isinstance(p, ToolCall))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Hello there!", "Hello, how can I help?"),
        ("say hello and ask how you can help", "Hello, how can I help?"),
        ("what time is it", "It is 14:05."),
        ("what day is it tomorrow", "I heard: what day is it tomorrow"),
        ("what day is it", "It is Sunday, 1 March."),
        ("What is seven times eight?", "It is 56."),
        ("what is 7 * 8", "It is 56."),
        ("what is one divided by zero", "Nothing can be divided by zero."),
        ("stop", "Okay."),
        ("thank you very much", "You are welcome."),
        ("who are you", "I am Robbie."),
        ("blue elephants", "I heard: blue elephants"),
    ],
)
def test_the_built_in_rules_answer(text: str, said: str) -> None:
    assert answer(brain(name="Robbie"), user(text)) == said


def test_the_users_replies_come_before_the_built_in_ones_in_their_order() -> None:
    asked = brain(
        {"when": "hello", "say": "Ahoy."},
        {"when": "*", "say": "First."},
        {"when": "stop", "say": "Never."},
    )

    assert [answer(asked, user(t)) for t in ("hello", "stop")] == ["Ahoy.", "First."]


def test_without_the_built_in_rules_only_the_users_own_answer() -> None:
    asked = brain(built_in=False, otherwise="Pardon: {heard}?")

    assert answer(asked, user("hello")) == "Pardon: hello?"


def test_words_of_the_user_are_never_read_as_a_template() -> None:
    asked = brain({"when": "/(?P<x>.*)/", "say": "{x}"})

    assert answer(asked, user("{time} {nothing}")) == "{time} {nothing}"


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("go forward ten meters", '{"direction": "forward", "meters": 10}'),
        (
            "please go back two point five meters",
            '{"direction": "back", "meters": 2.5}',
        ),
        ("go forward many meters", '{"direction": "forward", "meters": "many"}'),
    ],
)
def test_captured_words_become_the_arguments_the_tool_wants(
    text: str, arguments: str
) -> None:
    assert called(brain(GO), text) == arguments


def test_written_arguments_are_added_and_unknown_groups_left_out() -> None:
    rule = {
        "when": "run {steps} steps {how}",
        "tool": "move",
        "arguments": {"direction": "{heard}", "fast": "yes"},
        "say": "{how}",
    }

    arguments = called(brain(rule), "run twenty-one steps gladly")

    assert arguments == (
        '{"steps": 21, "direction": "run twenty-one steps gladly", "fast": true}'
    )


def returned(output: str, *, success: bool = True) -> Returned:
    return Returned(
        item_id="o", call_id="c", name="move", output=output, success=success
    )


CALL = Called(item_id="i", call_id="c", name="move", arguments="{}")
ASKED = (user("go forward ten meters"), CALL)


def test_the_result_of_a_tool_is_filled_in() -> None:
    assert answer(brain(GO), returned('"fine"'), before=ASKED) == "I went forward: fine"


def test_a_result_is_answered_by_its_own_rule_also_after_further_turns() -> None:
    before = (*ASKED, user("hello"), Said(item_id="a", role="assistant", text="Hi."))

    assert answer(brain(GO), returned("3"), before=before) == "I went forward: 3"


def test_what_is_said_in_two_turns_is_one_text_if_that_fits_better() -> None:
    first, second = user("go forward"), user("ten meters")
    parts = (user("stop"), user("what is two plus two"))
    pieces = brain(GO).answers(Turn(entries=(first, second), news=(first, second)))

    assert [type(piece) for piece in pieces] == [ToolCall]
    assert answer(brain(GO), returned("3"), before=(first, second, CALL)) == (
        "I went forward: 3"
    )
    assert answer(brain(), *parts) == "Okay. It is 4."
    assert answer(brain(), user("five"), user("six")) == "I heard: five six"


def test_a_failed_tool_says_so() -> None:
    failed = returned("blocked", success=False)

    said = answer(brain(GO), failed, before=ASKED)
    said_by_rule = answer(
        brain({**GO, "say_on_failure": "No: {result}."}), failed, before=ASKED
    )

    assert said == "That did not work: blocked"
    assert said_by_rule == "No: blocked."


def test_a_result_of_an_unknown_call_is_read_out() -> None:
    assert answer(brain(GO), returned("done")) == "done"


def test_asked_for_a_response_it_answers_the_last_user_text_or_greets() -> None:
    entries = (user("stop"), Said(item_id="a", role="assistant", text="Okay."))

    assert brain().answers(Turn(entries=entries)) == (Sentence("Okay."),)
    assert brain().answers(Turn(entries=())) == (Sentence("Hello, how can I help?"),)


def test_a_rule_with_an_unknown_tool_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ProviderError) as refused:
        brain({"when": "dance", "tool": "dance", "say": "x"})

    assert str(refused.value) == (
        "the reply to 'dance' calls the unknown tool 'dance'; the tools are: move"
    )
    assert not refused.value.is_recoverable
