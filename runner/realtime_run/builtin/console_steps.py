"""How events change what the console shows: pure."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from realtime_run.builtin.console_devices import device_line
from realtime_run.builtin.console_failures import (
    failed,
    handler_failed,
    handler_lagged,
)
from realtime_run.builtin.console_interruptions import (
    figures_text,
    interrupted,
    settled,
    talking,
    typing,
)
from realtime_run.builtin.console_state import (
    ConsoleState,
    Line,
    LineKind,
    Step,
    Transcripts,
)
from realtime_run.builtin.console_text import clean, shortened
from realtime_run.builtin.console_tools import approval_asked, tool_began, tool_ended
from realtime_run.core.events import (
    AudioDeviceChangedEvent,
    Event,
    HandlerFailedEvent,
    HandlerLaggedEvent,
    Participant,
    RealtimeAgentSpeechEndedEvent,
    RealtimeAgentSpeechStartedEvent,
    RealtimeAgentSpeechTranscriptionEvent,
    RealtimeAudioInputEvent,
    RealtimeAudioPlayedEvent,
    RealtimeConnectedEvent,
    RealtimeConversationItemEvent,
    RealtimeDisconnectedEvent,
    RealtimeErrorEvent,
    RealtimeInterruptionEvent,
    RealtimeInterruptionSettledEvent,
    RealtimeResponseEvent,
    RealtimeUserSpeechEndedEvent,
    RealtimeUserSpeechStartedEvent,
    RealtimeUserSpeechTranscriptionEvent,
    SessionEndedEvent,
    ToolApprovalRequestedEvent,
    ToolEndEvent,
    ToolStartEvent,
    UserTalkingEvent,
    UserTypingEvent,
)
from realtime_run.core.pcm import Pcm
from realtime_run.media.levels import SILENCE_DB, level_db

_EVERY_SAMPLE = 4
"""A meter needs no more than every fourth."""
_FALL_DB = 3.0
"""How much a meter falls from one frame to the next, so that it does not flicker."""
_NS_A_MS = 1_000_000
_MOST_SAID = 20_000
"""Of what an agent was going to say, no more is compared with what was heard."""


def step(state: ConsoleState, event: Event) -> Step:
    """Return what is shown after `event`, and the lines that it finishes."""
    change = _STEPS.get(event.type)
    return (state, ()) if change is None else change(state, event)


def _connected(state: ConsoleState, event: RealtimeConnectedEvent) -> Step:
    again = " again; the conversation goes on" if event.resumed else ""
    text = f"connected to {clean(event.provider)}{again}"
    began_ns = event.monotonic_ns if state.began_ns is None else state.began_ns
    after = replace(state, connected=True, began_ns=began_ns)
    return after, (Line(kind="note", text=text),)


def _disconnected(state: ConsoleState, event: RealtimeDisconnectedEvent) -> Step:
    after = replace(
        _silent(state),
        connected=False,
        user_speaking=False,
        talking=False,
        user_ended_ns=None,
    )
    if not event.will_reconnect:
        return after, ()  # the session ends: see `_ended`
    text = f"{clean(event.reason or 'no reason given')}; connecting again"
    line = Line(kind="warning", label="disconnected", text=text)
    return after, (line,)


def _ended(state: ConsoleState, event: SessionEndedEvent) -> Step:
    cut = (
        *(_spoken("you", each.label, each.text) for each in state.user.open),
        *(_spoken("agent", each.label, each.text) for each in state.agent.open),
    )
    after = replace(
        _silent(state),
        ended=True,
        user=Transcripts(),
        agent=Transcripts(),
        tools=(),
        typing=None,
        talking=False,
    )
    text = figures_text(event.figures)
    figures = (Line(kind="note", text=text),) if text else ()
    # What failed is told once, by who runs the session.
    why = () if event.failed else (_ended_because(event),)
    return after, (*(line for line in cut if line.text), *figures, *why)


def _ended_because(event: SessionEndedEvent) -> Line:
    cost = event.figures.get("cost_usd", 0.0)
    paid = f" (about {cost:.4f} USD)" if cost else ""
    return Line(kind="note", label="ended", text=clean(event.reason) + paid)


def _item(state: ConsoleState, event: RealtimeConversationItemEvent) -> Step:
    """What the user wrote has no transcript: it is an item of the conversation."""
    if (event.role, event.status) != ("user", "completed"):
        return state, ()
    written = [part.get("text") for part in event.content if part.get("text")]
    lines = tuple(
        _spoken("you", _name(event.participant, "you"), str(t)) for t in written
    )
    # What is answered next is this, and not what was said before.
    return (replace(state, user_ended_ns=None) if lines else state), lines


def _user_began(state: ConsoleState, _event: RealtimeUserSpeechStartedEvent) -> Step:
    return replace(state, user_speaking=True, thinking=False, user_ended_ns=None), ()


def _user_ended(state: ConsoleState, event: RealtimeUserSpeechEndedEvent) -> Step:
    after = replace(
        state, user_speaking=False, thinking=True, user_ended_ns=event.monotonic_ns
    )
    return after, ()


def _user_said(
    state: ConsoleState, event: RealtimeUserSpeechTranscriptionEvent
) -> Step:
    label = _name(event.participant, "you")
    user, lines = _transcript(state.user, "you", event.item_id, label, event)
    return replace(state, user=user), lines


def _agent_said(
    state: ConsoleState, event: RealtimeAgentSpeechTranscriptionEvent
) -> Step:
    label = _name(event.participant, "agent")
    key = event.response_id
    said = next((each.text for each in state.agent.open if each.key == key), "")
    agent, lines = _transcript(state.agent, "agent", key, label, event)
    if event.epoch < state.epoch and event.mode == "final":
        lines = tuple(replace(each, unheard=_unheard(said, event)) for each in lines)
    return replace(state, agent=agent), lines


def _unheard(said: str, event: RealtimeAgentSpeechTranscriptionEvent) -> str | None:
    """Return what was said after what was heard; None if all of it was heard."""
    whole, heard = clean(said[:_MOST_SAID]), clean(event.text)
    if whole == heard:
        return None
    rest = whole.removeprefix(heard) if whole.startswith(heard) else ""
    return shortened(rest.strip())


def _agent_began(state: ConsoleState, event: RealtimeAgentSpeechStartedEvent) -> Step:
    after = replace(state, agent_speaking=True, thinking=False, user_ended_ns=None)
    if state.user_ended_ns is None:
        return after, ()
    latency_ms = round((event.monotonic_ns - state.user_ended_ns) / _NS_A_MS)
    line = Line(kind="latency", text=f"(answered {latency_ms} ms after end of turn)")
    return replace(after, latency_ms=latency_ms), (line,)


def _agent_ended(state: ConsoleState, _event: RealtimeAgentSpeechEndedEvent) -> Step:
    return replace(state, agent_speaking=False, agent_db=SILENCE_DB), ()


def _responded(state: ConsoleState, event: RealtimeResponseEvent) -> Step:
    written = f"written {event.response_id}"
    if event.is_complete:
        agent, segment = state.agent.close(written)
        lines = (_spoken("agent", "agent", segment.text),) if segment else ()
        return replace(state, thinking=False, agent=agent), lines
    after = replace(state, thinking=not state.agent_speaking)
    if event.text:  # an answer in writing: what is spoken comes as a transcript
        agent = state.agent.said(written, "agent", event.text, more=False)
        after = replace(after, agent=agent)
    return after, ()


def _device_changed(state: ConsoleState, event: AudioDeviceChangedEvent) -> Step:
    return state, (device_line(event),)


def _heard(state: ConsoleState, event: RealtimeAudioInputEvent) -> Step:
    return replace(state, microphone_db=_meter(state.microphone_db, event.data)), ()


def _played(state: ConsoleState, event: RealtimeAudioPlayedEvent) -> Step:
    return replace(state, agent_db=_meter(state.agent_db, event.data)), ()


def _meter(before_db: float, pcm: Pcm) -> float:
    return max(level_db(pcm, every=_EVERY_SAMPLE), before_db - _FALL_DB, SILENCE_DB)


def _silent(state: ConsoleState) -> ConsoleState:
    return replace(state, agent_speaking=False, thinking=False, agent_db=SILENCE_DB)


def _name(participant: Participant | None, otherwise: str) -> str:
    name = clean(participant.name) if participant and participant.name else ""
    return name or otherwise


def _spoken(kind: LineKind, label: str, text: str) -> Line:
    return Line(kind=kind, label=label, text=clean(text))


def _transcript(
    before: Transcripts,
    kind: LineKind,
    item: str | None,
    label: str,
    event: RealtimeUserSpeechTranscriptionEvent | RealtimeAgentSpeechTranscriptionEvent,
) -> tuple[Transcripts, tuple[Line, ...]]:
    key, mode = item or "", event.mode
    if key and key in before.closed:
        return before, ()
    if mode != "final":
        return before.said(key, label, event.text, more=mode == "delta"), ()
    after, segment = before.close(key)
    line = _spoken(kind, label, event.text or (segment.text if segment else ""))
    return after, ((line,) if line.text else ())


_STEPS: Mapping[str, Callable[[ConsoleState, Any], Step]] = {
    RealtimeConnectedEvent.type: _connected,
    RealtimeDisconnectedEvent.type: _disconnected,
    SessionEndedEvent.type: _ended,
    RealtimeUserSpeechStartedEvent.type: _user_began,
    RealtimeUserSpeechEndedEvent.type: _user_ended,
    RealtimeUserSpeechTranscriptionEvent.type: _user_said,
    RealtimeAgentSpeechTranscriptionEvent.type: _agent_said,
    RealtimeAgentSpeechStartedEvent.type: _agent_began,
    RealtimeAgentSpeechEndedEvent.type: _agent_ended,
    RealtimeResponseEvent.type: _responded,
    RealtimeInterruptionEvent.type: interrupted,
    RealtimeInterruptionSettledEvent.type: settled,
    AudioDeviceChangedEvent.type: _device_changed,
    UserTypingEvent.type: typing,
    UserTalkingEvent.type: talking,
    ToolStartEvent.type: tool_began,
    ToolEndEvent.type: tool_ended,
    ToolApprovalRequestedEvent.type: approval_asked,
    RealtimeErrorEvent.type: failed,
    HandlerFailedEvent.type: handler_failed,
    HandlerLaggedEvent.type: handler_lagged,
    RealtimeConversationItemEvent.type: _item,
    RealtimeAudioInputEvent.type: _heard,
    RealtimeAudioPlayedEvent.type: _played,
}
SHOWN_EVENTS = frozenset(_STEPS)
"""The events that change what is shown."""
METER_EVENTS = frozenset({RealtimeAudioInputEvent.type, RealtimeAudioPlayedEvent.type})
"""Those that only move the meters, 50 times a second each."""
