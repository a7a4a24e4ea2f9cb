"""What is too long for one message of a WebRTC data channel."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_run.core.commands import SendText, SendToolResults, ToolResult
from realtime_run.core.provider_events import ProviderFailed
from realtime_run.plugin.api import HistoryItem
from realtime_run_openai.codec.pieces import MOST_BYTES, pieces, shortened

LIMIT_BYTES = 65_536
LONG = [
    pytest.param("x" * 100_000, id="ascii"),
    pytest.param("я" * 32_000, id="cyrillic"),
    pytest.param("😀" * 32_000, id="emoji"),
    pytest.param("\x01" * 32_000, id="control"),
]
LONG_TEXTS = st.builds(str.__mul__, st.text(min_size=1), st.integers(1, 20_000))


def texts_of(messages: list[dict[str, Any]]) -> list[str]:
    items = [message["item"] for message in messages if "item" in message]
    return [item["content"][0]["text"] for item in items]


def longest(messages: list[dict[str, Any]]) -> int:
    return max(len(json.dumps(message)) for message in messages)


@pytest.mark.parametrize("text", LONG)
def test_a_long_text_goes_over_webrtc_in_pieces_and_is_answered_once(
    webrtc: Any, text: str
) -> None:
    sent = webrtc.ask(SendText(text=text))

    assert "".join(texts_of(sent)) == text
    assert longest(sent) < LIMIT_BYTES
    assert [m["type"] for m in sent].count("response.create") == 1


@pytest.mark.parametrize("text", LONG)
def test_a_long_history_is_told_over_webrtc_in_pieces(
    make_talk: Callable[..., Any], text: str
) -> None:
    talk = make_talk(transport="webrtc")
    talk.hear("session.created", session={})

    sent = talk.begin(None, [HistoryItem(role="assistant", text=text)])
    told = [
        talk.hear("conversation.item.added", item=message["item"]) for message in sent
    ]

    assert "".join(texts_of(sent)) == text
    assert {message["item"]["role"] for message in sent} == {"assistant"}
    assert longest(sent) < LIMIT_BYTES
    assert [events for events in told if events] == []


def test_over_a_websocket_a_long_text_stays_whole(talk: Any) -> None:
    sent = talk.ask(SendText(text="x" * 100_000))

    assert texts_of(sent) == ["x" * 100_000]


@pytest.mark.parametrize("text", LONG)
def test_a_result_that_is_too_long_for_webrtc_is_cut_and_told(
    webrtc: Any, text: str
) -> None:
    result = ToolResult(call_id="c1", name="read", output=text, success=True)

    sent = webrtc.ask(SendToolResults(results=(result,), respond=True))

    output = sent[0]["item"]["output"]
    assert text.startswith(output)
    assert longest(sent) < LIMIT_BYTES
    (told,) = webrtc.events
    assert isinstance(told, ProviderFailed)
    assert told.error == (
        f"the result of 'read' is too long for WebRTC: the model gets the first"
        f" {len(output):,} of {len(text):,} characters"
    )
    assert told.error_code == "result_too_long"


@pytest.mark.parametrize("transport", ["webrtc", "websocket"])
def test_a_result_that_fits_stays_whole(
    make_talk: Callable[..., Any], transport: str
) -> None:
    talk = make_talk(transport=transport).open()
    result = ToolResult(call_id="c1", name="read", output="x" * 50_000, success=True)

    sent = talk.ask(SendToolResults(results=(result,), respond=True))

    assert sent[0]["item"]["output"] == "x" * 50_000
    assert talk.events == []


@given(text=LONG_TEXTS | st.just(""))
def test_no_piece_is_too_long_and_none_is_lost(text: str) -> None:
    cut = pieces(text)

    assert "".join(cut) == text
    assert len(cut) >= 1
    assert all(len(json.dumps(piece)) < LIMIT_BYTES for piece in cut)


@given(text=LONG_TEXTS)
def test_what_is_shortened_fits_and_is_used_well(text: str) -> None:
    kept = shortened(text)

    assert text.startswith(kept)
    assert len(json.dumps(kept)) <= MOST_BYTES
    assert kept == text or len(json.dumps(kept)) > MOST_BYTES * 0.9
