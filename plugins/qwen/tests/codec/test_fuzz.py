"""Whatever the server says, only what it takes is sent to it."""

import json
from base64 import b64decode
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from realtime_run.core.commands import (
    AppendAudio,
    AppendImage,
    CancelResponse,
    Command,
    CreateResponse,
    SendText,
    SendToolResults,
    ToolResult,
    Truncate,
)
from realtime_run.core.pcm import Pcm
from realtime_run_openai.codec.codec import EVENTS
from realtime_run_qwen.dialect import MAX_IMAGE_BYTES, QWEN

IMAGE = "input_image_buffer.append"
TAKEN = {
    "input_audio_buffer.append",
    "input_audio_buffer.commit",
    "input_audio_buffer.clear",
    IMAGE,
    "conversation.item.create",
    "response.create",
    "response.cancel",
}
VALUES = st.sampled_from(("r1", "r2", "a1", "u1", "", "completed", "message", "AAAA"))
KEYS = ("id", "response_id", "item_id", "status", "type", "role", "text", "stash")
OBJECTS = st.dictionaries(st.sampled_from(KEYS), VALUES)
ERRORS = st.sampled_from(
    (
        "Conversation already has an active response",
        "user is speaking",
        "none active response",
        "buffer is empty",
        "something else",
    )
).map(lambda message: {"message": message})
FIELDS = st.fixed_dictionaries(
    {"response": OBJECTS, "item": OBJECTS, "error": ERRORS},
    optional={"response_id": VALUES, "item_id": VALUES, "delta": VALUES},
)
MESSAGES = st.builds(
    lambda kind, fields: json.dumps({**fields, "type": kind}),
    st.sampled_from(sorted({*EVENTS, *QWEN.canonical})),
    FIELDS,
)
RESULT = ToolResult(call_id="c", name="n", output="o")
COMMANDS: st.SearchStrategy[Command] = st.sampled_from(
    (
        AppendAudio(pcm=Pcm(bytes(3200), 16_000)),
        AppendImage(jpeg=bytes(9), width=4, height=4),
        AppendImage(jpeg=bytes(MAX_IMAGE_BYTES + 1), width=4, height=4),
        SendText(text="Hi"),
        SendToolResults(results=(RESULT,), respond=True),
        CreateResponse(instructions="Greet."),
        CancelResponse(response_id="r1"),
        CancelResponse(response_id=None),
        Truncate(response_id="r1", item_id=None, played_ms=0, heard=""),
    )
)


@pytest.mark.parametrize("opening", [{}, {"interruptible": False}])
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=100,
    deadline=None,
)
@given(history=st.lists(MESSAGES | COMMANDS | st.floats(0, 40), max_size=25))
def test_only_what_the_server_takes_is_sent_to_it(
    make_talk: Callable[..., Any],
    opening: dict[str, Any],
    history: list[str | Command | float],
) -> None:
    talk = make_talk(opening)

    for happening in history:
        if isinstance(happening, str):
            talk.hear_raw(happening)
        elif isinstance(happening, float):
            talk.wait(happening)
        else:
            talk.ask(happening)

    types = talk.sent_types
    assert set(types) <= TAKEN
    if IMAGE in types:
        assert "input_audio_buffer.append" in types[: types.index(IMAGE)]
    for message in talk.sent:
        assert "id" not in message.get("item", {})
        assert len(b64decode(message.get("image", ""))) <= MAX_IMAGE_BYTES
