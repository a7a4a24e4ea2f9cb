"""Whatever a client sends, the service answers and goes on."""

import base64
import json
from collections import Counter
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from realtime_run.core.pcm import Pcm
from realtime_run.simulation.tones import spoken
from realtime_run_openai.simulator.requests import EVENT_TYPES

LOUD = base64.b64encode(spoken("one two").data[:19_200]).decode()
QUIET = base64.b64encode(Pcm.silence(400, 24_000).data).decode()

_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "audio": st.sampled_from([LOUD, QUIET, "", "%"]),
    "item_id": st.sampled_from([f"item_{number}" for number in range(0, 60, 3)]),
    "content_index": st.integers(-1, 1),
    "audio_end_ms": st.integers(-1, 3000),
    "response_id": st.sampled_from(["resp_3", "resp_x"]),
    "previous_item_id": st.sampled_from(["root", "nowhere"]),
    "item": st.sampled_from(
        [
            {"type": "message", "role": "user",
             "content": [{"type": "input_text", "text": "hi"}]},
            {"type": "message", "role": "user",
             "content": [{"type": "input_audio", "audio": LOUD}]},
            {"type": "message", "role": "assistant",
             "content": [{"type": "output_text", "text": "hi"}]},
            {"type": "function_call", "name": "f", "arguments": "{", "call_id": "c"},
            {"type": "function_call_output", "call_id": "c", "output": "1"},
            {"type": "mcp_approval_response", "approval_request_id": "mcpr_9",
             "approve": True},
            {"type": "message"},
        ]
    ),
    "session": st.sampled_from(
        [
            {"type": "realtime"},
            {"type": "realtime", "tools": [{"type": "function", "name": "f"}]},
            {"type": "realtime", "tools": [{"type": "mcp", "server_label": "m"}]},
            {"type": "realtime", "audio": {"input": {"turn_detection": None}}},
            {"type": "realtime", "audio": {"input": {"turn_detection":
                {"type": "server_vad", "idle_timeout_ms": 200}}}},
            {"type": "realtime",
             "audio": {"input": {"format": {"type": "audio/pcmu"}}}},
            {"type": "realtime", "tool_choice": "required"},
            {"type": "realtime", "instructions": 1},
            {},
        ]
    ),
    "response": st.sampled_from(
        [
            {},
            {"conversation": "none"},
            {"output_modalities": ["text"]},
            {"max_output_tokens": 3},
            {"input": [{"type": "item_reference", "id": "item_9"}]},
            {"metadata": {"a": "b"}},
            {"x": 1},
        ]
    ),
}  # fmt: skip
_event = st.fixed_dictionaries({"type": st.sampled_from(EVENT_TYPES)}, optional=_FIELDS)
_FITTING = {
    "session.update": ("session",),
    "input_audio_buffer.append": ("audio",),
    "conversation.item.create": ("item",),
    "conversation.item.retrieve": ("item_id",),
    "conversation.item.truncate": ("item_id", "content_index", "audio_end_ms"),
    "conversation.item.delete": ("item_id",),
    "response.create": ("response",),
}
_fitting = st.sampled_from(EVENT_TYPES).flatmap(
    lambda kind: st.fixed_dictionaries(
        {
            "type": st.just(kind),
            **{name: _FIELDS[name] for name in _FITTING.get(kind, ())},
        }
    )
)
_steps = st.lists(st.tuples(_event | _fitting, st.floats(0, 2)), max_size=15)
_quietly = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=60,
    deadline=None,
)


@_quietly
@given(_steps, st.sampled_from(["websocket", "webrtc"]))
def test_every_response_ends_and_every_item_is_finished(
    make_talk: Any, steps: list[tuple[dict[str, Any], float]], transport: str
) -> None:
    talk = make_talk(transport=transport)

    for event, pause_s in steps:
        talk.send_raw(json.dumps(event))
        talk.wait(pause_s)
    talk.update(audio={"input": {"turn_detection": None}})
    talk.wait(120)

    kinds: Counter[str] = Counter(talk.types)
    assert kinds["response.created"] == kinds["response.done"]
    assert kinds["response.output_item.added"] == kinds["response.output_item.done"]
    assert kinds["conversation.item.added"] == kinds["conversation.item.done"]
    assert kinds["output_audio_buffer.started"] == (
        kinds["output_audio_buffer.stopped"] + kinds["output_audio_buffer.cleared"]
    )
    ids = [event["event_id"] for event in talk.events]
    assert len(set(ids)) == len(ids)


@_quietly
@given(_event)
def test_a_request_that_is_refused_is_answered_once(
    make_talk: Any, event: dict[str, Any]
) -> None:
    talk = make_talk()

    answers = talk.send_raw(json.dumps({**event, "event_id": "mine", "extra": 1}))

    assert [one["type"] for one in answers] == ["error"]
    assert answers[0]["error"]["event_id"] == "mine"


@_quietly
@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.floats()
        | st.text()
        | st.sampled_from(EVENT_TYPES),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["type", "session", "item", "audio", "response"])
                | st.text(max_size=3),
                inner,
                max_size=4,
            )
        ),
        max_leaves=10,
    )
)
def test_whatever_is_sent_is_answered_or_obeyed(make_talk: Any, message: Any) -> None:
    talk = make_talk()

    answers = talk.send_raw(json.dumps(message))

    assert answers or message["type"] in EVENT_TYPES
