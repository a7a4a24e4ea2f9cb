"""Nothing a server sends may raise, or be reported as what it is not."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from realtime_run.core.commands import (
    CancelResponse,
    Command,
    CreateResponse,
    SendText,
    Truncate,
)
from realtime_run_openai.codec.codec import EVENTS
from realtime_run_openai.prices import cost_usd

KEYS = (  # noqa: SIM905 - as a list, one a line, nobody would read it
    "response item session error part usage delta text transcript arguments id"
    " response_id item_id call_id event_id type status status_details code message"
    " param role content output name audio audio_start_ms expires_at rate_limits tools"
    " metadata conversation_id input_token_details text_tokens start_time"
).split()
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.just(10**400),
    st.floats(),
    st.sampled_from(("r1", "r2", "a1", "completed", "message", "mcp_call", "")),
    st.text(max_size=6),
)
TREES: st.SearchStrategy[Any] = st.recursive(
    VALUES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5)
    ),
    max_leaves=12,
)
FIELDS = st.dictionaries(st.sampled_from(KEYS), TREES, max_size=6)
MESSAGES = st.builds(
    lambda kind, fields: json.dumps({**fields, "type": kind}),
    st.sampled_from(sorted(EVENTS)),
    FIELDS,
)
RESPONSES = st.sampled_from(("r1", "r2"))
COMMANDS: st.SearchStrategy[Command] = st.one_of(
    st.just(CreateResponse()),
    st.just(SendText(text="Hi")),
    st.builds(CancelResponse, response_id=st.none() | RESPONSES),
    st.builds(
        Truncate,
        response_id=RESPONSES,
        item_id=st.none() | st.just("a1"),
        played_ms=st.integers(0, 9_000),
        heard=st.just(""),
    ),
)


@pytest.mark.parametrize("transport", ["websocket", "webrtc"])
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=60,
    deadline=None,
)
@given(history=st.lists(MESSAGES | COMMANDS | st.floats(0, 5), max_size=25))
def test_no_message_raises_and_whatever_is_sent_is_valid(
    make_talk: Callable[..., Any], transport: str, history: list[str | Command | float]
) -> None:
    talk = make_talk(
        transport=transport, cost=lambda usage: cost_usd("gpt-realtime-2.1", usage)
    ).open()

    for happening in history:
        if isinstance(happening, str):
            talk.hear_raw(happening)
        elif isinstance(happening, float):
            talk.wait(happening)
        else:
            talk.ask(happening)


@pytest.mark.parametrize("value", [10**400, -(10**400), 1e308, "1e999", True, [], {}])
def test_no_value_of_a_field_raises(
    make_talk: Callable[..., Any], value: object
) -> None:
    fields = dict.fromkeys(KEYS, value)

    for kind in EVENTS:
        talk = make_talk()
        talk.hear(kind, **fields)
        talk.hear(kind, **dict.fromkeys(KEYS, fields))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.text() | st.binary())
def test_no_garbage_raises(make_talk: Callable[..., Any], text: str | bytes) -> None:
    talk = make_talk()

    talk.hear_raw(text)

    assert talk.codec.failure is None
