"""Which response is asked for, and when, of a server that names no items or causes."""

from collections.abc import Callable
from typing import Any

import pytest

from realtime_run.core.commands import (
    CancelResponse,
    CreateResponse,
    EndTurn,
    SendText,
    SendToolResults,
    StartTurn,
    ToolResult,
)
from realtime_run.core.provider_events import (
    ProviderFailed,
    ProviderNoted,
    ResponseDone,
    ResponseStarted,
    SpeechStarted,
)

RESULT = ToolResult(call_id="call_1", name="move", output='{"ok": true}')


def test_a_text_is_an_item_without_an_id_and_is_answered_once(talk: Any) -> None:
    sent = talk.ask(SendText(text="Hi."))
    talk.hear("conversation.item.created", item={"id": "srv_1", "type": "message"})
    talk.begin()
    talk.end()
    talk.wait(30)

    assert [message["type"] for message in sent] == [
        "conversation.item.create",
        "response.create",
    ]
    assert sent[0]["item"] == {
        "type": "message",
        "role": "user",
        "content": [{"type": "input_text", "text": "Hi."}],
    }
    assert talk.sent_types.count("response.create") == 1


def test_a_text_while_another_is_being_answered_gets_an_answer_of_its_own(
    talk: Any,
) -> None:
    talk.ask(SendText(text="One."))

    second = talk.ask(SendText(text="Two."))
    talk.wait(1)
    talk.begin("r1")
    talk.end("r1")

    assert [message["type"] for message in second] == ["conversation.item.create"]
    assert talk.sent_types.count("response.create") == 2


def test_a_response_that_the_server_begins_answers_the_text_sent_before(
    talk: Any,
) -> None:
    talk.hear("input_audio_buffer.speech_started", item_id="u1")
    talk.ask(SendText(text="Look at this."))
    talk.hear("input_audio_buffer.speech_stopped", item_id="u1")
    talk.wait(0.5)

    talk.begin()
    talk.end()
    talk.wait(10)

    assert talk.sent_types == ["conversation.item.create"]


def test_a_response_that_began_before_a_text_can_have_arrived_does_not_answer_it(
    talk: Any,
) -> None:
    talk.hear("input_audio_buffer.speech_started", item_id="u1")
    talk.hear("input_audio_buffer.speech_stopped", item_id="u1")
    talk.ask(SendText(text="Look at this."))
    talk.wait(0.4)

    talk.begin()
    talk.end()

    assert talk.sent_types == ["conversation.item.create", "response.create"]


def test_a_text_that_met_a_response_of_the_servers_own_is_answered_after_it(
    talk: Any,
) -> None:
    talk.ask(SendText(text="Hi."))
    talk.begin("r1")  # of a turn that ended at the same moment

    talk.refuse("Conversation already has an active response")
    talk.end("r1")

    assert talk.sent_types == [
        "conversation.item.create",
        "response.create",
        "response.create",
    ]
    assert talk.of(ProviderFailed) == []


def test_who_is_told_that_the_user_speaks_asks_again_later(talk: Any) -> None:
    talk.ask(SendText(text="Hi."))

    talk.refuse("Cannot create response: user is speaking")
    at_once = talk.sent_types.count("response.create")
    talk.wait(4)

    assert (at_once, talk.sent_types.count("response.create")) == (1, 2)
    assert talk.of(ProviderFailed) == []


def test_the_server_has_300_ms_to_go_on_by_itself_after_results_of_tools(
    talk: Any,
) -> None:
    talk.ask(SendToolResults(results=(RESULT,), respond=True))

    talk.wait(0.29)
    before = list(talk.sent_types)
    talk.wait(0.02)

    assert before == ["conversation.item.create"]
    assert talk.sent_types == ["conversation.item.create", "response.create"]
    assert talk.sent[0]["item"] == {
        "type": "function_call_output",
        "call_id": "call_1",
        "output": '{"ok": true}',
    }


def test_nothing_is_asked_for_if_the_server_goes_on_by_itself(talk: Any) -> None:
    talk.ask(SendToolResults(results=(RESULT, RESULT), respond=True))
    talk.wait(0.2)
    talk.begin()
    talk.end()
    talk.wait(10)

    assert talk.sent_types == ["conversation.item.create"] * 2


def test_one_that_the_server_began_meanwhile_is_the_answer_to_results_of_tools(
    talk: Any,
) -> None:
    talk.ask(SendToolResults(results=(RESULT,), respond=True))
    talk.wait(0.4)
    talk.begin()

    talk.refuse("Conversation already has an active response")
    talk.end()
    talk.wait(10)

    assert talk.sent_types.count("response.create") == 1
    assert talk.of(ProviderFailed) == []


def test_where_the_runner_finds_turns_it_asks_for_the_answer_to_results_at_once(
    make_talk: Callable[..., Any],
) -> None:
    talk = make_talk({"manual_turns": True})

    talk.ask(SendToolResults(results=(RESULT,), respond=True))

    assert talk.sent_types == ["conversation.item.create", "response.create"]


def test_a_cancelled_response_is_over_soon_after_its_item(talk: Any) -> None:
    talk.begin()

    sent = talk.ask(CancelResponse(response_id="r1"))
    talk.stop()
    talk.wait(0.1)

    assert [sorted(message) for message in sent] == [["event_id", "type"]]
    assert sent[0]["type"] == "response.cancel"
    assert talk.of(ResponseDone) == [ResponseDone(response_id="r1", status="cancelled")]


def test_of_a_cancelled_response_without_output_nothing_is_waited_for(
    talk: Any,
) -> None:
    talk.ask(SendText(text="One."))
    talk.hear("response.created", response={"id": "r1", "output": []})
    talk.ask(CancelResponse(response_id="r1"))
    talk.ask(SendText(text="Two."))

    talk.wait(0.9)
    before = talk.sent_types.count("response.create")
    talk.wait(0.1)

    assert (before, talk.sent_types.count("response.create")) == (1, 2)


def test_what_was_cancelled_before_it_began_delays_the_next_response_no_longer(
    talk: Any,
) -> None:
    talk.ask(SendText(text="One."))
    talk.ask(CancelResponse(response_id=None))
    talk.ask(SendText(text="Two."))
    talk.begin("r1")

    talk.stop("r1")
    talk.wait(0.1)

    assert talk.sent_types[2:] == [
        "conversation.item.create",
        "response.cancel",
        "response.create",
    ]
    assert talk.of(ResponseStarted) == []


def test_what_the_server_says_of_results_unasked_is_cancelled(talk: Any) -> None:
    talk.ask(SendToolResults(results=(RESULT,), respond=False))
    talk.wait(0.9)

    talk.begin("r1")
    talk.stop("r1")

    assert talk.sent_types == ["conversation.item.create", "response.cancel"]
    assert talk.of(ResponseStarted) == []


@pytest.mark.parametrize("late_s", [0.2, 1.1])
def test_what_the_user_says_after_results_is_answered(talk: Any, late_s: float) -> None:
    talk.ask(SendToolResults(results=(RESULT,), respond=False))
    talk.wait(late_s)

    talk.hear("input_audio_buffer.speech_started", item_id="u1")
    talk.hear("input_audio_buffer.speech_stopped", item_id="u1")
    talk.begin("r1")

    assert talk.of(ResponseStarted) == [ResponseStarted(response_id="r1")]


@pytest.mark.parametrize("still_speaks", [False, True])
def test_a_turn_that_waits_for_its_answer_gets_it_although_results_come(
    talk: Any, still_speaks: bool
) -> None:
    steps = [
        lambda: talk.hear("input_audio_buffer.speech_stopped", item_id="u1"),
        lambda: talk.ask(SendToolResults(results=(RESULT,), respond=False)),
    ]
    talk.hear("input_audio_buffer.speech_started", item_id="u1")

    for step in reversed(steps) if still_speaks else steps:
        step()
    talk.begin("r1")

    assert talk.of(ResponseStarted) == [ResponseStarted(response_id="r1")]


def test_a_response_that_was_asked_for_is_given_although_results_come(
    talk: Any,
) -> None:
    talk.ask(SendText(text="Hi."))

    talk.ask(SendToolResults(results=(RESULT,), respond=False))
    talk.begin("r1")

    assert talk.of(ResponseStarted) == [ResponseStarted(response_id="r1")]


def test_results_do_not_make_a_text_forgotten_that_waits(talk: Any) -> None:
    talk.hear("input_audio_buffer.speech_started", item_id="u1")
    talk.ask(SendText(text="Look at this."))
    talk.ask(SendToolResults(results=(RESULT,), respond=True))
    talk.hear("input_audio_buffer.speech_stopped", item_id="u1")

    talk.begin("r1")
    talk.end("r1")

    assert talk.sent_types.count("response.create") == 1


def test_what_was_refused_and_is_not_wanted_any_more_is_not_asked_for_again(
    talk: Any,
) -> None:
    talk.ask(SendText(text="Hi."))
    talk.ask(CancelResponse(response_id=None))

    talk.refuse("Conversation already has an active response")
    talk.wait(10)

    assert talk.sent_types.count("response.create") == 1


def test_a_late_end_of_an_item_does_not_end_the_response_after_it(talk: Any) -> None:
    talk.begin("r1")
    talk.end("r1")
    talk.begin("r2")
    talk.ask(CancelResponse(response_id="r2"))

    talk.stop("r1")
    talk.wait(1)

    assert talk.of(ResponseDone) == [ResponseDone(response_id="r1", status="completed")]


def test_a_text_after_unasked_results_waits_no_longer_than_a_second(talk: Any) -> None:
    talk.ask(SendToolResults(results=(RESULT,), respond=False))

    talk.ask(SendText(text="Hi."))
    talk.wait(0.9)
    before = talk.sent_types.count("response.create")
    talk.wait(0.1)

    assert (before, talk.sent_types.count("response.create")) == (0, 1)


def test_the_end_that_a_server_does_send_brings_what_the_response_cost(
    talk: Any,
) -> None:
    talk.begin()
    talk.ask(CancelResponse(response_id="r1"))
    talk.stop()

    usage = {"output_tokens_details": {"audio_tokens": 1_000_000}}
    done = {"id": "r1", "status": "cancelled", "output": [], "usage": usage}
    talk.hear("response.done", response=done)
    talk.wait(10)

    [told] = talk.of(ResponseDone)
    assert (told.status, told.cost_usd) == ("cancelled", pytest.approx(41.26))


def test_a_cancelled_response_of_which_nothing_more_is_said_ends_after_5_s(
    talk: Any,
) -> None:
    talk.begin()
    talk.ask(CancelResponse(response_id="r1"))

    talk.wait(4.9)
    before = talk.of(ResponseDone)
    talk.wait(0.2)

    assert before == []
    assert talk.of(ResponseDone) == [ResponseDone(response_id="r1", status="cancelled")]


def test_a_response_that_the_user_interrupts_ends_without_response_done(
    talk: Any,
) -> None:
    talk.begin()

    talk.hear("input_audio_buffer.speech_started", item_id="u2")
    talk.stop()
    talk.wait(0.1)

    assert talk.of(ResponseDone) == [ResponseDone(response_id="r1", status="cancelled")]
    assert talk.sent == []


def test_a_response_goes_on_where_the_server_is_not_to_interrupt_it(
    make_talk: Callable[..., Any],
) -> None:
    talk = make_talk({"interruptible": False})
    talk.begin()

    talk.hear("input_audio_buffer.speech_started", item_id="u2")
    talk.wait(10)

    assert talk.of(ResponseDone) == []


def test_each_turn_is_asked_an_answer_for_where_the_server_gives_none(
    make_talk: Callable[..., Any],
) -> None:
    talk = make_talk({"interruptible": False})

    talk.hear("input_audio_buffer.speech_started", item_id="u1")
    talk.hear("input_audio_buffer.speech_stopped", item_id="u1")
    talk.hear("input_audio_buffer.committed", item_id="u1")

    assert talk.sent_types == ["response.create"]


@pytest.mark.parametrize(
    "said",
    [
        "Conversation has none active response",
        "Error append image before append audio.",
    ],
)
def test_lost_races_are_told_to_nobody(talk: Any, said: str) -> None:
    told = talk.refuse(said)

    assert [type(event) for event in told] == [ProviderNoted]


def test_a_turn_of_the_runners_is_committed_and_answered(
    make_talk: Callable[..., Any],
) -> None:
    talk = make_talk({"manual_turns": True})

    talk.ask(StartTurn())
    talk.speak(200)
    talk.ask(EndTurn())
    talk.hear("input_audio_buffer.committed", item_id="u1")
    talk.begin()

    assert talk.sent_types == [
        "input_audio_buffer.append",
        "input_audio_buffer.commit",
        "response.create",
    ]
    assert talk.of(ResponseStarted) == [ResponseStarted(response_id="r1")]


def test_a_turn_that_the_server_finds_empty_is_not_waited_for(
    make_talk: Callable[..., Any],
) -> None:
    talk = make_talk({"manual_turns": True})
    talk.ask(StartTurn())
    talk.speak(200)
    talk.ask(EndTurn())

    talk.refuse("Error committing input audio buffer: the buffer is empty.")

    assert talk.of(ProviderFailed) == []


def test_instructions_of_one_response_come_after_the_sessions_own(
    make_talk: Callable[..., Any],
) -> None:
    talk = make_talk({"instructions": "Be brief."})

    [sent] = talk.ask(CreateResponse(instructions="Greet."))

    assert sent["response"] == {"instructions": "Be brief.\n\nGreet."}


def test_a_turn_that_is_heard_to_begin_twice_begins_once(talk: Any) -> None:
    for _ in range(2):
        talk.hear("input_audio_buffer.speech_started", item_id="u1", audio_start_ms=100)

    assert talk.of(SpeechStarted) == [SpeechStarted(item_id="u1", audio_ms=100)]


def test_who_goes_on_in_the_same_turn_is_heard_to_begin_again(talk: Any) -> None:
    for at_ms in (100, 900):
        talk.hear(
            "input_audio_buffer.speech_started", item_id="u1", audio_start_ms=at_ms
        )
        talk.hear("input_audio_buffer.speech_stopped", item_id="u1")

    begun = [event.audio_ms for event in talk.of(SpeechStarted)]
    assert begun == [100, 900]
