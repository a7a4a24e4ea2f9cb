"""What is different on WebRTC; still without a peer."""

from typing import Any

from realtime_run.core.pcm import Pcm
from realtime_run.simulation.outputs import Hush, Play
from realtime_run.simulation.tones import spoken


def played(talk: Any) -> bytes:
    return b"".join(one.pcm for one in talk.outputs if isinstance(one, Play))


def test_sound_is_played_and_not_sent(make_talk: Any) -> None:
    talk = make_talk(transport="webrtc")
    talk.send("response.create")
    talk.wait(30)

    said = talk.of("response.output_audio_transcript.done")[0]["transcript"]
    assert played(talk) == spoken(said).data
    assert talk.of("response.output_audio.delta") == []


def test_what_was_made_sounds_until_it_is_heard_out(make_talk: Any) -> None:
    talk = make_talk(transport="webrtc", latency_s=0.0)
    talk.send("response.create")
    while not talk.of("response.done"):
        talk.wait(0.01)
    assert talk.of("output_audio_buffer.stopped") == []

    while not talk.of("output_audio_buffer.stopped"):
        talk.wait(0.01)

    duration_s = len(played(talk)) / 48_000
    assert abs(talk.at_s - duration_s) < 0.03


def test_speech_clears_what_sounds_and_cuts_it_where_it_was_heard(
    make_talk: Any, voice: Pcm
) -> None:
    talk = make_talk(transport="webrtc", latency_s=0.0)
    talk.send("response.create")
    talk.wait(1.0)
    assert talk.of("response.done")
    talk.forget()

    talk.hear(Pcm(voice.data[:9_600], 24_000))

    assert talk.types == [
        "input_audio_buffer.speech_started",
        "output_audio_buffer.cleared",
        "conversation.item.truncated",
    ]
    assert any(isinstance(one, Hush) for one in talk.outputs)
    assert 980 <= talk.events[2]["audio_end_ms"] <= 1000


def test_speech_clears_before_it_cancels(make_talk: Any, voice: Pcm) -> None:
    talk = make_talk(transport="webrtc", latency_s=0.0)
    talk.send("response.create")
    talk.wait(0.25)
    talk.forget()

    talk.hear(Pcm(voice.data[:9_600], 24_000))

    kinds = talk.types
    assert kinds[:3] == [
        "input_audio_buffer.speech_started",
        "output_audio_buffer.cleared",
        "conversation.item.truncated",
    ]
    assert kinds[-2] == "response.done"
    assert talk.events[-2]["response"]["status"] == "cancelled"
    assert talk.wait(30)[:1] == []


def test_a_client_cancels_and_then_clears(make_talk: Any) -> None:
    talk = make_talk(transport="webrtc", latency_s=0.0)
    talk.send("response.create")
    talk.wait(0.25)

    cancelled = talk.send("response.cancel")
    cleared = talk.send("output_audio_buffer.clear")

    assert cancelled[-2]["response"]["status"] == "cancelled"
    assert [event["type"] for event in cleared] == [
        "output_audio_buffer.cleared",
        "conversation.item.truncated",
    ]
    assert talk.wait(30) == []


def test_nothing_that_sounds_can_be_cleared_over_a_websocket(talk: Any) -> None:
    (event,) = talk.send("output_audio_buffer.clear")

    assert event["error"]["code"] == "invalid_event"


def test_the_next_answer_ends_the_one_that_sounds(make_talk: Any) -> None:
    talk = make_talk(transport="webrtc", latency_s=0.0)
    talk.send("response.create")
    talk.wait(1.0)
    first = talk.of("output_audio_buffer.started")[0]["response_id"]
    talk.write("and?")
    talk.send("response.create")
    talk.wait(30)

    buffer = [
        (one["type"].rpartition(".")[2], one["response_id"] == first)
        for one in talk.events
        if one["type"].startswith("output_audio_buffer.")
    ]
    assert buffer == [
        ("started", True),
        ("stopped", True),
        ("started", False),
        ("stopped", False),
    ]
