"""Whatever a client sends, the service answers and goes on."""

import base64
import json
from collections import Counter
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from realtime_run.core.pcm import Pcm
from realtime_run.simulation.outputs import Close
from realtime_run.simulation.tones import spoken
from realtime_run_qwen.simulator.requests import EVENT_TYPES

LOUD = base64.b64encode(spoken("one two").resample(16_000).data[:12_800]).decode()
QUIET = base64.b64encode(Pcm.silence(900, 16_000).data).decode()
JPEG = base64.b64encode(b"\xff\xd8\xff\xe0").decode()
TOOLS = [{"type": "function", "function": {"name": "f"}}]
_VAD = {"type": "server_vad", "idle_timeout_ms": 5_000}

_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "audio": st.sampled_from([LOUD, LOUD, QUIET, "", "%"]),
    "image": st.sampled_from([JPEG, "", "%"]),
    "item": st.sampled_from(
        [
            {"type": "message", "role": "user",
             "content": [{"type": "input_text", "text": "hi"}]},
            *({"type": "function_call_output", "call_id": f"call_{number}",
               "output": "1"} for number in range(4, 24)),
            {"type": "message"},
        ]
    ),
    "session": st.sampled_from(
        [
            {},
            {"tools": TOOLS},
            {"turn_detection": None},
            {"turn_detection": _VAD},
            {"modalities": ["text"]},
            {"max_tokens": 3},
            {"instructions": 1},
            {"tools": TOOLS, "enable_search": True},
        ]
    ),
    "response": st.sampled_from(
        [{}, {"modalities": ["text"]}, {"instructions": "Sing."}, {"x": 1}]
    ),
}  # fmt: skip
_FITTING = {
    "session.update": ("session",),
    "input_audio_buffer.append": ("audio",),
    "input_image_buffer.append": ("image",),
    "conversation.item.create": ("item",),
    "response.create": ("response",),
}
_lasting = [one for one in EVENT_TYPES if one != "session.finish"]
_event = st.fixed_dictionaries({"type": st.sampled_from(_lasting)}, optional=_FIELDS)
_fitting = st.sampled_from(_lasting).flatmap(
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
@given(
    _steps,
    st.sampled_from(["qwen3.5-omni-plus-realtime", "qwen-audio-3.1-realtime-plus"]),
)
def test_every_response_ends_and_every_item_is_finished(
    make_talk: Any, steps: list[tuple[dict[str, Any], float]], model: str
) -> None:
    talk = make_talk(model=model, cancel_done=True, idle_s=1000.0)

    for event, pause_s in steps:
        talk.send_raw(json.dumps(event))
        talk.wait(pause_s)
    talk.update(turn_detection=None)
    talk.wait(120)

    kinds: Counter[str] = Counter(talk.types)
    assert kinds["response.created"] == kinds["response.done"]
    assert kinds["response.output_item.added"] == kinds["response.output_item.done"]
    assert kinds["response.content_part.added"] == kinds["response.content_part.done"]
    ids = [event["event_id"] for event in talk.events]
    assert len(set(ids)) == len(ids)
    assert all("previous_item_id" not in event for event in talk.events)


_anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text() | st.sampled_from(EVENT_TYPES),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "session", "item", "audio", "image", "response", "tools"]
            )
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)


@_quietly
@given(_anything)
def test_whatever_is_sent_is_obeyed_refused_or_the_end(
    make_talk: Any, message: Any
) -> None:
    talk = make_talk()

    answers = talk.send_raw(json.dumps(message))

    is_event = isinstance(message, dict) and message.get("type") in EVENT_TYPES
    assert answers or is_event
    if not is_event:
        assert isinstance(talk.outputs[-1], Close)


@_quietly
@given(_anything)
def test_whatever_a_session_is_to_be_is_echoed_or_refused(
    make_talk: Any, session: Any
) -> None:
    talk = make_talk()

    answers = talk.send("session.update", session=session)

    (answer,) = answers
    assert answer["type"] in {"session.updated", "error"}
