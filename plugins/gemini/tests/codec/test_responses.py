from collections.abc import Callable
from typing import Any

import pytest

from realtime_run.core.commands import (
    CancelResponse,
    CreateResponse,
    SendText,
)
from realtime_run.core.provider_events import (
    AgentTranscript,
    AudioOutput,
    ItemChanged,
    ProviderFailed,
    ProviderNoted,
    ResponseDone,
    ResponseStarted,
    ResponseText,
    SpeechEnded,
    SpeechStarted,
)

PCM = b"\x01\x00\x02\x00"


def test_a_turn_is_one_response_from_its_first_output_to_its_end(talk: Any) -> None:
    talk.says("Hel")
    talk.sound()
    talk.says("lo")
    talk.content(generationComplete=True)
    end = {"turnComplete": True}
    talk.hear(serverContent=end, usageMetadata={"totalTokenCount": 1024})

    said = {"type": "output_audio", "transcript": "Hello"}
    original = {"serverContent": end, "usageMetadata": {"totalTokenCount": 1024}}
    assert talk.events == [
        ResponseStarted(response_id="turn_1"),
        ItemChanged(
            item_id="item_1",
            item_type="message",
            status="in_progress",
            role="assistant",
        ),
        AgentTranscript(
            response_id="turn_1",
            text="Hel",
            mode="delta",
            item_id="item_1",
            original={"serverContent": {"outputTranscription": {"text": "Hel"}}},
        ),
        AudioOutput(response_id="turn_1", pcm=PCM, item_id="item_1"),
        AgentTranscript(
            response_id="turn_1",
            text="lo",
            mode="delta",
            item_id="item_1",
            original={"serverContent": {"outputTranscription": {"text": "lo"}}},
        ),
        AgentTranscript(
            response_id="turn_1",
            text="Hello",
            mode="final",
            item_id="item_1",
            original=original,
        ),
        ItemChanged(
            item_id="item_1",
            item_type="message",
            status="completed",
            role="assistant",
            content=(said,),
        ),
        ResponseDone(
            response_id="turn_1",
            text="Hello",
            item_id="item_1",
            usage={"totalTokenCount": 1024},
            cost_usd=1.0,
        ),
    ]


def test_the_next_turn_is_another_response(talk: Any) -> None:
    talk.sound()
    talk.turn_complete()
    talk.sound()

    started = talk.of(ResponseStarted)
    assert [event.response_id for event in started] == ["turn_1", "turn_2"]


def test_nothing_ends_when_only_the_generation_is_complete(talk: Any) -> None:
    talk.sound()

    events = talk.content(generationComplete=True)

    assert events == []


def test_all_that_one_message_bundles_is_read(talk: Any) -> None:
    part = {"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": "AQACAA=="}}
    talk.hear(
        serverContent={
            "modelTurn": {"parts": [{"thought": True, "text": "Hm"}, part, part]},
            "outputTranscription": {"text": "Hi"},
            "turnComplete": True,
        },
        usageMetadata={"totalTokenCount": 2048},
        sessionResumptionUpdate={"newHandle": "h", "resumable": True},
    )

    assert [type(event).__name__ for event in talk.events] == [
        "ResponseStarted",
        "ItemChanged",
        "AgentTranscript",
        "AudioOutput",
        "AudioOutput",
        "AgentTranscript",
        "ItemChanged",
        "ResponseDone",
        "ResumptionOffered",
    ]


def test_thoughts_are_no_output(talk: Any) -> None:
    parts = [{"thought": True, "text": "**Greeting**"}]

    events = talk.content(modelTurn={"parts": parts})

    assert events == []


def test_text_that_is_no_thought_is_an_answer_in_writing(talk: Any) -> None:
    talk.content(modelTurn={"parts": [{"text": "see"}, {"text": "this"}]})
    talk.turn_complete()

    written = [event.text for event in talk.of(ResponseText)]
    (done,) = talk.of(ResponseDone)
    assert written == ["see", "this"]
    assert (done.text, done.item_id) == ("seethis", "item_1")


def test_half_a_sample_waits_for_the_other_half(talk: Any) -> None:
    talk.sound(b"\x01\x00\x02")
    talk.sound(b"\x00\x03\x00")

    assert [e.pcm for e in talk.of(AudioOutput)] == [b"\x01\x00", b"\x02\x00\x03\x00"]


def test_half_a_sample_of_one_response_is_not_of_the_next(talk: Any) -> None:
    talk.sound(b"\x01\x00\x02")
    talk.turn_complete()
    talk.sound(b"\x05\x00")

    assert [e.pcm for e in talk.of(AudioOutput)] == [b"\x01\x00", b"\x05\x00"]


def test_audio_of_another_rate_is_converted_and_noted_once(talk: Any) -> None:
    for _ in range(10):
        talk.sound(bytes(320), mimeType="audio/pcm;rate=16000")
    talk.turn_complete()

    samples = sum(len(event.pcm) // 2 for event in talk.of(AudioOutput))
    assert abs(samples - 2_400) <= 24
    (noted,) = talk.of(ProviderNoted)
    assert noted.level == "warning"
    assert "16000 Hz, not 24000" in noted.message


def test_audio_without_a_rate_has_that_of_the_model(talk: Any) -> None:
    talk.sound(mimeType="audio/pcm")

    assert talk.of(AudioOutput) == [
        AudioOutput(response_id="turn_1", pcm=PCM, item_id="item_1")
    ]


def test_an_interruption_cancels_the_response_at_once(talk: Any) -> None:
    talk.says("Once upon")
    talk.forget()

    events = talk.content(interrupted=True)

    said = {"type": "output_audio", "transcript": "Once upon"}
    assert events == [
        SpeechStarted(item_id="item_2"),
        ItemChanged(
            item_id="item_1",
            item_type="message",
            status="incomplete",
            role="assistant",
            content=(said,),
        ),
        ResponseDone(
            response_id="turn_1",
            status="cancelled",
            text="Once upon",
            item_id="item_1",
        ),
    ]


def test_output_of_an_interrupted_turn_is_dropped_until_the_turn_is_over(
    talk: Any,
) -> None:
    talk.sound()
    talk.content(interrupted=True)
    talk.forget()

    talk.sound()
    talk.says("late")
    talk.turn_complete()
    late = list(talk.events)
    talk.sound()

    assert late == []
    assert ResponseStarted(response_id="turn_2") in talk.events


def test_output_beside_an_interruption_is_of_the_interrupted_turn(talk: Any) -> None:
    talk.sound()
    talk.forget()

    part = {"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": "AQACAA=="}}
    talk.content(interrupted=True, modelTurn={"parts": [part]})

    assert talk.of(AudioOutput, ResponseStarted) == []


def test_an_interruption_may_come_after_the_generation_was_complete(talk: Any) -> None:
    talk.sound()
    talk.content(generationComplete=True)

    talk.content(interrupted=True)

    (done,) = talk.of(ResponseDone)
    assert done.status == "cancelled"


def test_a_turn_is_not_muted_by_an_end_that_never_came(talk: Any) -> None:
    talk.sound()
    talk.content(interrupted=True)
    talk.wait(1.0)

    talk.sound()

    assert ResponseStarted(response_id="turn_2") in talk.events


def test_what_the_user_did_not_do_by_voice_is_not_taken_for_speech(talk: Any) -> None:
    talk.sound()
    talk.ask(SendText(text="Stop."))
    talk.forget()

    talk.content(interrupted=True)
    talk.turn_complete()
    talk.sound()

    assert talk.of(SpeechStarted) == []
    done = [(e.response_id, e.status) for e in talk.of(ResponseDone)]
    assert done == [("turn_1", "cancelled")]
    assert ResponseStarted(response_id="turn_2") in talk.events


def test_the_end_of_a_turn_that_a_text_cut_is_not_an_empty_answer_to_it(
    talk: Any,
) -> None:
    talk.ask(SendText(text="One"))
    talk.ask(SendText(text="Two"))

    talk.content(interrupted=True)
    talk.turn_complete()

    assert talk.of(ResponseStarted, ResponseDone, SpeechStarted) == []


def test_each_of_several_texts_may_stop_the_server(talk: Any) -> None:
    talk.sound()
    talk.ask(SendText(text="One"))
    talk.ask(SendText(text="Two"))

    talk.content(interrupted=True)
    talk.turn_complete()
    talk.sound()
    talk.content(interrupted=True)
    talk.turn_complete()

    assert talk.of(SpeechStarted) == []
    assert [e.status for e in talk.of(ResponseDone)] == ["cancelled", "cancelled"]


def test_a_text_that_came_too_late_to_stop_anything_hides_no_speech(talk: Any) -> None:
    talk.sound()
    talk.ask(SendText(text="One"))
    talk.turn_complete()
    talk.sound()

    talk.content(interrupted=True)

    assert len(talk.of(SpeechStarted)) == 1


def test_what_stops_the_server_long_after_a_text_is_the_user(talk: Any) -> None:
    talk.ask(SendText(text="One"))
    talk.ask(SendText(text="Two"))
    talk.sound()
    talk.wait(5.0)

    talk.content(interrupted=True)

    assert len(talk.of(SpeechStarted)) == 1


def test_a_silent_turn_is_an_empty_response_if_somebody_waits(talk: Any) -> None:
    talk.ask(SendText(text="Say nothing."))
    talk.forget()

    events = talk.hear(
        serverContent={"turnComplete": True}, usageMetadata={"totalTokenCount": 1024}
    )

    assert events == [
        ResponseStarted(response_id="turn_1"),
        ResponseDone(
            response_id="turn_1", usage={"totalTokenCount": 1024}, cost_usd=1.0
        ),
    ]


def test_a_silent_turn_that_nobody_waits_for_is_none(talk: Any) -> None:
    assert talk.turn_complete() == []


@pytest.mark.parametrize("status", ["IN_PROGRESS", "REQUIRES_ACTION"])
def test_a_silent_turn_that_others_follow_is_no_answer(talk: Any, status: str) -> None:
    talk.ask(SendText(text="Think."))
    talk.forget()

    talk.turn_complete(interactionStatus=status)
    assert talk.of(ResponseDone) == []
    talk.turn_complete(interactionStatus="IDLE")
    assert [type(event) for event in talk.events] == [ResponseStarted, ResponseDone]


def test_the_response_that_is_thought_about_begins_before_it_is_said(talk: Any) -> None:
    talk.sound()

    events = talk.turn_complete(interactionStatus="IN_PROGRESS")

    assert events[-1] == ResponseStarted(response_id="turn_2")
    assert talk.sound()[-1].response_id == "turn_2"


def test_a_turn_that_waits_for_functions_begins_no_response(talk: Any) -> None:
    talk.call({"id": "c1", "name": "f"})

    talk.turn_complete(interactionStatus="IN_PROGRESS")

    assert [e.response_id for e in talk.of(ResponseStarted)] == ["turn_1"]


def test_a_user_who_speaks_is_not_cut_short_by_what_is_thought(make_talk: Any) -> None:
    talk = make_talk(interruptible=False).open()
    talk.sound()
    talk.voice("START")

    talk.turn_complete(interactionStatus="IN_PROGRESS")

    assert talk.of(SpeechEnded) == []
    assert [e.response_id for e in talk.of(ResponseStarted)] == ["turn_1"]


@pytest.mark.parametrize("thinks_s", [0.0, 12.0])
def test_what_is_thought_about_can_be_cancelled(talk: Any, thinks_s: float) -> None:
    talk.sound()
    talk.turn_complete(interactionStatus="IN_PROGRESS")

    talk.ask(CancelResponse(response_id="turn_2"))
    talk.forget()
    talk.wait(thinks_s)
    talk.says("No.")
    talk.sound()
    talk.turn_complete(interactionStatus="IDLE")

    assert talk.of(ResponseStarted, AudioOutput, AgentTranscript) == []
    assert talk.sound()[0] == ResponseStarted(response_id="turn_3")


def test_cancelling_what_is_said_before_cancels_what_is_thought_about(
    talk: Any,
) -> None:
    talk.sound()

    talk.ask(CancelResponse(response_id="turn_1"))
    talk.turn_complete(interactionStatus="IN_PROGRESS")
    talk.forget()
    talk.wait(12.0)
    talk.sound()
    talk.turn_complete(interactionStatus="IDLE")

    assert talk.of(ResponseStarted, AudioOutput) == []
    assert talk.sound()[0] == ResponseStarted(response_id="turn_2")


def test_who_speaks_while_the_model_thinks_is_noticed_and_answered(talk: Any) -> None:
    talk.sound()
    talk.turn_complete(interactionStatus="IN_PROGRESS")
    talk.wait(1.0)
    talk.forget()

    talk.user("And now?")
    talk.sound()

    assert [type(e) for e in talk.of(SpeechStarted, SpeechEnded, ResponseStarted)] == [
        SpeechStarted,
        SpeechEnded,
        ResponseStarted,
    ]


def test_after_an_interruption_nothing_begins_that_was_thought_about(talk: Any) -> None:
    talk.sound()
    talk.content(interrupted=True)

    talk.turn_complete(interactionStatus="IN_PROGRESS")

    assert [e.response_id for e in talk.of(ResponseStarted)] == ["turn_1"]


def test_a_fault_of_a_turn_that_others_follow_is_told(talk: Any) -> None:
    talk.ask(SendText(text="Go"))

    talk.turn_complete(interactionStatus="IN_PROGRESS", turnCompleteReason="BLOCKLIST")

    assert [e.status for e in talk.of(ResponseDone)] == ["failed"]


def test_the_rest_of_an_answer_after_a_false_alarm_was_all_of_it(talk: Any) -> None:
    talk.sound()
    talk.voice("START")
    talk.voice("END")
    talk.sound()
    talk.turn_complete()

    assert talk.turn_complete() == []


def test_who_speaks_over_what_was_thought_about_is_not_cut_short(talk: Any) -> None:
    talk.sound()
    talk.turn_complete(interactionStatus="IN_PROGRESS")
    talk.sound()
    talk.voice("START")

    talk.sound()

    assert talk.of(SpeechEnded) == []


def test_the_end_of_what_was_cancelled_leaves_nothing_expected(talk: Any) -> None:
    talk.ask(SendText(text="Go"))
    talk.ask(CancelResponse(response_id=None))
    talk.sound()
    talk.turn_complete()

    assert talk.turn_complete() == []


def test_what_was_not_converted_yet_of_a_cancelled_response_is_not_heard(
    talk: Any,
) -> None:
    talk.sound(PCM * 400, mimeType="audio/pcm;rate=16000")
    talk.forget()

    talk.content(interrupted=True)

    assert talk.of(AudioOutput) == []


def test_whoever_asks_again_hears_the_answer_to_that(talk: Any) -> None:
    talk.sound()
    talk.turn_complete(interactionStatus="IN_PROGRESS")
    talk.ask(CancelResponse(response_id="turn_2"))

    talk.ask(SendText(text="Hello?"))
    events = talk.sound()

    assert events[0] == ResponseStarted(response_id="turn_3")


def test_a_thought_that_came_to_nothing_keeps_no_later_answer_back(talk: Any) -> None:
    talk.sound()
    talk.turn_complete(interactionStatus="IN_PROGRESS")
    talk.ask(CancelResponse(response_id="turn_2"))
    talk.turn_complete(interactionStatus="IDLE")

    events = talk.sound()

    assert events[0] == ResponseStarted(response_id="turn_3")


def test_each_turn_of_an_interaction_that_goes_on_is_a_response(talk: Any) -> None:
    talk.sound()
    talk.turn_complete(interactionStatus="IN_PROGRESS")
    talk.sound()
    talk.turn_complete(interactionStatus="IDLE")

    done = [(e.response_id, e.status) for e in talk.of(ResponseDone)]
    assert done == [("turn_1", "completed"), ("turn_2", "completed")]


@pytest.mark.parametrize(
    ("reason", "spoken", "status", "told"),
    [
        ("NEED_MORE_INPUT", True, "completed", None),
        ("TURN_COMPLETE_REASON_UNSPECIFIED", True, "completed", None),
        (
            "RESPONSE_REJECTED",
            True,
            "incomplete",
            "the answer was cut short: its answer was rejected by the server",
        ),
        (
            "BLOCKLIST",
            False,
            "failed",
            "the model gave no answer: what it was told holds a word that is blocked",
        ),
        (
            "SOMETHING_NEW",
            False,
            "failed",
            "the model gave no answer: it ended its turn with SOMETHING_NEW",
        ),
    ],
)
def test_why_a_turn_ended_is_told(
    talk: Any, reason: str, spoken: bool, status: str, told: str | None
) -> None:
    talk.ask(SendText(text="Go"))
    if spoken:
        talk.sound()

    talk.turn_complete(turnCompleteReason=reason)

    (done,) = talk.of(ResponseDone)
    notes = [e.message for e in talk.of(ProviderNoted)]
    errors = [e.error for e in talk.of(ProviderFailed)]
    assert done.status == status
    assert notes + errors == ([told] if told else [])


def test_a_fault_is_told_even_if_nobody_waits_for_an_answer(talk: Any) -> None:
    talk.turn_complete(turnCompleteReason="BLOCKLIST")

    (failed,) = talk.events
    assert failed.error_code == "BLOCKLIST"


def test_cancelling_ends_the_response_and_mutes_the_rest_of_the_turn(talk: Any) -> None:
    talk.sound()

    sent = talk.ask(CancelResponse(response_id="turn_1"))
    talk.sound()
    talk.says("more")
    for _ in range(2):
        talk.wait(9.0)
        talk.sound()
    talk.turn_complete()
    talk.sound()

    assert sent == []
    (done,) = talk.of(ResponseDone)
    assert (done.response_id, done.status) == ("turn_1", "cancelled")
    assert len(talk.of(AudioOutput)) == 2
    assert ResponseStarted(response_id="turn_2") in talk.events


def test_a_turn_that_is_ignored_for_ever_is_given_up(talk: Any) -> None:
    talk.sound()
    talk.ask(CancelResponse(response_id="turn_1"))
    talk.wait(10.0)

    talk.sound()

    assert ResponseStarted(response_id="turn_2") in talk.events


def test_cancelling_what_is_over_does_nothing(talk: Any) -> None:
    talk.sound()
    talk.turn_complete()
    talk.forget()

    talk.ask(CancelResponse(response_id="turn_1"))

    assert (talk.events, talk.sent) == ([], [])


def test_an_answer_that_was_cancelled_before_it_began_is_not_told(talk: Any) -> None:
    talk.ask(SendText(text="Hi"))
    talk.ask(CancelResponse(response_id=None))
    talk.forget()

    talk.sound()
    talk.turn_complete()
    ignored = talk.of(ResponseStarted, ResponseDone, AudioOutput)
    talk.ask(SendText(text="And now?"))
    talk.sound()

    assert ignored == []
    assert talk.of(ResponseStarted) == [ResponseStarted(response_id="turn_1")]


def test_a_silent_turn_that_was_cancelled_is_not_told(talk: Any) -> None:
    talk.ask(SendText(text="Hi"))
    talk.ask(CancelResponse(response_id=None))
    talk.forget()

    silent = talk.turn_complete()
    talk.sound()

    assert silent == []
    assert talk.of(ResponseStarted) == [ResponseStarted(response_id="turn_1")]


def test_what_is_asked_for_later_is_not_what_was_cancelled(talk: Any) -> None:
    talk.ask(SendText(text="Hi"))
    talk.ask(CancelResponse(response_id=None))
    talk.ask(CreateResponse())

    talk.sound()

    assert talk.of(ResponseStarted) == [ResponseStarted(response_id="turn_1")]


def test_who_speaks_is_answered_though_something_was_cancelled(talk: Any) -> None:
    talk.ask(SendText(text="Hi"))
    talk.ask(CancelResponse(response_id=None))
    talk.voice("START")
    talk.voice("END")

    talk.sound()

    assert talk.of(ResponseStarted) == [ResponseStarted(response_id="turn_1")]


def test_the_end_of_a_turn_while_the_user_speaks_is_no_answer(talk: Any) -> None:
    talk.ask(SendText(text="Hi"))
    talk.voice("START")
    talk.forget()

    assert talk.turn_complete() == []


def test_cancelling_nothing_mutes_nothing(talk: Any) -> None:
    talk.ask(CancelResponse(response_id=None))

    talk.sound()

    assert talk.of(ResponseStarted) == [ResponseStarted(response_id="turn_1")]


def test_a_response_is_not_completed_by_the_loss_of_the_connection(talk: Any) -> None:
    talk.sound()

    events = talk.close("1006")

    assert events == []
    assert talk.codec.failure is None


def test_the_reason_of_a_close_may_say_that_it_is_over(talk: Any) -> None:
    talk.close("1008", "no such model")

    assert talk.codec.failure.message == "no such model"
    assert talk.codec.deadline is None
    assert talk.sound() == []


@pytest.mark.parametrize("text", ["", "[]", "{", b"\xff\xfe", "null", "[" * 9_000])
def test_garbage_is_reported(talk: Any, text: str | bytes) -> None:
    (failed,) = talk.hear_raw(text)

    assert isinstance(failed, ProviderFailed)
    assert failed.error_code == "invalid_message"


def test_what_is_unknown_is_noted_once(talk: Any) -> None:
    events = [
        *talk.hear(somethingNew={}),
        *talk.hear(somethingNew={}),
        *talk.content(anotherThing=1),
        *talk.content(modelTurn={"parts": [{"hologram": {}}]}),
        *talk.content(modelTurn={"parts": [{"executableCode": {}}]}),
        *talk.content(modelTurn={"parts": [{"inlineData": {"mimeType": "x/y"}}]}),
        *talk.sound(data="?"),
    ]

    assert [(type(event), event.level) for event in events] == [
        (ProviderNoted, "warning")
    ] * 5


def test_snake_case_and_binary_frames_and_url_safe_base64_are_understood(
    make_talk: Callable[..., Any],
) -> None:
    talk = make_talk().open()

    talk.hear_raw(
        b'{"server_content":{"model_turn":{"parts":[{"inline_data":'
        b'{"mime_type":"audio/pcm;rate=24000","data":"_-8"}}]}}}'
    )
    talk.hear_raw('{"server_content":{"turn_complete":true}}')

    (audio,) = talk.of(AudioOutput)
    (done,) = talk.of(ResponseDone)
    assert audio.pcm == b"\xff\xef"
    assert done.status == "completed"
