from binascii import b2a_base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_run.core.commands import Truncate
from realtime_run.core.provider_events import AudioOutput, ProviderNoted
from realtime_run_openai.codec.audio import AudioPart, cuts

MS = bytes(48)
"""One millisecond at 24 kHz."""


@pytest.fixture
def speaking(talk: Any) -> Any:
    """A response of two items, of 300 and 200 ms of audio."""
    talk.hear("response.created", response={"id": "r1"})
    for item_id, pcm in (("a1", MS * 300), ("a2", MS * 200)):
        talk.hear(
            "response.output_audio.delta",
            response_id="r1",
            item_id=item_id,
            content_index=1,
            delta=b2a_base64(pcm, newline=False).decode(),
        )
    return talk.forget()


def truncate(played_ms: int, item_id: str | None = "a2") -> Truncate:
    return Truncate(
        response_id="r1", item_id=item_id, played_ms=played_ms, heard="whatever"
    )


def test_what_was_not_heard_is_cut_at_the_millisecond(speaking: Any) -> None:
    sent = speaking.ask(truncate(417))

    assert [{**message, "event_id": ""} for message in sent] == [
        {
            "type": "conversation.item.truncate",
            "event_id": "",
            "item_id": "a1",
            "content_index": 1,
            "audio_end_ms": 300,
        },
        {
            "type": "conversation.item.truncate",
            "event_id": "",
            "item_id": "a2",
            "content_index": 1,
            "audio_end_ms": 117,
        },
    ]


def test_an_item_that_was_heard_whole_keeps_its_transcript(speaking: Any) -> None:
    speaking.hear("response.output_audio.done", response_id="r1", item_id="a1")

    sent = speaking.ask(truncate(417))

    assert [(m["item_id"], m["audio_end_ms"]) for m in sent] == [("a2", 117)]


def test_an_item_that_was_not_heard_at_all_is_deleted(speaking: Any) -> None:
    speaking.hear("response.output_audio.done", response_id="r1", item_id="a1")

    (sent,) = speaking.ask(truncate(300))

    assert (sent["type"], sent["item_id"]) == ("conversation.item.delete", "a2")


def test_no_more_is_kept_than_was_received(speaking: Any) -> None:
    sent = speaking.ask(truncate(9_000))

    assert [(m["item_id"], m["audio_end_ms"]) for m in sent] == [
        ("a1", 300),
        ("a2", 200),
    ]


def test_the_item_need_not_be_named(speaking: Any) -> None:
    sent = speaking.ask(truncate(100, item_id=None))

    assert [message["type"] for message in sent] == [
        "conversation.item.truncate",
        "conversation.item.delete",
    ]


def test_what_is_cut_is_cut_once(speaking: Any) -> None:
    speaking.ask(truncate(417))

    assert speaking.ask(truncate(417)) == []


def test_an_unknown_item_is_left_alone(speaking: Any) -> None:
    sent = speaking.ask(truncate(100, item_id="a9"))

    assert sent == []
    assert speaking.events == [
        ProviderNoted(message="no audio of item a9 is known: not truncated")
    ]


def test_a_truncation_that_comes_too_late_is_no_error(speaking: Any) -> None:
    sent = speaking.ask(truncate(417))

    events = speaking.hear(
        "error",
        error={
            "code": "invalid_value",
            "message": "Audio content of 110ms is already shorter than 117ms",
            "event_id": sent[1]["event_id"],
        },
    )

    assert [type(event) for event in events] == [ProviderNoted]


def test_audio_that_comes_after_the_cut_keeps_the_id_of_its_response(
    speaking: Any,
) -> None:
    speaking.ask(truncate(417))
    speaking.hear("response.done", response={"id": "r1", "status": "cancelled"})
    speaking.hear("response.created", response={"id": "r2"})

    events = speaking.hear(
        "response.output_audio.delta", response_id="r1", item_id="a2", delta="AAAA"
    )

    assert events == [AudioOutput(response_id="r1", pcm=b"\0\0", item_id="a2")]


@given(
    st.lists(st.integers(0, 5_000), max_size=4),
    st.integers(-10, 25_000),
    st.lists(st.booleans(), min_size=4, max_size=4),
)
def test_what_stays_of_a_response_is_what_was_heard(
    lengths: list[int], played_ms: int, complete: list[bool]
) -> None:
    parts = [
        AudioPart(f"i{n}", received=48 * ms, complete=complete[n])
        for n, ms in enumerate(lengths)
    ]

    found = {cut.item_id: cut.audio_end_ms for cut in cuts(parts, played_ms, 24_000)}

    kept = sum(found.get(f"i{n}", length) for n, length in enumerate(lengths))
    assert kept == min(max(0, played_ms), sum(lengths))
