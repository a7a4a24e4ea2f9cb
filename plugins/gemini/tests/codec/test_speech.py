from typing import Any

import pytest

from realtime_run.core.commands import AppendAudio, EndTurn, StartTurn
from realtime_run.core.pcm import Pcm
from realtime_run.core.provider_events import (
    ItemChanged,
    ProviderEvent,
    ResponseDone,
    ResponseStarted,
    SpeechEnded,
    SpeechStarted,
    UserTranscript,
)


def heard(talk: Any) -> list[tuple[str, str, str | None]]:
    """Return the transcripts of the user: mode, text and item."""
    return [(e.mode, e.text, e.item_id) for e in talk.of(UserTranscript)]


def names(events: list[ProviderEvent]) -> list[str]:
    return [type(event).__name__ for event in events]


def item(item_id: str, transcript: str | None) -> ItemChanged:
    return ItemChanged(
        item_id=item_id,
        item_type="message",
        status="completed",
        role="user",
        content=({"type": "input_audio", "transcript": transcript},),
    )


def test_the_servers_word_on_where_speech_begins_and_ends(talk: Any) -> None:
    talk.voice("START", "1.46s")
    talk.voice("END", "9.5s")

    assert talk.events == [
        SpeechStarted(item_id="item_1", audio_ms=1_460),
        SpeechEnded(item_id="item_1", audio_ms=9_500),
    ]


def test_both_ways_in_which_it_is_said_are_one(talk: Any) -> None:
    talk.hear(
        voiceActivityDetectionSignal={"vadSignalType": "VAD_SIGNAL_TYPE_SOS"},
        voiceActivity={"type": "ACTIVITY_START"},
    )
    talk.hear(voiceActivityDetectionSignal={"vadSignalType": "VAD_SIGNAL_TYPE_EOS"})
    talk.hear(voiceActivity={"type": "ACTIVITY_END"})

    assert names(talk.events) == ["SpeechStarted", "SpeechEnded"]


def test_an_interruption_that_was_announced_is_one(talk: Any) -> None:
    talk.sound()
    talk.forget()

    talk.voice("START", "3s")
    talk.content(interrupted=True)
    talk.content(interrupted=True)
    talk.turn_complete()

    assert names(talk.events) == ["SpeechStarted", "ItemChanged", "ResponseDone"]


def test_without_the_servers_word_a_transcript_is_the_beginning(talk: Any) -> None:
    talk.user("Hel")
    talk.user("lo")
    talk.sound()

    assert [type(e).__name__ for e in talk.events[:5]] == [
        "SpeechStarted",
        "UserTranscript",
        "UserTranscript",
        "SpeechEnded",
        "ResponseStarted",
    ]
    assert heard(talk) == [("delta", "Hel", "item_1"), ("delta", "lo", "item_1")]


def test_without_an_answer_silence_is_the_end(talk: Any) -> None:
    talk.user("Hello")

    early = talk.wait(2.9)
    late = talk.wait(0.1)

    assert early == []
    assert names(late) == ["SpeechEnded", "UserTranscript", "ItemChanged"]
    assert heard(talk)[-1] == ("final", "Hello", "item_1")


def test_speech_that_interrupted_ends_without_a_word_of_it(talk: Any) -> None:
    talk.sound()
    talk.content(interrupted=True)
    talk.turn_complete()

    events = talk.wait(3.0)

    assert events == [SpeechEnded(item_id="item_2")]


def test_the_server_alone_ends_speech_that_it_announced(talk: Any) -> None:
    talk.voice("START")

    assert talk.wait(60.0) == []


def test_the_answer_ends_speech_whose_end_was_not_announced(talk: Any) -> None:
    talk.voice("START")
    talk.forget()

    talk.sound()

    assert names(talk.events)[:2] == ["SpeechEnded", "ResponseStarted"]


def test_a_transcript_during_an_answer_is_late_and_interrupts_nobody(talk: Any) -> None:
    talk.sound()

    talk.user("What time is it?")
    talk.turn_complete()

    assert talk.of(SpeechStarted, SpeechEnded) == []
    assert heard(talk) == [
        ("delta", "What time is it?", "item_2"),
        ("final", "What time is it?", "item_2"),
    ]


def test_the_user_stands_before_the_answer_to_him(talk: Any) -> None:
    talk.user("Hi")
    talk.says("Hello")
    talk.user(" there")
    talk.turn_complete()

    finals = [
        type(event).__name__
        for event in talk.of(UserTranscript, ResponseDone)
        if isinstance(event, ResponseDone) or event.mode == "final"
    ]
    assert finals == ["UserTranscript", "ResponseDone"]
    assert heard(talk)[-1] == ("final", "Hi there", "item_1")


def test_after_the_end_of_speech_a_transcript_is_final_in_a_second(talk: Any) -> None:
    talk.voice("START")
    talk.user("Yes")
    talk.voice("END")
    talk.wait(0.9)
    talk.user(" please")
    early = talk.wait(0.9)
    talk.forget()

    talk.wait(0.1)

    assert early == []
    assert heard(talk) == [("final", "Yes please", "item_1")]
    assert talk.of(ItemChanged) == [item("item_1", "Yes please")]


def test_what_is_finished_is_final_at_once(talk: Any) -> None:
    talk.user("Yes", finished=True)

    assert heard(talk) == [("delta", "Yes", "item_1"), ("final", "Yes", "item_1")]


@pytest.mark.parametrize("nothing", [{}, {"finished": True}, {"text": ""}])
def test_an_empty_transcript_says_nothing(talk: Any, nothing: dict[str, Any]) -> None:
    assert talk.content(inputTranscription=nothing) == []


def test_what_comes_after_a_final_is_an_item_and_no_turn_of_its_own(talk: Any) -> None:
    talk.voice("START")
    talk.user("Good", finished=True)
    talk.voice("END")
    talk.sound()
    talk.forget()

    talk.user(" morning")
    talk.turn_complete()

    assert talk.of(SpeechStarted, SpeechEnded) == []
    assert heard(talk) == [
        ("delta", " morning", "item_3"),
        ("final", " morning", "item_3"),
    ]
    assert item("item_3", " morning") in talk.events


def test_speech_ends_as_the_item_that_it_began_as(talk: Any) -> None:
    talk.voice("START")
    talk.user("One.", finished=True)
    talk.user("Two.")
    talk.voice("END")

    assert talk.of(SpeechStarted, SpeechEnded) == [
        SpeechStarted(item_id="item_1"),
        SpeechEnded(item_id="item_1"),
    ]


def test_just_after_an_answer_a_transcript_is_still_of_what_was_answered(
    talk: Any,
) -> None:
    talk.user("Good")
    talk.sound()
    talk.turn_complete()
    talk.forget()
    talk.wait(0.4)

    talk.user(" morning")
    talk.wait(1.0)

    assert talk.of(SpeechStarted) == []
    assert heard(talk) == [
        ("delta", " morning", "item_3"),
        ("final", " morning", "item_3"),
    ]


def test_after_an_answer_a_transcript_is_new_speech(talk: Any) -> None:
    talk.user("Good")
    talk.sound()
    talk.turn_complete()
    talk.wait(0.5)
    talk.forget()

    talk.user("Next")

    assert names(talk.events) == ["SpeechStarted", "UserTranscript"]
    assert heard(talk) == [("delta", "Next", "item_3")]


def test_a_transcript_of_the_next_turn_is_not_of_the_turn_before(talk: Any) -> None:
    talk.user("One")
    talk.sound()
    talk.turn_complete()
    talk.wait(5.0)
    talk.sound()
    talk.forget()

    talk.user("Two")

    ((mode, text, item_id),) = heard(talk)
    assert (mode, text) == ("delta", "Two")
    assert item_id != "item_1"


def test_no_item_is_told_of_after_its_final(talk: Any) -> None:
    talk.user("One")
    talk.sound()
    talk.turn_complete()
    talk.user("Two")
    talk.wait(1.0)
    talk.sound()
    talk.user("Three")
    talk.turn_complete()

    finals = [item_id for mode, _, item_id in heard(talk) if mode == "final"]
    assert len(finals) == len(set(finals)) == 3


def test_while_functions_run_a_transcript_is_late(talk: Any) -> None:
    talk.call({"id": "c", "name": "look"})
    talk.forget()

    talk.user("Look it up")

    assert names(talk.events) == ["UserTranscript"]


def test_a_guess_replaces_what_is_not_certain(talk: Any) -> None:
    talk.content(interimInputTranscription={"text": "wreck a"})
    talk.content(interimInputTranscription={"text": "recognise"})
    talk.user("Recognise")
    talk.content(interimInputTranscription={"text": " speed"})
    talk.user(" speech")
    talk.user(".", finished=True)

    assert [(mode, text) for mode, text, _ in heard(talk)] == [
        ("replacement", "wreck a"),
        ("replacement", "recognise"),
        ("replacement", "Recognise"),
        ("replacement", "Recognise speed"),
        ("replacement", "Recognise speech"),
        ("delta", "."),
        ("final", "Recognise speech."),
    ]


def test_a_guess_that_nothing_became_of_is_what_was_said(talk: Any) -> None:
    talk.user("I say")
    talk.content(interimInputTranscription={"text": " no"})

    talk.close("1006")

    assert heard(talk)[-1] == ("final", "I say no", "item_1")


def test_speech_without_a_transcript_is_an_item_all_the_same(talk: Any) -> None:
    talk.voice("START")
    talk.voice("END")
    talk.sound()
    talk.turn_complete()

    assert heard(talk) == []
    assert item("item_1", None) in talk.events


def test_what_was_heard_is_told_when_the_connection_is_lost(talk: Any) -> None:
    talk.user("Are you there?")
    talk.forget()

    talk.close("1011")

    assert heard(talk) == [("final", "Are you there?", "item_1")]


def test_of_turns_that_the_session_finds_no_speech_is_reported(manual: Any) -> None:
    manual.ask(StartTurn())
    manual.ask(AppendAudio(pcm=Pcm(bytes(640), 16_000)))
    manual.voice("START")
    manual.user("Hi")
    manual.ask(EndTurn())
    manual.voice("END")
    manual.sound()
    manual.turn_complete()

    assert manual.of(SpeechStarted, SpeechEnded) == []
    assert heard(manual) == [("delta", "Hi", "item_1"), ("final", "Hi", "item_1")]
    assert item("item_1", "Hi") in manual.events


def test_a_response_that_a_sound_did_not_stop_is_heard_again(talk: Any) -> None:
    talk.sound()
    talk.voice("START")
    talk.sound()
    talk.voice("END")
    talk.forget()

    talk.sound()
    talk.sound()

    assert names(talk.events) == ["ResponseStarted", "AudioOutput", "AudioOutput"]
    assert talk.events[0] == ResponseStarted(response_id="turn_1")


def test_what_is_answered_by_silence_is_told_to_its_end(talk: Any) -> None:
    talk.voice("START")
    talk.user("Never mind.")
    talk.voice("END")

    events = talk.turn_complete()

    (said,) = [event for event in events if isinstance(event, UserTranscript)]
    assert (said.text, said.mode) == ("Never mind.", "final")


def test_the_server_knows_better_whether_the_user_still_speaks(talk: Any) -> None:
    talk.user("Well")
    talk.voice("START")

    talk.wait(5.0)

    assert len(talk.of(SpeechStarted)) == 1
    assert talk.of(SpeechEnded) == []


def test_an_answer_that_nobody_can_interrupt_begins_once(make_talk: Any) -> None:
    talk = make_talk(interruptible=False).open()
    talk.sound()
    talk.voice("START")
    talk.voice("END")

    talk.sound()

    assert len(talk.of(ResponseStarted)) == 1
