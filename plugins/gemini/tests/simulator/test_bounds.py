"""What a simulator keeps has an end, however long it runs."""

import itertools

from realtime_run.simulation.model import Mind
from realtime_run_gemini.simulator.conversation import Conversation, Entry
from realtime_run_gemini.simulator.requests import Refusal
from realtime_run_gemini.simulator.resumption import Handles, Saved
from realtime_run_gemini.simulator.usage import Tokens, as_object


def test_the_oldest_handles_are_forgotten() -> None:
    ids = itertools.count()
    handles = Handles(60, lambda prefix: f"{prefix}-{next(ids)}")
    saved = Saved(model="m", conversation=Conversation(), mind=Mind(), at_s=0.0)

    made = [handles.save(saved) for _ in range(1_025)]

    assert isinstance(handles.find(made[0], "m", 1.0), Refusal)
    assert handles.find(made[1], "m", 1.0) == saved
    assert handles.find(made[-1], "m", 1.0) == saved


def test_the_oldest_entries_and_frames_are_forgotten() -> None:
    conversation = Conversation()

    for number in range(1_001):
        conversation = conversation.with_entry(Entry(role="user", text=str(number)))
    for number in range(3_601):
        conversation = conversation.with_frame((number, 1), seen=True)

    assert conversation.entries[0].text == "1"
    assert (len(conversation.entries), len(conversation.frames)) == (1_000, 3_600)
    assert conversation.frames_sent == 3_601


def test_a_conversation_is_cut_at_a_turn_of_the_user() -> None:
    entries = tuple(
        Entry(role=role, text=text)
        for role, text in (
            ("user", "a"),
            ("model", "b"),
            ("tool", "c"),
            ("user", "d"),
            ("model", "e"),
        )
    )

    cut = Conversation(entries=entries).without_oldest_turn()
    empty = cut.without_oldest_turn()

    assert [entry.text for entry in cut.entries] == ["d", "e"]
    assert empty.entries == ()


def test_usage_leaves_out_what_is_nothing_and_explains_the_rest() -> None:
    given = Tokens(text=3, audio=4, video=5)

    used = as_object(given, Tokens(audio=2), thoughts=0, gap=1, on_vertex=False)

    assert used == {
        "promptTokenCount": 13,
        "responseTokenCount": 2,
        "totalTokenCount": 15,
        "promptTokensDetails": [
            {"modality": "TEXT", "tokenCount": 3},
            {"modality": "AUDIO", "tokenCount": 4},
            {"modality": "VIDEO", "tokenCount": 5},
        ],
        "responseTokensDetails": [{"modality": "AUDIO", "tokenCount": 2}],
    }
