import json
from collections.abc import Callable
from typing import Any

import pytest

from realtime_run.core.commands import SendText, SendToolResults, ToolResult
from realtime_run.core.provider_events import (
    AgentTranscript,
    AudioOutput,
    ItemChanged,
    ProviderFailed,
    ProviderNoted,
    ResponseDone,
    ResponseStarted,
    ToolCalled,
)
from realtime_run.plugin.api import HistoryItem, Opening

RECORDINGS = (
    "google_ws/text_in_audio_out_turn",
    "google_ws/message_history_seeding",
    "google_ws/tool_call_round",
    "gateway_ws/gateway_gemini_text_in_audio_out",
)
HISTORY = (
    HistoryItem(role="user", text="My name is Alice and my favorite color is teal."),
    HistoryItem(role="assistant", text="Nice to meet you, Alice!"),
)
ASKED = {
    "google_ws/text_in_audio_out_turn": "Say a short greeting.",
    "google_ws/message_history_seeding": "What is my name and favorite color?",
    "google_ws/tool_call_round": (
        'Please record a reading of 5 with the note "steady".'
    ),
    "gateway_ws/gateway_gemini_text_in_audio_out": "Say a short greeting.",
}
Replay = Callable[[str], Any]


@pytest.fixture
def replay(make_talk: Callable[..., Any], recorded: Callable[[str], Any]) -> Replay:
    """Hold the recorded conversation; the client's part is what our codec says."""

    def held(name: str) -> Any:
        talk = make_talk(text_by="client_content")
        history = HISTORY if name.endswith("seeding") else ()
        for direction, message in recorded(name):
            if direction == "received":
                talk.hear_raw(json.dumps(message).encode())
            elif "setup" in message:
                talk.begin(Opening(history=history), message["setup"])
            elif "tool_response" in message:
                (said,) = message["tool_response"]["functionResponses"]
                result = ToolResult(
                    call_id=said["id"],
                    name=said["name"],
                    output=said["response"]["output"],
                )
                talk.ask(SendToolResults(results=(result,), respond=True))
            elif message["client_content"]["turnComplete"]:
                talk.ask(SendText(text=ASKED[name]))
        return talk

    return held


@pytest.mark.parametrize("name", RECORDINGS)
def test_every_recorded_message_is_understood(replay: Replay, name: str) -> None:
    talk = replay(name)

    assert talk.of(ProviderFailed, ProviderNoted) == []
    assert talk.codec.failure is None


@pytest.mark.parametrize("name", RECORDINGS)
def test_what_is_sent_is_what_was_recorded(
    replay: Replay, recorded: Callable[[str], Any], official: Any, name: str
) -> None:
    talk = replay(name)

    spellings = {"client_content": "clientContent", "tool_response": "toolResponse"}
    assert talk.sent == [
        {spellings.get(key, key): value for key, value in message.items()}
        for direction, message in recorded(name)
        if direction == "sent"
    ]
    for message in talk.sent:
        official.client(message)


@pytest.mark.parametrize(
    ("name", "said", "tokens"),
    [
        ("google_ws/text_in_audio_out_turn", "Hello there.", (26, 1157)),
        (
            "google_ws/message_history_seeding",
            "Your name is Alice, and your favorite color is teal.",
            (85, 1235),
        ),
        ("gateway_ws/gateway_gemini_text_in_audio_out", "Hello there.", (3, 15)),
    ],
)
def test_a_recorded_turn(
    replay: Replay, name: str, said: str, tokens: tuple[int, int]
) -> None:
    talk = replay(name)

    spoken = talk.of(AgentTranscript)
    (done,) = talk.of(ResponseDone)
    assert talk.of(ResponseStarted) == [ResponseStarted(response_id="turn_1")]
    assert "".join(e.text for e in spoken if e.mode == "delta") == said
    assert [e.text for e in spoken if e.mode == "final"] == [said]
    assert {e.response_id for e in talk.of(AudioOutput)} == {"turn_1"}
    assert (done.status, done.text) == ("completed", said)
    assert (
        done.usage["responseTokenCount"],
        done.usage["totalTokenCount"],
    ) == tokens
    assert done.cost_usd == tokens[1] / 1024


def test_a_recorded_call(replay: Replay) -> None:
    talk = replay("google_ws/tool_call_round")

    call_id = "function-call-3225422447732038294"
    arguments = '{"zqx_measurement": 5, "qbf_note": "steady"}'
    said = 'I have recorded a reading of 5 with the note "steady."'
    assert talk.of(ToolCalled) == [
        ToolCalled(
            response_id="turn_1",
            call_id=call_id,
            name="record_reading",
            arguments=arguments,
        )
    ]
    done = [(e.response_id, e.status, e.text) for e in talk.of(ResponseDone)]
    assert done == [
        ("turn_1", "completed", None),
        ("turn_2", "completed", said),
    ]
    items = [(e.item_type, e.status) for e in talk.of(ItemChanged)]
    assert items == [
        ("message", "completed"),
        ("function_call", "completed"),
        ("function_call_output", "completed"),
        ("message", "in_progress"),
        ("message", "completed"),
    ]
