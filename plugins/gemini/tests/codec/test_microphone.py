from collections.abc import Callable
from typing import Any

import pytest

from realtime_run.core.commands import (
    AppendAudio,
    CancelResponse,
    EndTurn,
    StartTurn,
)
from realtime_run.core.errors import ProviderError
from realtime_run.core.pcm import Pcm
from realtime_run.core.provider_events import ItemChanged, UserTranscript

FRAME = Pcm(bytes(range(256)) * 2 + bytes(128), 16_000)
END = {"realtimeInput": {"audioStreamEnd": True}}


def audio(milliseconds: int) -> AppendAudio:
    return AppendAudio(pcm=Pcm(bytes(32 * milliseconds), 16_000))


def lengths(sent: list[dict[str, Any]]) -> list[int]:
    """Return how many milliseconds each message holds."""
    blobs = [message["realtimeInput"]["audio"] for message in sent]
    return [(len(b["data"]) * 3 // 4 - b["data"].count("=")) // 32 for b in blobs]


def kinds(sent: list[dict[str, Any]]) -> list[str]:
    return [next(iter(message["realtimeInput"])) for message in sent]


def test_a_frame_is_a_message(talk: Any, official: Any) -> None:
    (sent,) = talk.ask(AppendAudio(pcm=FRAME))

    blob = sent["realtimeInput"]["audio"]
    assert blob["mimeType"] == "audio/pcm;rate=16000"
    assert blob["data"][:16] == "AAECAwQFBgcICQoL"
    assert lengths([sent]) == [20]
    official.client(sent)


@pytest.mark.parametrize(
    ("frame_ms", "pieces", "sent"),
    [
        (20, (10, 5, 5), [20]),
        (20, (50,), [20, 20]),
        (20, (50, 10), [20, 20, 20]),
        (40, (20, 20, 20), [40]),
        (40, (100,), [40, 40]),
        (20, (0,), []),
    ],
)
def test_audio_is_cut_into_messages_of_one_length(
    make_talk: Callable[..., Any],
    frame_ms: int,
    pieces: tuple[int, ...],
    sent: list[int],
) -> None:
    talk = make_talk(frame_ms=frame_ms).open()

    for milliseconds in pieces:
        talk.ask(audio(milliseconds))

    assert lengths(talk.sent) == sent


@pytest.mark.parametrize("pcm", [Pcm(bytes(640), 24_000), Pcm(bytes(640), 16_000, 2)])
def test_audio_of_another_form_is_refused(talk: Any, pcm: Pcm) -> None:
    with pytest.raises(ProviderError, match="mono audio of 16000 Hz, not"):
        talk.ask(AppendAudio(pcm=pcm))


def test_a_microphone_that_falls_silent_is_off_after_a_second_once(
    talk: Any, official: Any
) -> None:
    talk.ask(audio(30))
    talk.forget()

    talk.wait(0.99)
    early = list(talk.sent)
    talk.wait(60.0)

    assert early == []
    assert lengths(talk.sent[:1]) == [10]
    assert talk.sent[1:] == [END]
    official.client(END)


def test_a_microphone_that_goes_on_is_not_off(talk: Any) -> None:
    for _ in range(30):
        talk.wait(0.9)
        talk.ask(audio(20))

    assert END not in talk.sent


def test_a_second_is_counted_from_the_last_audio(talk: Any) -> None:
    talk.wait(0.7)
    talk.ask(audio(20))
    talk.forget()

    talk.wait(0.99)
    early = list(talk.sent)
    talk.wait(0.01)

    assert (early, talk.sent) == ([], [END])


def test_a_microphone_that_comes_back_can_be_off_again(talk: Any) -> None:
    for _ in range(2):
        talk.ask(audio(20))
        talk.wait(5.0)

    assert kinds(talk.sent) == ["audio", "audioStreamEnd"] * 2


def test_a_microphone_that_never_was_is_not_off(talk: Any) -> None:
    talk.wait(60.0)

    assert talk.sent == []


def test_a_turn_is_told_of_with_its_first_audio(manual: Any, official: Any) -> None:
    manual.ask(StartTurn())
    manual.ask(audio(20))
    manual.ask(audio(10))
    manual.ask(EndTurn())

    assert kinds(manual.sent) == ["activityStart", "audio", "audio", "activityEnd"]
    assert lengths(manual.sent[1:3]) == [20, 10]
    for message in manual.sent:
        official.client(message)


def test_outside_of_a_turn_nothing_is_sent(manual: Any) -> None:
    manual.ask(audio(20))
    manual.ask(StartTurn())
    manual.ask(audio(20))
    manual.ask(EndTurn())
    manual.ask(EndTurn())
    manual.forget()

    manual.ask(audio(20))
    manual.wait(60.0)

    assert manual.sent == []


def test_a_turn_in_which_nothing_was_heard_is_none(manual: Any) -> None:
    manual.ask(StartTurn())
    manual.ask(EndTurn())

    assert manual.sent == []
    assert manual.events == [UserTranscript(text="", mode="final")]


def test_a_turn_that_begins_ends_the_one_before(manual: Any) -> None:
    for _ in range(2):
        manual.ask(StartTurn())
        manual.ask(audio(20))

    assert kinds(manual.sent) == [
        "activityStart",
        "audio",
        "activityEnd",
        "activityStart",
        "audio",
    ]


def test_a_turn_that_the_model_answers_with_silence_is_answered(manual: Any) -> None:
    manual.ask(StartTurn())
    manual.ask(audio(20))
    manual.ask(EndTurn())

    assert len(manual.turn_complete()) >= 2


@pytest.fixture
def interruptible(make_talk: Callable[..., Any]) -> Any:
    """A talk in which a turn that begins would stop the server."""
    return make_talk(manual_turns=True).open()


def test_a_turn_does_not_interrupt_a_response(interruptible: Any) -> None:
    interruptible.sound()
    interruptible.ask(StartTurn())
    interruptible.ask(audio(30))
    interruptible.ask(EndTurn())
    held = list(interruptible.sent)

    interruptible.turn_complete()

    assert held == []
    assert kinds(interruptible.sent) == [
        "activityStart",
        "audio",
        "audio",
        "activityEnd",
    ]
    assert len(interruptible.turn_complete()) >= 2  # the model answers by silence


def test_a_turn_goes_on_when_the_response_before_it_is_over(
    interruptible: Any,
) -> None:
    interruptible.sound()
    interruptible.ask(StartTurn())
    interruptible.ask(audio(20))
    interruptible.turn_complete()

    interruptible.ask(audio(20))
    interruptible.ask(EndTurn())

    assert kinds(interruptible.sent) == [
        "activityStart",
        "audio",
        "audio",
        "activityEnd",
    ]


def test_a_turn_stops_a_response_that_nobody_wants(interruptible: Any) -> None:
    interruptible.sound()
    interruptible.ask(StartTurn())
    interruptible.ask(audio(20))

    sent = interruptible.ask(CancelResponse(response_id="turn_1"))
    more = interruptible.ask(audio(20))

    assert kinds(sent) == ["activityStart", "audio"]
    assert kinds(more) == ["audio"]


def test_a_server_that_is_not_interrupted_hears_a_turn_at_once(manual: Any) -> None:
    manual.sound()
    manual.ask(StartTurn())

    sent = manual.ask(audio(20))

    assert kinds(sent) == ["activityStart", "audio"]


def test_no_more_than_a_minute_of_a_turn_is_held(interruptible: Any) -> None:
    interruptible.sound()
    interruptible.ask(StartTurn())
    for _ in range(100):
        interruptible.ask(audio(1_000))
    interruptible.ask(EndTurn())
    interruptible.ask(StartTurn())
    interruptible.ask(audio(20))
    interruptible.ask(EndTurn())

    interruptible.turn_complete()

    assert kinds(interruptible.sent) == [
        "activityStart",
        *["audio"] * 2_999,
        "activityEnd",
    ]


def test_what_a_turn_says_is_not_of_the_answer_before_it(interruptible: Any) -> None:
    interruptible.says("One")
    interruptible.ask(StartTurn())
    interruptible.ask(audio(20))
    interruptible.turn_complete()
    interruptible.ask(EndTurn())
    interruptible.wait(5.0)
    interruptible.user("Two")
    interruptible.says("Three")
    interruptible.turn_complete()

    said = interruptible.of(UserTranscript)
    assert [(e.mode, e.text) for e in said] == [("delta", "Two"), ("final", "Two")]
    assert len({e.item_id for e in said}) == 1
    users = [e for e in interruptible.of(ItemChanged) if e.role == "user"]
    assert [(e.item_id, e.content[0]["transcript"]) for e in users] == [
        (said[0].item_id, "Two")
    ]


def test_the_end_of_a_response_beside_a_turn_is_no_answer_to_it(
    interruptible: Any,
) -> None:
    interruptible.sound()
    interruptible.ask(StartTurn())
    interruptible.ask(audio(20))
    interruptible.turn_complete()

    assert kinds(interruptible.sent) == ["activityStart", "audio"]
    assert interruptible.turn_complete() == []
