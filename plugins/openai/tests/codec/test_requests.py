from binascii import b2a_base64
from collections.abc import Callable
from typing import Any

import pytest

from realtime_run.core.commands import (
    AppendAudio,
    AppendImage,
    AppendPicture,
    ApproveToolCall,
    CancelResponse,
    CreateResponse,
    SendText,
    SendToolResults,
    ToolResult,
)
from realtime_run.core.errors import ProviderError
from realtime_run.core.pcm import Pcm
from realtime_run.core.picture import Picture
from realtime_run.core.provider_events import (
    ProviderFailed,
    ProviderNoted,
    ResponseStarted,
)
from realtime_run.plugin.api import HistoryItem


def frame(value: int = 0, ms: int = 20) -> Pcm:
    return Pcm(bytes((value, 0)) * (24 * ms), 24_000)


def encoded(pcm: bytes) -> str:
    return b2a_base64(pcm, newline=False).decode()


def test_the_session_is_configured_before_anything_is_remembered(
    make_talk: Callable[..., Any],
) -> None:
    history = (
        HistoryItem(role="user", text="Hi, I am Ann."),
        HistoryItem(role="assistant", text="Hello, Ann."),
        HistoryItem(role="system", text="It is Monday."),
    )

    sent = make_talk().begin({"type": "realtime", "tools": []}, history)

    assert [message["type"] for message in sent] == [
        "session.update",
        "conversation.item.create",
        "conversation.item.create",
        "conversation.item.create",
    ]
    assert sent[0]["session"] == {"type": "realtime", "tools": []}
    assert [
        (message["item"]["role"], message["item"]["content"]) for message in sent[1:]
    ] == [
        ("user", [{"type": "input_text", "text": "Hi, I am Ann."}]),
        ("assistant", [{"type": "output_text", "text": "Hello, Ann."}]),
        ("system", [{"type": "input_text", "text": "It is Monday."}]),
    ]


def test_no_id_is_given_twice(make_talk: Callable[..., Any]) -> None:
    talk = make_talk().open(history=(HistoryItem(role="user", text="Hi."),))

    talk.ask(SendText(text="one"))
    talk.ask(AppendImage(jpeg=b"\xff", width=2, height=2))

    ids = [message["event_id"] for message in talk.sent]
    ids += [message["item"]["id"] for message in talk.sent if "item" in message]
    assert len(ids) == len(set(ids))
    assert max(map(len, ids)) <= 32


def test_a_frame_of_the_microphone_is_one_append(talk: Any) -> None:
    sent = talk.ask(AppendAudio(pcm=frame(7)))

    assert sent == [
        {"type": "input_audio_buffer.append", "audio": encoded(frame(7).data)}
    ]


def test_frames_are_gathered_to_the_length_that_was_chosen(
    make_talk: Callable[..., Any],
) -> None:
    talk = make_talk(append_ms=60).open()

    sent = [talk.ask(AppendAudio(pcm=frame(value))) for value in (1, 2, 3, 4)]

    whole = frame(1).data + frame(2).data + frame(3).data
    append = {"type": "input_audio_buffer.append", "audio": encoded(whole)}
    assert sent == [[], [], [append], []]


def test_audio_of_another_rate_is_refused(talk: Any) -> None:
    with pytest.raises(ProviderError, match="mono audio of 24000 Hz"):
        talk.ask(AppendAudio(pcm=Pcm(bytes(640), 16_000)))


def test_text_is_an_item_and_one_request(talk: Any) -> None:
    sent = talk.ask(SendText(text='Say "hi" ☺'))

    item, request = sent
    assert item["item"]["content"] == [{"type": "input_text", "text": 'Say "hi" ☺'}]
    assert item["item"]["role"] == "user"
    assert request == {"type": "response.create", "event_id": request["event_id"]}


def test_text_during_a_response_is_answered_after_it(talk: Any) -> None:
    talk.hear("response.created", response={"id": "r1"})

    sent = talk.ask(SendText(text="And tomorrow?"))
    talk.hear("response.done", response={"id": "r1", "status": "completed"})

    assert [message["type"] for message in sent] == ["conversation.item.create"]
    assert talk.sent_types == ["conversation.item.create", "response.create"]


def test_the_results_of_parallel_tools_are_followed_by_one_request(talk: Any) -> None:
    results = tuple(
        ToolResult(call_id=f"call_{n}", name="look_up", output=f'{{"n":{n}}}')
        for n in (1, 2, 3)
    )

    sent = talk.ask(SendToolResults(results=results, respond=True))

    assert talk.sent_types == [*["conversation.item.create"] * 3, "response.create"]
    assert [
        (message["item"]["call_id"], message["item"]["output"]) for message in sent[:3]
    ] == [("call_1", '{"n":1}'), ("call_2", '{"n":2}'), ("call_3", '{"n":3}')]


def test_results_without_an_answer_are_followed_by_no_request(talk: Any) -> None:
    result = ToolResult(call_id="call_1", name="look_up", output="ok")

    talk.ask(SendToolResults(results=(result,), respond=False))

    assert talk.sent_types == ["conversation.item.create"]


def test_old_pictures_leave_the_conversation(talk: Any) -> None:
    sent = [
        talk.ask(AppendImage(jpeg=bytes((n,)), width=640, height=480))
        for n in (1, 2, 3)
    ]

    first = sent[0][0]["item"]
    assert first["content"] == [
        {
            "type": "input_image",
            "image_url": "data:image/jpeg;base64,AQ==",
            "detail": "auto",
        }
    ]
    assert [len(messages) for messages in sent] == [1, 1, 2]
    assert sent[2][1]["type"] == "conversation.item.delete"
    assert sent[2][1]["item_id"] == first["id"]


def test_a_picture_that_was_gone_already_is_no_error(talk: Any) -> None:
    for n in (1, 2, 3):
        talk.ask(AppendImage(jpeg=bytes((n,)), width=640, height=480))
    deletion = talk.sent[-1]["event_id"]

    events = talk.hear(
        "error",
        error={"code": "item_not_found", "message": "No.", "event_id": deletion},
    )

    assert events == [ProviderNoted(message="No")]


def test_the_detail_of_pictures_is_chosen(make_talk: Callable[..., Any]) -> None:
    talk = make_talk(image_detail="low").open()

    (sent,) = talk.ask(AppendImage(jpeg=b"\xff", width=2, height=2))

    assert sent["item"]["content"][0]["detail"] == "low"


def test_an_approval_answers_the_question_and_lets_the_model_go_on(talk: Any) -> None:
    (sent,) = talk.ask(ApproveToolCall(approval_id="a1", approve=False, reason="No."))
    talk.wait(0.3)

    assert sent["item"] == {
        "id": sent["item"]["id"],
        "type": "mcp_approval_response",
        "approval_request_id": "a1",
        "approve": False,
        "reason": "No.",
    }
    assert talk.sent_types == ["conversation.item.create", "response.create"]


def test_a_response_of_the_servers_own_makes_the_request_needless(talk: Any) -> None:
    talk.ask(ApproveToolCall(approval_id="a1", approve=True))
    talk.hear("response.created", response={"id": "r1"})
    talk.hear("response.done", response={"id": "r1"})
    talk.wait(60)

    assert talk.sent_types == ["conversation.item.create"]


def test_a_video_track_needs_another_transport(talk: Any) -> None:
    picture = Picture(width=2, height=2, i420=bytes(6))

    with pytest.raises(ProviderError, match="takes no video track"):
        talk.ask(AppendPicture(picture=picture))


def test_nothing_is_cancelled_when_nothing_is_active(talk: Any) -> None:
    assert talk.ask(CancelResponse(response_id="r0")) == []
    assert talk.ask(CancelResponse(response_id=None)) == []


def test_the_end_of_a_cancelled_response_without_output_is_waited_for(
    talk: Any,
) -> None:
    talk.hear("response.created", response={"id": "r1"})
    talk.ask(CancelResponse(response_id="r1"))
    talk.ask(SendText(text="Hi."))

    talk.wait(4.9)
    before = talk.sent_types.count("response.create")
    talk.wait(0.1)

    assert (before, talk.sent_types.count("response.create")) == (0, 1)


def test_the_active_response_is_cancelled_by_its_id(talk: Any) -> None:
    talk.hear("response.created", response={"id": "r1"})

    (sent,) = talk.ask(CancelResponse(response_id="r1"))
    again = talk.ask(CancelResponse(response_id="r1"))

    assert (sent["type"], sent["response_id"]) == ("response.cancel", "r1")
    assert again == []


def test_a_request_that_is_refused_is_an_error_and_blocks_nothing(talk: Any) -> None:
    (request,) = talk.ask(CreateResponse())

    events = talk.hear(
        "error",
        error={
            "type": "invalid_request_error",
            "code": "invalid_value",
            "message": "No tools.",
            "event_id": request["event_id"],
        },
    )
    talk.ask(CreateResponse())

    assert events == [
        ProviderFailed(
            error="No tools",
            error_code="invalid_value",
            context="the server refused to make a response",
        )
    ]
    assert talk.sent_types == ["response.create", "response.create"]


def test_a_request_during_a_response_of_the_servers_is_repeated_after_it(
    talk: Any,
) -> None:
    (_, request) = talk.ask(SendText(text="Hello?"))
    talk.hear("response.created", response={"id": "r0"})

    events = talk.hear(
        "error",
        error={
            "code": "conversation_already_has_active_response",
            "message": "Conversation already has an active response.",
            "event_id": request["event_id"],
        },
    )
    talk.hear("response.done", response={"id": "r0"})

    assert [type(event) for event in events] == [ProviderNoted]
    assert talk.sent_types == [
        "conversation.item.create",
        "response.create",
        "response.create",
    ]


def test_a_server_that_is_always_busy_is_asked_three_times(talk: Any) -> None:
    talk.ask(CreateResponse())
    for _ in range(5):
        talk.hear("error", error={"code": "conversation_already_has_active_response"})
        talk.wait(5)

    assert talk.sent_types == ["response.create"] * 3
    assert ProviderFailed(
        error="the server says that it is making a response already, and makes none",
        error_code="response_refused",
        context="asking for a response",
    ) in (talk.events)


def test_a_response_that_does_not_begin_is_an_error_and_blocks_nothing(
    talk: Any,
) -> None:
    talk.ask(CreateResponse())

    events = talk.wait(10)
    talk.ask(CreateResponse())

    assert events == [
        ProviderFailed(
            error="no response began within 10 s",
            error_code="response_timeout",
            context="asking for a response",
        )
    ]
    assert talk.sent_types == ["response.create", "response.create"]


def test_what_was_cancelled_before_it_began_is_not_heard_in_place_of_the_next(
    talk: Any,
) -> None:
    talk.ask(SendText(text="Never mind."))
    talk.ask(CancelResponse(response_id=None))
    _ = talk.ask(SendText(text="Tell me a story."))
    item = talk.sent[-1]["item"]["id"]

    talk.hear("response.created", response={"id": "r1"})
    talk.hear("conversation.item.added", item={"id": item, "type": "message"})
    talk.forget()
    talk.hear(
        "response.output_audio.delta", response_id="r1", item_id="a1", delta="AAAA"
    )
    talk.hear("response.done", response={"id": "r1", "status": "cancelled"})
    talk.hear("response.created", response={"id": "r2"})

    assert talk.events == [ResponseStarted(response_id="r2")]
    assert talk.sent_types == ["response.create"]


def test_what_was_cancelled_before_it_began_is_told_of_if_nothing_followed(
    talk: Any,
) -> None:
    talk.ask(SendText(text="Never mind."))
    talk.ask(CancelResponse(response_id=None))

    events = talk.hear("response.created", response={"id": "r1"})

    assert events == [ResponseStarted(response_id="r1")]
    assert talk.sent_types[-1] == "response.cancel"
