from collections.abc import Callable
from typing import Any

import pytest

from realtime_run.core.commands import (
    AppendAudio,
    AppendImage,
    AppendPicture,
    ApproveToolCall,
    CancelResponse,
    Command,
    CreateResponse,
    EndTurn,
    SendText,
    StartTurn,
    Truncate,
)
from realtime_run.core.errors import ProviderError
from realtime_run.core.pcm import Pcm
from realtime_run.core.picture import Picture
from realtime_run.core.provider_events import ItemChanged, SpeechStarted
from realtime_run.plugin.api import HistoryItem, Opening
from realtime_run.plugin.provider_api import Resumption

USER = {"role": "user", "parts": [{"text": "Hi"}]}
HISTORY = (
    HistoryItem(role="user", text="I am Ann."),
    HistoryItem(role="user", text="Who are you?"),
    HistoryItem(role="assistant", text="Kore."),
    HistoryItem(role="assistant", text=" "),
    HistoryItem(role="system", text="Ann is 40."),
)
TOLD = [
    {"role": "user", "parts": [{"text": "I am Ann."}, {"text": "Who are you?"}]},
    {"role": "model", "parts": [{"text": "Kore."}]},
    {"role": "user", "parts": [{"text": "[Ann is 40.]"}]},
]
SEEDED = {
    "model": "models/gemini-3.1-flash-live-preview",
    "historyConfig": {"initialHistoryInClientContent": True},
}


def truncate(heard: str, response_id: str = "turn_1") -> Truncate:
    return Truncate(response_id=response_id, item_id=None, played_ms=40, heard=heard)


def texts(sent: list[dict[str, Any]]) -> list[str]:
    return [
        part["text"]
        for message in sent
        for turn in message["clientContent"].get("turns", ())
        for part in turn["parts"]
    ]


@pytest.mark.parametrize(
    ("options", "command", "message"),
    [
        ({}, SendText(text="Hi"), {"realtimeInput": {"text": "Hi"}}),
        (
            {"text_by": "client_content"},
            SendText(text="Hi"),
            {"clientContent": {"turns": [USER], "turnComplete": True}},
        ),
        ({}, CreateResponse(), {"clientContent": {"turnComplete": True}}),
        (
            {"content_at_any_time": False},
            CreateResponse(),
            {"realtimeInput": {"text": "Go on."}},
        ),
        (
            {},
            CreateResponse(instructions="Greet the user.", words="Hello!"),
            {"realtimeInput": {"text": "Hello!"}},
        ),
        (
            {},
            CreateResponse(instructions="Greet."),
            {"realtimeInput": {"text": "Greet."}},
        ),
        (
            {},
            AppendImage(jpeg=b"\xff\xd8\xff", width=2, height=2),
            {"realtimeInput": {"video": {"mimeType": "image/jpeg", "data": "/9j/"}}},
        ),
    ],
)
def test_what_is_asked_for_is_one_message_of_the_protocol(
    make_talk: Callable[..., Any],
    official: Any,
    options: dict[str, Any],
    command: Command,
    message: dict[str, Any],
) -> None:
    talk = make_talk(**options).open()

    sent = talk.ask(command)

    assert sent == [message]
    official.client(message)


def test_a_text_is_an_item_of_the_conversation(talk: Any) -> None:
    talk.ask(SendText(text="Hi"))

    assert talk.events == [
        ItemChanged(
            item_id="item_1",
            item_type="message",
            status="completed",
            role="user",
            content=({"type": "input_text", "text": "Hi"},),
        )
    ]


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (StartTurn(), "turns_unsupported"),
        (EndTurn(), "turns_unsupported"),
        (ApproveToolCall(approval_id="a", approve=True), "approval_unsupported"),
    ],
)
def test_what_the_server_does_not_do_is_refused(
    talk: Any, command: Command, code: str
) -> None:
    with pytest.raises(ProviderError) as refused:
        talk.ask(command)

    assert refused.value.code == code
    assert refused.value.is_recoverable


def test_a_video_track_is_refused(talk: Any) -> None:
    picture = Picture(width=2, height=2, i420=bytes(6))

    with pytest.raises(ProviderError) as refused:
        talk.ask(AppendPicture(picture=picture))

    assert refused.value.code == "video_track_unsupported"


def test_the_setup_is_the_first_message(make_talk: Callable[..., Any]) -> None:
    talk = make_talk()

    sent = talk.begin(setup={"model": "models/x"})

    assert sent == [{"setup": {"model": "models/x"}}]
    assert (talk.codec.ready, talk.codec.acknowledged) == (False, None)


@pytest.mark.parametrize(
    ("options", "setup", "opening", "sent"),
    [
        ({}, {}, Opening(), []),
        (
            {},
            {},
            Opening(history=HISTORY),
            [{"clientContent": {"turns": TOLD, "turnComplete": False}}],
        ),
        (
            {},
            {},
            Opening(history=HISTORY, resume=Resumption(handle="h", later=HISTORY[2:3])),
            [{"clientContent": {"turns": TOLD[1:2], "turnComplete": False}}],
        ),
        ({}, {}, Opening(history=HISTORY, resume=Resumption(handle="h")), []),
        (
            {"content_at_any_time": False},
            SEEDED,
            Opening(history=HISTORY),
            [{"clientContent": {"turns": TOLD, "turnComplete": True}}],
        ),
        (
            {"content_at_any_time": False},
            SEEDED,
            Opening(history=HISTORY[3:4]),
            [{"clientContent": {"turnComplete": True}}],
        ),
        ({"content_at_any_time": False}, {}, Opening(), []),
        (
            {"content_at_any_time": False},
            SEEDED,
            Opening(history=HISTORY, resume=Resumption(handle="h", later=HISTORY)),
            [],
        ),
    ],
)
def test_what_was_said_before_is_told_when_the_setup_is_complete(
    make_talk: Callable[..., Any],
    official: Any,
    options: dict[str, Any],
    setup: dict[str, Any],
    opening: Opening,
    sent: list[dict[str, Any]],
) -> None:
    talk = make_talk(**options)
    talk.begin(opening, setup)
    talk.forget()

    talk.hear(setupComplete={})
    talk.hear(setupComplete={})

    assert talk.sent == sent
    assert talk.codec.ready
    for message in sent:
        official.client(message)


def test_what_was_heard_is_noted_when_the_response_is_over(
    talk: Any, official: Any
) -> None:
    talk.says("One, two, three")
    held = talk.ask(truncate("One, two"))
    talk.forget()

    talk.content(interrupted=True)

    text = '[The user interrupted you. Of your last answer they heard only: "One, two"]'
    turn = {"role": "user", "parts": [{"text": text}]}
    assert held == []
    assert talk.sent == [{"clientContent": {"turns": [turn], "turnComplete": False}}]
    official.client(talk.sent[0])


def test_that_nothing_was_heard_is_noted(talk: Any) -> None:
    talk.says("One")
    talk.turn_complete()

    sent = talk.ask(truncate(" "))

    (text,) = texts(sent)
    assert text.startswith("[The user interrupted you, and heard nothing of your")


def test_who_heard_all_of_it_is_not_noted(talk: Any) -> None:
    talk.says("One ")
    talk.says("two. ")
    talk.turn_complete()

    assert talk.ask(truncate("One two.")) == []


def test_a_note_waits_for_the_answer_that_is_about_to_begin(talk: Any) -> None:
    talk.says("One")
    talk.turn_complete()
    talk.voice("START")
    talk.voice("END")

    held = talk.ask(truncate("O"))
    talk.sound()
    talk.forget()
    talk.turn_complete()

    assert held == []
    assert len(texts(talk.sent)) == 1


def test_a_note_does_not_cancel_the_functions_that_run(talk: Any) -> None:
    talk.says("Wait")
    talk.call({"id": "a", "name": "look"})

    assert talk.ask(truncate("W")) == []


def test_a_note_is_sent_before_the_next_text(
    make_talk: Callable[..., Any],
) -> None:
    talk = make_talk(text_by="client_content").open()
    talk.says("One")
    talk.ask(truncate("O"))

    sent = talk.ask(SendText(text="Hi"))

    assert texts(sent)[1:] == ["Hi"]
    assert [message["clientContent"]["turnComplete"] for message in sent] == [
        False,
        True,
    ]


def test_a_note_is_sent_once_and_the_last_counts(talk: Any) -> None:
    talk.says("One")
    talk.ask(truncate("O"))
    talk.ask(truncate("On"))
    talk.forget()

    talk.content(interrupted=True)
    talk.turn_complete()

    (text,) = texts(talk.sent)
    assert text.endswith('"On"]')


def test_a_cancelled_response_is_noted_at_once(talk: Any) -> None:
    talk.says("One")
    talk.ask(CancelResponse(response_id="turn_1"))

    assert len(texts(talk.ask(truncate("O")))) == 1


def test_the_server_that_a_note_stops_was_not_interrupted_by_the_user(
    talk: Any,
) -> None:
    talk.says("One")
    talk.ask(CancelResponse(response_id="turn_1"))
    talk.ask(truncate("O"))
    talk.forget()

    talk.content(interrupted=True)
    talk.turn_complete()

    assert talk.events == []


def test_a_note_that_stopped_nothing_hides_no_interruption(talk: Any) -> None:
    talk.says("One")
    talk.ask(CancelResponse(response_id="turn_1"))
    talk.ask(truncate("O"))
    talk.turn_complete()
    talk.forget()

    talk.content(interrupted=True)

    (started,) = talk.events
    assert isinstance(started, SpeechStarted)


def test_a_response_that_goes_on_is_not_noted(talk: Any) -> None:
    talk.says("One")
    talk.voice("START")
    talk.ask(truncate("O"))
    talk.voice("END")
    talk.says(" two")
    talk.forget()

    talk.turn_complete()

    assert talk.sent == []


def test_a_model_that_takes_no_notes_is_told_nothing(
    make_talk: Callable[..., Any],
) -> None:
    talk = make_talk(content_at_any_time=False, model="gemini-3.1").open()

    with pytest.raises(ProviderError) as refused:
        talk.ask(truncate("O"))

    assert str(refused.value) == "gemini-3.1 cannot be told what was heard of an answer"
    assert refused.value.code == "truncate_unsupported"


def test_audio_and_images_ask_for_nothing(talk: Any) -> None:
    talk.ask(AppendAudio(pcm=Pcm(bytes(640), 16_000)))
    talk.ask(AppendImage(jpeg=b"x", width=1, height=1))

    assert talk.turn_complete() == []
