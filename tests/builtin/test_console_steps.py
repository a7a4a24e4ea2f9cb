from array import array
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from realtime_run.builtin.console_state import ConsoleState
from realtime_run.builtin.console_steps import step
from realtime_run.core.capabilities import Capabilities
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

MS = 1_000_000
CONNECTED = RealtimeConnectedEvent(
    provider="echo",
    session_config={},
    capabilities=Capabilities(input_hz=16_000, output_hz=16_000),
)
INTERRUPTION = RealtimeInterruptionEvent(
    source="provider",
    epoch=1,
    onset_ns=2000 * MS,
    silence_ns=2012 * MS,
    provider_stop_ns=None,
)


def shown(*events: Event) -> tuple[ConsoleState, list[str]]:
    state, printed = ConsoleState(), []
    for event in events:
        state, lines = step(state, event)
        printed += map(str, lines)
    return state, printed


def user(
    text: str, mode: Any = "final", item_id: str | None = "i1", **more: Any
) -> RealtimeUserSpeechTranscriptionEvent:
    return RealtimeUserSpeechTranscriptionEvent(
        text=text, mode=mode, item_id=item_id, **more
    )


def agent(
    text: str, mode: Any = "final", response_id: str = "r1"
) -> RealtimeAgentSpeechTranscriptionEvent:
    return RealtimeAgentSpeechTranscriptionEvent(
        text=text, mode=mode, response_id=response_id, epoch=0
    )


def response(text: str, *, is_complete: bool) -> RealtimeResponseEvent:
    return RealtimeResponseEvent(
        text=text,
        response_id="r1",
        is_complete=is_complete,
        status="completed" if is_complete else "in_progress",
    )


def test_a_turn_goes_through_its_phases() -> None:
    events: list[Event] = [
        CONNECTED,
        RealtimeUserSpeechStartedEvent(),
        RealtimeUserSpeechEndedEvent(monotonic_ns=1000 * MS),
        RealtimeAgentSpeechStartedEvent(
            response_id="r1", epoch=0, monotonic_ns=1640 * MS
        ),
        RealtimeAgentSpeechEndedEvent(response_id="r1", epoch=0, interrupted=False),
        SessionEndedEvent(reason="the user left"),
    ]
    state, phases = ConsoleState(), ["connecting"]
    for event in events:
        state, _ = step(state, event)
        phases.append(state.phase)

    assert phases == [
        "connecting", "listening", "user speaking", "thinking", "agent speaking",
        "listening", "ended",
    ]  # fmt: skip
    assert state.latency_ms == 640


def test_a_whole_turn_in_lines() -> None:
    call: dict[str, Any] = {
        "tool_name": "move",
        "arguments": {"direction": "forward", "meters": 10},
        "tool_call_id": "c1",
    }

    _, lines = shown(
        CONNECTED,
        RealtimeUserSpeechStartedEvent(),
        RealtimeUserSpeechEndedEvent(monotonic_ns=1000 * MS),
        user("go forward ", "delta"),
        user("ten meters", "delta"),
        user(""),
        ToolStartEvent(**call),
        ToolEndEvent(**call, success=True, result="ok", execution_ms=3.2),
        response("", is_complete=False),
        agent("On my ", "delta"),
        RealtimeAgentSpeechStartedEvent(
            response_id="r1", epoch=0, monotonic_ns=1640 * MS
        ),
        response("On my way.", is_complete=True),
        agent("On my way."),
        INTERRUPTION,
        SessionEndedEvent(reason="the user left"),
    )

    assert lines == [
        "connected to echo",
        "you: go forward ten meters",
        "tool: move(direction='forward', meters=10) ...",
        "tool: move(direction='forward', meters=10) -> 'ok' (3 ms)",
        "(answered 640 ms after end of turn)",
        "agent: On my way.",
        "interrupted at 0:02 by the provider: silent after 12 ms",
        "ended: the user left",
    ]


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (RealtimeErrorEvent(error="no", error_code="e1"), "warning: no [e1]"),
        (RealtimeErrorEvent(error="no", is_recoverable=False), "error: no"),
        (
            HandlerFailedEvent(
                handler="h.py", error="KeyError: 'x'", place="h.py:3", paused=True
            ),
            "handler: h.py failed: KeyError: 'x' (h.py:3); it gets no more events",
        ),
        (
            HandlerLaggedEvent(handler="h.py", dropped=5),
            "handler: h.py is too slow: it missed 5 events",
        ),
        (
            RealtimeDisconnectedEvent(
                reason="going away", was_clean=True, will_reconnect=True
            ),
            "disconnected: going away; connecting again",
        ),
        (
            ToolEndEvent(
                tool_name="move",
                arguments={},
                tool_call_id="c1",
                success=False,
                error="no wheels",
                execution_ms=1,
            ),
            "tool: move() failed: no wheels (1 ms)",
        ),
        (user("hi", participant=Participant(id="p", name="Ada")), "Ada: hi"),
        (user("\x1b[2Jhi\r\n"), "you: hi"),
    ],
)
def test_what_happened_is_one_line(event: Event, line: str) -> None:
    assert shown(event)[1] == [line]


def test_a_final_with_text_corrects_what_was_said() -> None:
    assert shown(user("go four word", "delta"), user("go forward"))[1] == [
        "you: go forward"
    ]


def test_a_replacement_replaces_what_was_said() -> None:
    state, _ = shown(agent("one", "delta"), agent("two", "replacement"))

    assert [segment.text for segment in state.agent.open] == ["two"]


def test_nothing_is_printed_twice() -> None:
    lines = shown(agent("yes"), agent("yes"), agent("y", "delta"), agent(""))[1]

    assert lines == ["agent: yes"]


def test_turns_without_an_item_are_each_printed() -> None:
    assert shown(user("yes", item_id=None), user("yes", item_id=None))[1] == [
        "you: yes",
        "you: yes",
    ]


def test_two_items_may_be_transcribed_at_once() -> None:
    lines = shown(
        user("first ", "delta", "a"),
        user("second", "delta", "b"),
        user("item", "delta", "a"),
        user("", item_id="a"),
        user("", item_id="b"),
    )[1]

    assert lines == ["you: first item", "you: second"]


def test_a_written_answer_is_printed_when_it_is_complete() -> None:
    growing = (response("On", is_complete=False), response("On it", is_complete=False))

    state, before = shown(*growing)
    _, after = shown(*growing, response("On it", is_complete=True))

    assert [segment.text for segment in state.agent.open] == ["On it"]
    assert (before, after) == ([], ["agent: On it"])


def test_an_answer_that_nobody_heard_is_no_line() -> None:
    assert shown(response("unheard", is_complete=True), agent(""))[1] == []


def interruption(**more: Any) -> RealtimeInterruptionEvent:
    return replace(INTERRUPTION, **more)


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (
            interruption(source="local", silence_source="pause"),
            "interrupted at 0:02 by you: paused after 12 ms",
        ),
        (
            interruption(
                source="api", provider_stop_source="done", provider_stop_ns=1000 * MS
            ),
            "interrupted at 0:02 by a line or a call: silent after 12 ms",
        ),
        (
            interruption(provider_stop_source="cancelled", provider_stop_ns=2080 * MS),
            (
                "interrupted at 0:02 by the provider: silent after 12 ms,"
                " the model stopped after 80 ms"
            ),
        ),
        (
            interruption(silence_ns=None, onset_ns=125_000 * MS),
            "interrupted at 2:05 by the provider: silent",
        ),
        (
            RealtimeInterruptionSettledEvent(
                epoch=1, onset_ns=2000 * MS, provider_stop_ns=2180 * MS
            ),
            "(the model stopped 180 ms after the interruption began)",
        ),
        (
            interruption(source="local", silence_source="duck", false_alarm=True),
            "(false alarm at 0:02: lower after 12 ms, went on)",
        ),
    ],
)
def test_an_interruption_tells_who_and_when(event: Event, line: str) -> None:
    assert shown(CONNECTED, event)[1] == ["connected to echo", line]


def test_a_false_alarm_is_no_interruption() -> None:
    state, _ = shown(interruption(false_alarm=True), INTERRUPTION)

    assert (state.interruptions, state.false_alarms) == (1, 1)


def test_a_false_alarm_leaves_the_agent_speaking() -> None:
    started = RealtimeAgentSpeechStartedEvent(response_id="r1", epoch=0)

    state, _ = shown(CONNECTED, started, interruption(false_alarm=True))

    assert state.phase == "agent speaking"


@pytest.mark.parametrize(
    ("said", "heard", "line"),
    [
        ("I go forward ten", "I go", "agent: I go [not heard: forward ten]"),
        ("I go.", "I go.", "agent: I go."),
        ("Another wording", "I go", "agent: I go [cut]"),
        (f"I go {'on ' * 100}", "I go", f"agent: I go [not heard: {'on ' * 66}o…]"),
    ],
)
def test_what_was_cut_from_an_answer_is_marked(
    said: str, heard: str, line: str
) -> None:
    assert shown(agent(said, "delta"), INTERRUPTION, agent(heard))[1][1:] == [line]


def test_the_answer_after_an_interruption_is_not_cut() -> None:
    later = replace(agent("yes"), epoch=1)

    lines = shown(INTERRUPTION, replace(agent("yes, I", "delta"), epoch=1), later)[1]

    assert lines[1:] == ["agent: yes"]


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"state": "lost"}, "microphone: 'USB \x1b[1mMic' is lost"),
        (
            {"state": "lost", "replacement": "none", "reason": "unplugged"},
            "microphone: 'USB Mic' is lost (unplugged); silence takes its place",
        ),
        (
            {"state": "replaced", "replacement": "Built-in"},
            "microphone: 'USB Mic' is replaced by 'Built-in'",
        ),
        (
            {"state": "replaced", "replacement": "none", "direction": "output"},
            "speaker: 'USB Mic' is replaced by nothing",
        ),
        ({"state": "returned"}, "microphone: 'USB Mic' is back"),
        (
            {"state": "failed", "reason": "underrun"},
            "microphone: 'USB Mic' failed (underrun); it goes on",
        ),
    ],
)
def test_a_device_that_comes_or_goes_is_a_line(
    change: dict[str, Any], line: str
) -> None:
    event = AudioDeviceChangedEvent(
        **{"direction": "input", "device": "USB \x1b[1mMic", **change}
    )

    assert shown(event)[1] == [line.replace("\x1b[1m", "")]


def test_what_is_typed_is_state_and_no_line() -> None:
    state, lines = shown(UserTypingEvent(text="hello"))
    moved, _ = shown(UserTypingEvent(text="hello", cursor=2))

    assert (state.typing, state.cursor, moved.cursor, lines) == ("hello", 5, 2, [])


def test_who_holds_the_talk_key_is_shown_until_he_lets_go() -> None:
    held, _ = shown(CONNECTED, UserTalkingEvent(talking=True))
    lost, _ = shown(
        CONNECTED,
        UserTalkingEvent(talking=True),
        RealtimeDisconnectedEvent(reason=None, was_clean=False, will_reconnect=True),
    )

    assert held.phase == "user talking"
    assert not lost.talking


@pytest.mark.parametrize(
    ("figures", "lines"),
    [
        ({"interruptions": 0.0, "false_alarms": 0.0}, []),
        (
            {
                "interruptions": 2.0,
                "false_alarms": 1.0,
                "onset_to_silence_ms": 11.7,
                "onset_to_provider_stop_ms": 80.0,
            },
            [
                (
                    "2 interruptions (median: silent after 12 ms,"
                    " the model stopped after 80 ms), 1 false alarm"
                )
            ],
        ),
        ({"interruptions": 1.0}, ["1 interruption"]),
    ],
)
def test_the_end_tells_of_all_interruptions(
    figures: dict[str, float], lines: list[str]
) -> None:
    assert shown(SessionEndedEvent(reason="closed", figures=figures))[1] == [
        *lines,
        "ended: closed",
    ]


def test_what_was_being_said_at_the_end_is_not_lost() -> None:
    lines = shown(
        user("wait, I", "delta"), agent("As I", "delta"), SessionEndedEvent(reason="x")
    )[1]

    assert lines == ["you: wait, I", "agent: As I", "ended: x"]


def test_an_answer_to_text_has_no_latency() -> None:
    started = RealtimeAgentSpeechStartedEvent(response_id="r1", epoch=0)

    assert shown(CONNECTED, started)[1] == ["connected to echo"]


@pytest.mark.parametrize(
    "since",
    [
        replace(INTERRUPTION, false_alarm=True),
        RealtimeConversationItemEvent(
            item_id="i1",
            item_type="message",
            status="completed",
            role="user",
            content=[{"type": "input_text", "text": "what time is it"}],
        ),
    ],
    ids=["a false alarm", "a typed line"],
)
def test_an_answer_has_no_latency_to_a_turn_that_it_does_not_answer(
    since: Event,
) -> None:
    ended = RealtimeUserSpeechEndedEvent(monotonic_ns=1000 * MS)
    started = RealtimeAgentSpeechStartedEvent(
        response_id="r2", epoch=0, monotonic_ns=4335 * MS
    )

    state, printed = shown(CONNECTED, ended, since, started)

    assert state.latency_ms is None
    assert not any("after end of turn" in line for line in printed)


def test_the_meter_rises_at_once_and_falls_slowly() -> None:
    loud = Pcm(array("h", [16384] * 320).tobytes(), 16_000)
    levels: list[float] = []
    state = ConsoleState()
    for pcm in (loud, Pcm(bytes(640), 16_000), Pcm(bytes(640), 16_000)):
        state, _ = step(state, RealtimeAudioInputEvent(data=pcm))
        levels.append(round(state.microphone_db, 1))

    assert levels == [-6.0, -9.0, -12.0]


@given(
    st.lists(
        st.one_of(
            st.builds(
                agent,
                st.text("ab ", max_size=3),
                st.sampled_from(["delta", "replacement", "final"]),
                st.sampled_from(["r1", "r2", "r3"]),
            ),
            st.builds(
                user,
                st.text("ab ", max_size=3),
                st.sampled_from(["delta", "replacement", "final"]),
                st.sampled_from(["i1", "i2", None]),
            ),
        ),
        max_size=60,
    )
)
def test_each_response_has_one_line_at_most(events: list[Event]) -> None:
    state, lines = shown(*events)

    agent_lines = [line for line in lines if line.startswith("agent: ")]
    assert len(agent_lines) <= 3
    assert len(state.agent.open) <= 3
    assert len(state.user.open) <= 4


def test_what_ends_the_session_is_left_to_who_runs_it() -> None:
    state, printed = shown(
        RealtimeErrorEvent(error="busy", context="connecting, try 1 of 2"),
        RealtimeErrorEvent(
            error="busy", context="connecting, try 2 of 2", is_recoverable=False
        ),
        RealtimeErrorEvent(
            error="no such voice", context="connecting", is_recoverable=False
        ),
        RealtimeDisconnectedEvent(
            reason="no credit", was_clean=False, will_reconnect=False
        ),
    )

    assert printed == ["warning: busy (connecting, try 1 of 2)"]
    assert state.errors == 2


def test_an_error_names_its_place_in_the_spec() -> None:
    _, printed = shown(
        RealtimeErrorEvent(
            error="Invalid value: 'marni'",
            error_code="invalid_value",
            is_recoverable=False,
            setting="provider.voice",
            place="agent.yaml:3:10",
        )
    )

    assert printed == ["error: agent.yaml:3:10: Invalid value: 'marni' [invalid_value]"]


def test_what_a_conversation_cost_is_told_at_its_end() -> None:
    _, printed = shown(
        SessionEndedEvent(reason="closed", figures={"cost_usd": 0.01234})
    )

    assert printed == ["ended: closed (about 0.0123 USD)"]


def test_a_question_for_approval_shows_the_call_and_its_name() -> None:
    _, printed = shown(
        ToolApprovalRequestedEvent(
            approval_id="mcpr_1",
            tool_name="delete",
            arguments={"path": "/"},
            server="files",
        )
    )

    assert printed == ["tool: delete(path='/') of files waits for approval [mcpr_1]"]
