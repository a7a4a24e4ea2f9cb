import json
from collections.abc import Callable
from typing import Any

import pytest

from realtime_run.core.provider_events import (
    AgentTranscript,
    AudioOutput,
    ItemChanged,
    ProviderEvent,
    ProviderFailed,
    ProviderNoted,
    ResponseDone,
    ResponseStarted,
    ResponseText,
    SpeechEnded,
    SpeechStarted,
    ToolCalled,
    UserTranscript,
)
from realtime_run_openai.codec.codec import EVENTS

RECORDINGS = (
    "openai_ws/audio_in_server_vad_turn",
    "openai_ws/text_in_audio_out_turn",
    "openai_ws/message_history_seeding",
    "azure_ws/text_in_audio_out_turn",
    "azure_ws/tool_call_round",
    "azure_ws/audio_in_server_vad_transcribes",
    "azure_ws/spoken_turn_transcribed_drives_a_tool_and_answers_in_audio",
    "azure_ws/message_history_seeding",
    "xai_ws/audio_in_server_vad_turn",
    "xai_ws/text_in_audio_out_turn",
    "xai_ws/session_resumption_after_drop",
    "xai_ws/thinking_disabled",
    "xai_ws/message_history_seeding",
    "gateway_ws/gateway_openai_text_in_audio_out",
    "openai_ws_sideband/webrtc_sideband_audio_turn",
    "openai_ws_sideband/webrtc_sideband_text_turn",
    "azure_ws_sideband/webrtc_sideband_text_turn",
)
Decode = Callable[[str], list[ProviderEvent]]
Recorded = Callable[[str], list[tuple[str, dict[str, Any]]]]


@pytest.fixture
def decode(
    make_talk: Callable[..., Any], recorded: Recorded
) -> Callable[[str], list[ProviderEvent]]:
    def decoded(name: str) -> list[ProviderEvent]:
        talk = make_talk()
        for direction, message in recorded(name):
            if direction == "received":
                talk.hear_raw(json.dumps(message))
            elif message["type"] == "session.update":
                talk.begin(None)
        assert talk.codec.failure is None
        return talk.events

    return decoded


@pytest.mark.parametrize("name", RECORDINGS)
def test_every_recorded_message_is_understood(decode: Decode, name: str) -> None:
    events = decode(name)

    assert not [event for event in events if isinstance(event, ProviderFailed)]
    assert not [
        event
        for event in events
        if isinstance(event, ProviderNoted) and event.level == "warning"
    ]
    assert any(isinstance(event, ResponseDone) for event in events)


@pytest.mark.parametrize("name", RECORDINGS)
def test_every_recorded_type_has_its_place_in_the_table(
    recorded: Recorded, name: str
) -> None:
    types = {data["type"] for way, data in recorded(name) if way == "received"}

    assert types <= EVENTS.keys()


@pytest.mark.parametrize("name", RECORDINGS)
def test_every_response_of_a_recording_begins_and_ends_once(
    decode: Decode, name: str
) -> None:
    events = decode(name)

    began = [e.response_id for e in events if isinstance(e, ResponseStarted)]
    done = [e.response_id for e in events if isinstance(e, ResponseDone)]
    assert began == done
    assert len(set(began)) == len(began)


def test_a_recorded_voice_turn(decode: Decode) -> None:
    events = decode("openai_ws/audio_in_server_vad_turn")

    user, agent = "item_E6U0xpLmn5e80rVGpEeKv", "item_E6U0xWSFIFri2uw2kTLLq"
    response = "resp_E6U0xfWhN878XBMhc0LKn"
    said = "Hello, Marcelo! Great to meet you. How can I help you today?"
    assert events[1:3] == [
        SpeechStarted(item_id=user, audio_ms=1460),
        SpeechEnded(item_id=user, audio_ms=4256),
    ]
    assert [e for e in events if isinstance(e, ItemChanged)] == [
        ItemChanged(
            item_id=user,
            item_type="message",
            status="completed",
            role="user",
            content=({"type": "input_audio", "transcript": None},),
        ),
        ItemChanged(
            item_id=agent, item_type="message", status="in_progress", role="assistant"
        ),
        ItemChanged(
            item_id=agent,
            item_type="message",
            status="completed",
            role="assistant",
            content=({"type": "output_audio", "transcript": said},),
        ),
    ]
    heard = [e for e in events if isinstance(e, UserTranscript)]
    assert "".join(e.text for e in heard if e.mode == "delta") == (
        " Hello, my name is Marcelo."
    )
    assert (heard[-1].text, heard[-1].mode) == ("Hello, my name is Marcelo.", "final")
    spoken = [e for e in events if isinstance(e, AgentTranscript)]
    assert "".join(e.text for e in spoken if e.mode == "delta") == said
    assert (spoken[-1].text, spoken[-1].mode) == (said, "final")
    audio = [e for e in events if isinstance(e, AudioOutput)]
    assert {(e.response_id, e.item_id) for e in audio} == {(response, agent)}
    done = events[-1]
    assert isinstance(done, ResponseDone)
    assert (done.response_id, done.status) == (response, "completed")
    assert (done.text, done.item_id) == (said, agent)
    assert done.cost_usd == 0.205


def test_a_recorded_text_turn(decode: Decode) -> None:
    events = decode("openai_ws_sideband/webrtc_sideband_text_turn")

    written = [e for e in events if isinstance(e, ResponseText)]
    (done,) = [e for e in events if isinstance(e, ResponseDone)]
    assert len(written) == 3
    assert "".join(e.text for e in written) == done.text
    assert {(e.response_id, e.item_id) for e in written} == {
        (done.response_id, done.item_id)
    }
    assert not [e for e in events if isinstance(e, AgentTranscript)]


def test_a_recorded_tool_round(decode: Decode) -> None:
    events = decode("azure_ws/tool_call_round")

    calling, answering = "resp_E4GEXS0gMoB7vHZTsFGmQ", "resp_E4GEXumrdwmRWJelpojFn"
    assert [e for e in events if isinstance(e, ToolCalled)] == [
        ToolCalled(
            response_id=calling,
            call_id="call_I5nx0fK2YAldYQZs",
            name="get_weather",
            arguments='{  \n  "city": "London" \n} \n',
        )
    ]
    done = [e for e in events if isinstance(e, ResponseDone)]
    assert [(e.response_id, e.text) for e in done] == [
        (calling, None),
        (answering, "It is foggy and 12 degrees in London."),
    ]


def test_a_recorded_turn_of_another_vendor(decode: Decode) -> None:
    events = decode("xai_ws/audio_in_server_vad_turn")

    heard = [(e.text, e.mode) for e in events if isinstance(e, UserTranscript)]
    assert heard == [
        ("Hello?", "replacement"),
        ("Hello?", "replacement"),
        ("Hello, my name is", "replacement"),
        ("Hello, my name is", "replacement"),
        ("Hello, my name is Marcelo.", "final"),
    ]
    spoken = [e for e in events if isinstance(e, AgentTranscript)]
    assert [(e.text, e.mode, e.audio_ms) for e in spoken] == [
        ("Hello Marcelo! Nice to meet you.", "delta", 0),
        (" How can I help you today?", "delta", 2060),
        ("Hello Marcelo! Nice to meet you. How can I help you today?", "final", None),
    ]
    (done,) = [e for e in events if isinstance(e, ResponseDone)]
    assert done.text == "Hello Marcelo! Nice to meet you. How can I help you today?"
    assert done.usage is not None
    assert done.usage["input_tokens"] == 156


def test_a_transcript_that_failed_is_an_error_and_an_empty_final(
    decode: Decode,
) -> None:
    events = decode("azure_ws/audio_in_server_vad_transcription_requires_deployment")

    item = "item_E4GEZV6Pux1f4VnDEzVPh"
    failed = [e for e in events if isinstance(e, ProviderFailed)]
    heard = [e for e in events if isinstance(e, UserTranscript)]
    assert failed == [
        ProviderFailed(
            error=f"Input transcription failed for item '{item}'",
            error_code="DeploymentNotFound",
            context="transcribing what the user said",
        )
    ]
    assert [(e.text, e.mode, e.item_id) for e in heard] == [("", "final", item)]
