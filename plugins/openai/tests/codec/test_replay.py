"""What the server lists of the history that it was told is no news."""

from collections.abc import Callable
from typing import Any

import pytest

from realtime_run.plugin.api import HistoryItem

HISTORY = (
    HistoryItem(role="user", text="My name is Ann."),
    HistoryItem(role="assistant", text="Hello, Ann."),
)


def listed(talk: Any, name: str, item: dict[str, Any]) -> list[Any]:
    """Return what is told of an item, whichever of its messages brings it."""
    told: list[Any] = talk.hear(f"conversation.item.{name}", item=item)
    return told


@pytest.mark.parametrize("names", [("added", "done"), ("created",)])
@pytest.mark.parametrize("keeps_ids", [True, False])
def test_what_was_said_before_is_not_told_again(
    make_talk: Callable[..., Any], names: tuple[str, ...], keeps_ids: bool
) -> None:
    talk = make_talk()
    talk.hear("session.created", session={})
    _, *creates = talk.begin({"type": "realtime"}, HISTORY)

    told = [
        event
        for number, create in enumerate(creates)
        for name in names
        for event in listed(
            talk,
            name,
            create["item"] if keeps_ids else {**create["item"], "id": f"i{number}"},
        )
    ]

    assert told == []


def test_the_same_words_said_anew_are_told(make_talk: Callable[..., Any]) -> None:
    talk = make_talk().open(history=HISTORY)
    item = {
        "id": "i9",
        "type": "message",
        "role": "user",
        "content": [{"type": "input_text", "text": "My name is Ann."}],
    }

    talk.hear("response.created", response={"id": "r1"})
    told = listed(talk, "added", item)

    assert [event.item_id for event in told] == ["i9"]
