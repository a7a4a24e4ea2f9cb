from hypothesis import given
from hypothesis import strategies as st

from realtime_run_local.history import (
    LONGEST,
    Called,
    History,
    Returned,
    Said,
    tool_rounds,
)


def said(item_id: str, text: str, response_id: "str | None" = None) -> Said:
    role = "assistant" if response_id else "user"
    return Said(item_id=item_id, role=role, text=text, response_id=response_id)


def test_an_answer_holds_only_what_was_heard() -> None:
    history = History([said("a", "Hi"), said("b", "One two three", "r")])

    left = history.truncate("r", "b", "One  two")

    assert left == said("b", "One two", "r")
    assert history.entries == (said("a", "Hi"), said("b", "One two", "r"))


def test_an_answer_of_which_nothing_was_heard_is_forgotten() -> None:
    history = History([said("a", "Hi"), said("b", "One two", "r")])

    left = history.truncate("r", None, "")

    assert left == said("b", "", "r")
    assert history.entries == (said("a", "Hi"),)


def test_truncating_what_is_unknown_or_was_heard_whole_changes_nothing() -> None:
    history = History([said("b", "One two", "r")])

    assert history.truncate("other", None, "One") is None
    assert history.truncate("r", "other", "One") is None
    assert history.truncate("r", "b", "One two") is None
    assert history.entries == (said("b", "One two", "r"),)


def test_an_answer_grows_in_its_place() -> None:
    history = History([said("a", "Hi")])

    history.extend_text(said("b", "One", "r"))
    history.add(said("c", "Wait"))
    history.extend_text(said("b", "One two", "r"))

    assert [entry.item_id for entry in history.entries] == ["a", "b", "c"]
    assert history.entries[1] == said("b", "One two", "r")


@given(st.lists(st.integers(0, 900), max_size=5))
def test_the_history_is_bounded_and_keeps_the_latest(sizes: list[int]) -> None:
    history, count = History(), 0
    for size in sizes:
        history.add(*(said(f"{count + n}", "x") for n in range(size)))
        count += size

    kept = [entry.item_id for entry in history.entries]
    assert kept == [f"{n}" for n in range(max(0, count - LONGEST), count)]


def test_rounds_of_tools_are_counted_since_the_user_spoke() -> None:
    def called(call_id: str) -> Called:
        return Called(item_id="i", call_id=call_id, name="time", arguments="{}")

    def returned(call_id: str) -> Returned:
        return Returned(
            item_id="i", call_id=call_id, name="time", output="", success=True
        )

    before = [said("a", "Hi"), called("0"), returned("0")]
    side_by_side = [called("1"), called("2"), returned("1"), returned("2")]
    entries = [*before, said("b", "Go"), *side_by_side, called("3"), returned("3")]

    assert tool_rounds(entries) == 2
    assert tool_rounds(before) == 1
    assert tool_rounds([]) == 0
