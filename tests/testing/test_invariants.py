"""Each rule is broken by one change to a stream of events that breaks none."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from realtime_run.builtin.event_json import event_json
from realtime_run.core import events as public
from realtime_run.core.capabilities import Capabilities
from realtime_run.core.events import RealtimeEvent
from realtime_run.core.pcm import Pcm
from realtime_run.testing.invariants import violations

SECOND = Pcm.silence(1000, 16_000)
CAN = Capabilities(input_hz=16_000, output_hz=16_000)
EVENTS: tuple[RealtimeEvent, ...] = (
    public.RealtimeConnectedEvent(session_config={"model": "m"}, capabilities=CAN),
    public.RealtimeResponseEvent(
        text="", response_id="r1", is_complete=False, status="in_progress"
    ),
    public.RealtimeAgentSpeechTranscriptionEvent(
        text="hello ", mode="delta", response_id="r1", epoch=0
    ),
    public.RealtimeAudioOutputEvent(data=SECOND, response_id="r1", epoch=0),
    public.RealtimeAgentSpeechStartedEvent(response_id="r1", epoch=0),
    public.RealtimeUserSpeechStartedEvent(),
    public.RealtimeInterruptionEvent(
        source="provider", epoch=1, onset_ns=5, silence_ns=6, provider_stop_ns=None
    ),
    public.RealtimeAgentSpeechTranscriptionEvent(
        text="hel", mode="final", response_id="r1", epoch=0
    ),
    public.RealtimeAudioOutputDoneEvent(
        response_id="r1", interrupted=True, played_ms=400
    ),
    public.RealtimeAgentSpeechEndedEvent(response_id="r1", epoch=0, interrupted=True),
    public.RealtimeUserSpeechEndedEvent(),
    public.RealtimeUserSpeechTranscriptionEvent(text="no", mode="final", item_id="u1"),
    public.RealtimeResponseEvent(
        text="hello you", response_id="r1", is_complete=True, status="cancelled"
    ),
    public.RealtimeResponseEvent(
        text="", response_id="r2", is_complete=False, status="in_progress"
    ),
    public.RealtimeAudioOutputEvent(data=SECOND, response_id="r2", epoch=1),
    public.RealtimeResponseEvent(
        text="", response_id="r2", is_complete=True, status="completed"
    ),
    public.RealtimeAgentSpeechStartedEvent(response_id="r2", epoch=1),
    public.RealtimeAudioOutputDoneEvent(
        response_id="r2", interrupted=False, played_ms=1000
    ),
    public.RealtimeAgentSpeechEndedEvent(response_id="r2", epoch=1, interrupted=False),
    public.ToolStartEvent(tool_name="add", arguments={"a": 1}, tool_call_id="c1"),
    public.ToolEndEvent(
        tool_name="add",
        arguments={"a": 1},
        tool_call_id="c1",
        success=True,
        result=3,
        execution_ms=1.0,
    ),
    public.RealtimeDisconnectedEvent(reason=None, was_clean=True, will_reconnect=False),
    public.SessionEndedEvent(reason="closed"),
)


def stamped(events: Sequence[RealtimeEvent]) -> list[RealtimeEvent]:
    return [
        replace(
            event,
            event_id=event.event_id or f"id-{number}",
            session_id=event.session_id or "s",
            provider="p",
            timestamp=datetime(2026, 1, 1, tzinfo=UTC),
            monotonic_ns=event.monotonic_ns or number + 1,
        )
        for number, event in enumerate(events)
    ]


def index_of(type_: str, number: int = 0) -> int:
    return [at for at, event in enumerate(EVENTS) if event.type == type_][number]


def changed(type_: str, number: int = 0, **fields: Any) -> list[RealtimeEvent]:
    at = index_of(type_, number)
    return [*EVENTS[:at], replace(EVENTS[at], **fields), *EVENTS[at + 1 :]]


def without(type_: str, number: int = 0) -> list[RealtimeEvent]:
    at = index_of(type_, number)
    return [*EVENTS[:at], *EVENTS[at + 1 :]]


def twice(type_: str, number: int = 0) -> list[RealtimeEvent]:
    at = index_of(type_, number)
    return [*EVENTS[: at + 1], EVENTS[at], *EVENTS[at + 1 :]]


def moved(type_: str, to: int, number: int = 0) -> list[RealtimeEvent]:
    rest = without(type_, number)
    return [*rest[:to], EVENTS[index_of(type_, number)], *rest[to:]]


END = len(EVENTS) - 3
BROKEN: list[tuple[str, list[RealtimeEvent]]] = [
    ("attempt", changed("realtime_connected", attempt=0)),
    ("audio-has-samples", changed("realtime_audio_output", data=Pcm(b"", 16_000))),
    ("begins-once", twice("realtime_response")),
    ("begun-first", without("realtime_response")),
    ("complete-is-all", moved("realtime_audio_output", index_of("tool_start"), 1)),
    ("connected-first", moved("tool_start", 0)),
    ("connections-alternate", twice("realtime_connected")),
    ("connections-alternate", twice("realtime_disconnected")),
    ("end-after-start", without("tool_start")),
    ("end-after-start", changed("tool_end", tool_name="subtract")),
    ("ended-last", without("session_ended")),
    ("ended-last", without("realtime_disconnected")),
    ("ended-last", twice("session_ended")),
    ("epoch-rises-by-one", changed("realtime_interruption", epoch=2)),
    ("epoch-rises-by-one", twice("realtime_interruption")),
    ("every-tool-ends", without("tool_end")),
    ("field-types", changed("realtime_response", is_complete="no")),
    ("field-types", changed("realtime_audio_output", data=b"")),
    ("interrupted-is-older", changed("realtime_audio_output_done", interrupted=False)),
    (
        "interrupted-is-older",
        changed("realtime_audio_output_done", 1, interrupted=True),
    ),
    ("no-stale-output", moved("realtime_audio_output", 6)),
    ("no-stale-output", moved("realtime_agent_speech_transcription", 6)),
    ("nothing-after-done", moved("realtime_agent_speech_transcription", 9, 1)),
    ("one-audio-done", twice("realtime_audio_output_done")),
    ("one-audio-done", without("realtime_audio_output_done")),
    ("one-complete", twice("realtime_response", 1)),
    ("one-complete", changed("realtime_response", 3, status="in_progress")),
    ("one-epoch", changed("realtime_audio_output", epoch=1)),
    ("one-final", twice("realtime_agent_speech_transcription", 1)),
    ("one-final", without("realtime_agent_speech_transcription", 1)),
    ("one-session", changed("tool_start", session_id="another")),
    ("one-tool-start", twice("tool_start")),
    ("one-user-final", twice("realtime_user_speech_transcription")),
    ("played-to-its-end", changed("realtime_audio_output_done", 1, played_ms=500)),
    ("played-was-received", changed("realtime_audio_output_done", played_ms=1200)),
    ("resumed", changed("realtime_connected", resumed=True)),
    ("silence-after-onset", changed("realtime_interruption", silence_ns=4)),
    ("sounds-once", twice("realtime_agent_speech_started")),
    ("sounds-once", twice("realtime_agent_speech_ended")),
    ("sounds-once", without("realtime_agent_speech_started")),
    ("sounds-once", changed("realtime_agent_speech_ended", interrupted=False)),
    ("speech-begins-first", without("realtime_user_speech_started")),
    ("success-or-error", changed("tool_end", error="it failed")),
    ("success-or-error", changed("tool_end", success=False)),
    ("time-goes-on", changed("tool_start", monotonic_ns=1)),
    ("unique-ids", changed("tool_start", event_id="id-3")),
]


def test_a_conversation_as_it_should_be_breaks_no_rule() -> None:
    assert violations(stamped(EVENTS)) == ()


@pytest.mark.parametrize(("rule", "events"), BROKEN)
def test_a_broken_rule_is_found(rule: str, events: list[RealtimeEvent]) -> None:
    found = violations(stamped(events))

    assert rule in {violation.rule for violation in found}


@pytest.mark.parametrize(
    ("rule", "events"), [each for each in BROKEN if each[0] != "field-types"]
)
def test_it_is_found_in_a_file_too(rule: str, events: list[RealtimeEvent]) -> None:
    lines = [json.dumps(event_json(event)) for event in stamped(events)]

    found = violations(json.loads(line) for line in lines)

    assert rule in {violation.rule for violation in found}


def test_events_without_stamps_are_found() -> None:
    found = {violation.rule for violation in violations(EVENTS)}

    assert found == {"stamped", "unique-ids"}


def test_a_session_that_goes_on_needs_no_end() -> None:
    assert violations(stamped(EVENTS[:-2]), ended=False) == ()


def test_a_violation_tells_where_and_what() -> None:
    late = stamped(changed("realtime_audio_output", epoch=1))

    assert [str(violation) for violation in violations(late)] == [
        "event 3: realtime_audio_output: epoch 1, but 'r1' began in epoch 0 [one-epoch]"
    ]


def test_a_false_alarm_lets_a_response_go_on_in_the_new_epoch() -> None:
    begun: Callable[..., RealtimeEvent] = public.RealtimeResponseEvent
    again = begun(text="", response_id="r1", is_complete=False, status="in_progress")
    more = public.RealtimeAudioOutputEvent(data=SECOND, response_id="r1", epoch=1)

    found = violations(stamped([*EVENTS[:10], again, more]), ended=False)

    assert found == ()


@given(st.lists(st.sampled_from(EVENTS), max_size=12))
def test_any_stream_can_be_judged(events: list[RealtimeEvent]) -> None:
    found = violations(stamped(events))

    assert [violation.index for violation in found] == sorted(
        violation.index for violation in found
    )
