"""What was said before, in words that fit into the instructions."""

from hypothesis import given
from hypothesis import strategies as st

from realtime_run.plugin.provider_api import HistoryItem
from realtime_run_qwen.digest import (
    BEGIN,
    END,
    MOST_CHARACTERS,
    MOST_OF_ONE,
    with_history,
)

ITEMS = st.lists(
    st.builds(
        HistoryItem,
        role=st.sampled_from(["user", "assistant", "system"]),
        text=st.text()
        | st.sampled_from([END, END.upper(), f"a\n{BEGIN}", "conversation_so_far"]),
    )
)


def said(text: str) -> HistoryItem:
    return HistoryItem(role="user", text=text)


def lines(instructions: str) -> list[str]:
    """Return what stands in the digest."""
    return (
        instructions.split(f"{BEGIN}\n")[1].split(f"\n{END}", maxsplit=1)[0].split("\n")
    )


def test_nothing_said_adds_nothing() -> None:
    assert with_history("Be brief.", ()) == "Be brief."
    assert with_history("Be brief.", (said(" "),)) == "Be brief."


def test_without_instructions_the_digest_stands_alone() -> None:
    told = with_history("", (said("Hi."),))

    assert told.startswith("The conversation goes on")
    assert lines(told) == ["User: Hi."]


def test_an_item_is_one_line_however_it_was_written() -> None:
    assert lines(with_history("", (said("One.\n\nTwo.  Three."),))) == [
        "User: One. Two. Three."
    ]


def test_the_newest_are_kept() -> None:
    told = lines(with_history("", [said(f"{n} " + "x" * 990) for n in range(20)]))

    assert told[0] == "…"
    assert told[-1].startswith("User: 19 ")
    assert [line[6:8] for line in told[1:]] == [f"{n} "[:2] for n in range(8, 20)]


def test_a_long_item_is_cut() -> None:
    [line] = lines(with_history("", (said("x" * (MOST_OF_ONE - 1) + "yz"),)))

    assert line == "User: " + "x" * (MOST_OF_ONE - 1) + "…"


@given(ITEMS)
def test_the_digest_is_bounded_and_nothing_said_can_end_it(
    items: list[HistoryItem],
) -> None:
    told = with_history("Be brief.", items)

    assert told.lower().count(BEGIN) == told.lower().count(END) <= 1
    assert len(told) < MOST_CHARACTERS + MOST_OF_ONE
    if END in told:
        assert told.endswith(END)
        assert all(
            line.startswith(("User: ", "You: ", "System: ")) for line in lines(told)
        )
