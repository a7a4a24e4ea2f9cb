"""Each test of the conformance suite fails for a provider that has its flaw."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

import realtime_run.testing.conformance as suite
from realtime_run.core import commands as asked
from realtime_run.core import provider_events as reported
from realtime_run.core.commands import Command
from realtime_run.core.errors import ConnectionClosedError, ProviderError
from realtime_run.core.pcm import Pcm
from realtime_run.core.provider_events import ProviderEvent
from realtime_run.plugin.provider_api import Connection, Opening, Provider
from realtime_run.testing.conformance import Scene, Subject
from realtime_run.testing.conformance.scenes import WELCOME
from realtime_run.testing.puppet import Puppet

KEY = "key-of-the-puppet"
SOUND = b"\x10\x00" * 1600


class Broken:
    """A connection that hands on what it gets, but for its flaw."""

    def __init__(self, connection: Connection, flaw: "Flaw") -> None:
        self.connection = connection
        self.flaw = flaw
        self.waiting: list[ProviderEvent] = []
        self.seen: list[ProviderEvent] = []
        self.asked: list[Command] = []
        self.failed = 0

    @property
    def session_config(self) -> Mapping[str, object]:
        config = self.connection.session_config
        return config if self.flaw.config is None else self.flaw.config

    async def receive(self) -> ProviderEvent:
        while not self.waiting:
            try:
                report = await self.connection.receive()
            except ConnectionClosedError as error:
                self.failed += 1
                if self.flaw.ends is not None:
                    await self.flaw.ends(self, error)
                raise
            if self.flaw.slow_s:
                await asyncio.sleep(self.flaw.slow_s)  # who is cancelled here loses it
            self.waiting += self.flaw.reports(self, report)
            self.seen.append(report)
        return self.waiting.pop(0)

    async def send(self, command: Command) -> None:
        changed = self.flaw.commands(self, command)
        self.asked.append(command)
        for each in changed:
            await self.connection.send(each)


Reports = Callable[[Broken, Any], Sequence[ProviderEvent]]
Commands = Callable[[Broken, Any], Sequence[Command]]


@dataclass(kw_only=True)
class Flaw:
    """What is wrong with a provider."""

    reports: Reports = lambda _, report: [report]
    commands: Commands = lambda _, command: [command]
    ends: Callable[[Broken, ConnectionClosedError], Any] | None = None
    config: Mapping[str, object] | None = None
    slow_s: float = 0.0
    opens: Callable[["BrokenProvider"], Any] | None = None
    leaves: Callable[["BrokenProvider"], Any] | None = None
    opening: Callable[[Opening], Opening] = lambda opening: opening


class BrokenProvider:
    def __init__(self, scene: Scene, flaw: Flaw) -> None:
        self.puppet = Puppet(scene)
        self.capabilities = self.puppet.capabilities
        self.flaw = flaw
        self.sockets: list[socket.socket] = []
        self.open = 0

    @asynccontextmanager
    async def connect(self, opening: Opening) -> AsyncIterator[Connection]:
        if self.flaw.opens is not None:
            await self.flaw.opens(self)
        async with self.puppet.connect(self.flaw.opening(opening)) as connection:
            self.open += 1
            try:
                yield Broken(connection, self.flaw)
            finally:
                self.open -= 1
                if self.flaw.leaves is not None:
                    await self.flaw.leaves(self)


def without(kind: Any) -> Reports:
    return lambda _, report: [] if isinstance(report, kind) else [report]


def changed(kind: Any, change: Callable[[Any], Sequence[ProviderEvent]]) -> Reports:
    return lambda _, report: change(report) if isinstance(report, kind) else [report]


def refusing(kind: Any, error: Exception) -> Commands:
    def refuse(_: Broken, command: Command) -> Sequence[Command]:
        if isinstance(command, kind):
            raise error
        return [command]

    return refuse


def after(kind: Any, then: Callable[[Any], Sequence[Command]]) -> Commands:
    return lambda _, command: then(command) if isinstance(command, kind) else [command]


def raising(error: Callable[[ConnectionClosedError], Exception]) -> Any:
    async def raise_it(_: Broken, end: ConnectionClosedError) -> None:
        raise error(end)

    return raise_it


async def hang(*_: object) -> None:
    await asyncio.Event().wait()


async def hang_the_second_time(broken: Broken, _: object) -> None:
    if broken.failed > 1:
        await hang()


async def leak_a_task(_: BrokenProvider) -> None:
    asyncio.get_running_loop().create_task(asyncio.sleep(30))


async def leak_a_socket(provider: BrokenProvider) -> None:
    provider.sockets.append(socket.socket())


async def leak_if_cancelled(_: BrokenProvider) -> None:
    task = asyncio.get_running_loop().create_task(asyncio.sleep(30))
    await asyncio.sleep(0.01)
    task.cancel()


async def block(_: BrokenProvider) -> None:
    until = time.monotonic() + 0.3
    while time.monotonic() < until:
        pass


async def admit_one(provider: BrokenProvider) -> None:
    if provider.open:
        raise ProviderError("busy")


def refused_with(**changes: Any) -> Any:
    async def refuse(provider: BrokenProvider) -> None:
        raise ProviderError(**changes)

    return refuse


def stale_under_a_new_id(_: Broken, report: ProviderEvent) -> Sequence[ProviderEvent]:
    if not isinstance(report, reported.SpeechStarted):
        return [report]
    return [
        report,
        reported.ResponseStarted(response_id="stale"),
        reported.AudioOutput(response_id="stale", pcm=SOUND),
        reported.ResponseDone(response_id="stale"),
    ]


def late_under_the_next_id(
    broken: Broken, report: ProviderEvent
) -> Sequence[ProviderEvent]:
    last = broken.seen[-1] if broken.seen else None
    late = isinstance(last, reported.SpeechStarted)
    if late and isinstance(report, reported.AudioOutput):
        return [replace(report, response_id="next")]
    return [report]


def second_start_hidden(
    broken: Broken, report: ProviderEvent
) -> Sequence[ProviderEvent]:
    return [] if report in broken.seen else [report]


def one_response_id(_: Broken, report: Any) -> Sequence[ProviderEvent]:
    named = hasattr(report, "response_id")
    return [replace(report, response_id="response") if named else report]


def cancel_sticks(broken: Broken, command: Command) -> Sequence[Command]:
    before = broken.asked[-1:] or [command]
    stuck = isinstance(before[0], asked.CancelResponse | asked.Truncate)
    return [] if stuck and isinstance(command, asked.SendText) else [command]


def tools_block(broken: Broken, command: Command) -> Sequence[Command]:
    calls = any(isinstance(report, reported.ToolCalled) for report in broken.seen)
    return [] if calls and isinstance(command, asked.SendText) else [command]


def ended_raises(broken: Broken, command: Command) -> Sequence[Command]:
    if isinstance(command, asked.CancelResponse):
        raise ConnectionClosedError("there is nothing to cancel")
    return [command]


def fail_on_garbage(broken: Broken, report: ProviderEvent) -> Sequence[ProviderEvent]:
    if isinstance(report, reported.ProviderFailed):
        raise ConnectionClosedError("what?")
    return [report]


def odd(report: reported.AudioOutput) -> Sequence[ProviderEvent]:
    return [replace(report, pcm=report.pcm + b"\0")]


def closed_as(**changes: Any) -> Any:
    return raising(lambda end: ConnectionClosedError(str(end), **changes))


REFUSED = ProviderError("it cannot be")


def without_history(opening: Opening) -> Opening:
    return replace(opening, history=())


def as_it_was(opening: Opening) -> Opening:
    """Go on by the handle only, whatever was said since."""
    resume = opening.resume
    return replace(opening, resume=resume and replace(resume, later=()))


TABLE = "each_sound_does_to_the_agent_what_barge_in_says"
CLOSED_BY_ITSELF = Flaw(ends=closed_as(was_clean=False))
CANCEL_STICKS = Flaw(commands=cancel_sticks)
DEAF_TO_CANCEL = Flaw(commands=after(asked.CancelResponse, lambda _: []))
ALWAYS = Flaw(opening=lambda opening: replace(opening, interruptible=True))
ANSWERS = Flaw(opening=lambda opening: replace(opening, answers=True))
TOLD = asked.CreateResponse(instructions=WELCOME)
STOP = asked.CancelResponse(response_id=None)
HEARD = reported.SpeechStarted()
NOTHING_SAID = reported.UserTranscript(text="", mode="final")
NEVER = Flaw(opening=lambda opening: replace(opening, interruptible=False))

FORGETFUL = Flaw(opening=lambda opening: replace(opening, resume=None))

FOUND = [
    ("a_broken_connection_is_made_again", Flaw(ends=closed_as(is_recoverable=False))),
    ("a_close_that_nobody_asked_for_is_no_end", CLOSED_BY_ITSELF),
    ("a_close_that_nobody_asked_for_is_no_end", Flaw(ends=raising(RuntimeError))),
    (
        "a_connect_that_is_cancelled_midway_leaves_nothing",
        Flaw(opens=leak_if_cancelled),
    ),
    ("a_connection_takes_up_a_history", Flaw(opens=refused_with(message="no"))),
    ("a_connection_that_stalls_is_noticed_and_left", Flaw(leaves=hang)),
    ("a_connection_that_was_left_says_so", Flaw(ends=hang_the_second_time)),
    ("a_conversation_goes_on_by_its_handle", FORGETFUL),
    ("a_false_alarm_mutes_nothing_of_the_rest", Flaw(reports=second_start_hidden)),
    ("a_handle_that_is_refused_is_not_the_end", Flaw(opening=without_history)),
    (
        "a_response_does_once_what_it_alone_is_told",
        Flaw(commands=after(asked.CreateResponse, lambda _: [asked.CreateResponse()])),
    ),
    (
        "a_response_does_once_what_it_alone_is_told",
        Flaw(commands=after(asked.SendText, lambda _: [TOLD])),
    ),
    ("a_slow_tool_delays_no_other_answer", Flaw(commands=tools_block)),
    ("a_text_is_answered_aloud", Flaw(reports=changed(reported.AudioOutput, odd))),
    ("a_text_is_answered_aloud", Flaw(reports=without(reported.AgentTranscript))),
    ("a_text_is_answered_aloud", Flaw(reports=without(reported.AudioOutput))),
    ("a_text_is_answered_aloud", Flaw(reports=without(reported.ItemChanged))),
    ("a_text_is_answered_aloud", Flaw(reports=without(reported.ResponseDone))),
    ("a_text_is_answered_aloud", Flaw(reports=without(reported.ResponseStarted))),
    (
        "a_tool_is_called_and_its_result_spoken_of",
        Flaw(commands=after(asked.SendToolResults, lambda _: [])),
    ),
    ("after_an_interruption_it_answers_again", CANCEL_STICKS),
    (
        "an_address_where_nobody_answers_is_tried_again_and_then_told",
        Flaw(opens=refused_with(message="no", is_recoverable=False)),
    ),
    ("an_answer_is_interrupted_before_it_begins", CANCEL_STICKS),
    ("an_answer_that_was_generated_already_can_be_interrupted", Flaw(slow_s=0.05)),
    (
        "an_answer_that_was_generated_already_can_be_interrupted",
        Flaw(commands=refusing(asked.Truncate, REFUSED)),
    ),
    (
        "an_expiring_connection_is_replaced_beforehand",
        Flaw(reports=without(reported.ConnectionExpires)),
    ),
    ("cancelling_a_receive_loses_no_report", Flaw(slow_s=0.001)),
    ("closing_in_the_middle_of_an_answer_leaves_nothing", Flaw(leaves=leak_a_task)),
    ("connecting_keeps_the_event_loop_free", Flaw(opens=block)),
    ("connections_leave_no_task_thread_or_socket", Flaw(opens=leak_a_socket)),
    (
        "credentials_that_are_refused_are_not_tried_again",
        Flaw(opens=refused_with(message="the key is wrong")),
    ),
    (
        "credentials_that_are_refused_are_not_tried_again",
        Flaw(opens=refused_with(message="error 401", is_recoverable=False)),
    ),
    (f"{TABLE}[eager-interruption]", Flaw(reports=without(reported.SpeechStarted))),
    (f"{TABLE}[eager-mhm]", Flaw(reports=stale_under_a_new_id)),
    (f"{TABLE}[polite-cough]", ALWAYS),
    (f"{TABLE}[polite-cough]", ANSWERS),
    (
        f"{TABLE}[polite-interruption]",
        Flaw(commands=after(asked.CreateResponse, lambda _: [])),
    ),
    (
        f"{TABLE}[polite-interruption]",
        Flaw(commands=after(asked.CreateResponse, lambda create: [create, create])),
    ),
    (f"{TABLE}[polite-mhm]", Flaw(commands=refusing(asked.Truncate, REFUSED))),
    (f"{TABLE}[guarded-greeting]", ALWAYS),
    (f"{TABLE}[off-cough]", ALWAYS),
    ("garbage_on_the_wire_disturbs_no_conversation", Flaw(reports=fail_on_garbage)),
    (
        "interrupting_twice_is_one_interruption",
        Flaw(commands=refusing(asked.CancelResponse, REFUSED)),
    ),
    ("interrupting_stops_the_model_too", DEAF_TO_CANCEL),
    ("leaving_ends_a_receive_that_waits", Flaw(ends=hang)),
    (
        "pictures_are_taken_while_it_converses",
        Flaw(commands=refusing(asked.AppendImage, REFUSED)),
    ),
    (
        "results_of_parallel_calls_go_together_and_are_answered_once",
        Flaw(
            commands=after(
                asked.SendToolResults, lambda sent: [sent, asked.CreateResponse()]
            )
        ),
    ),
    ("several_texts_get_an_answer_each", Flaw(reports=one_response_id)),
    (
        "several_texts_get_an_answer_each",
        Flaw(reports=changed(reported.ResponseDone, lambda done: [done, done])),
    ),
    ("sound_that_comes_late_is_never_heard", Flaw(reports=late_under_the_next_id)),
    (
        "speech_is_noticed_transcribed_and_answered_aloud",
        Flaw(reports=without(reported.UserTranscript)),
    ),
    ("speech_silences_the_agent_at_once", Flaw(reports=stale_under_a_new_id)),
    ("speech_stops_the_model_too", NEVER),
    (
        "the_answer_to_a_marked_turn_waits_for_the_response_before_it",
        Flaw(commands=after(asked.EndTurn, lambda end: [STOP, end])),
    ),
    (
        "the_answer_to_a_marked_turn_waits_for_the_response_before_it",
        Flaw(commands=after(asked.EndTurn, lambda _: [])),
    ),
    (
        "the_beginning_and_the_end_of_a_conversation_are_told",
        Flaw(opens=leak_a_task),
    ),
    ("the_beginning_and_the_end_of_a_conversation_are_told", Flaw(config={})),
    ("two_connections_converse_at_once", Flaw(opens=admit_one)),
    (
        "what_a_tool_raises_becomes_its_result",
        Flaw(commands=refusing(asked.SendToolResults, REFUSED)),
    ),
    ("what_has_ended_may_be_cancelled", Flaw(commands=ended_raises)),
    ("what_is_acknowledged_shows_no_secret", Flaw(config={"key": KEY})),
    (
        "what_it_cannot_do_is_refused_and_the_connection_goes_on",
        Flaw(commands=after(asked.ApproveToolCall, lambda _: [])),
    ),
    (
        "what_the_user_says_is_told_in_words",
        Flaw(reports=without(reported.UserTranscript)),
    ),
    (
        "what_the_user_says_is_told_in_words",
        Flaw(reports=changed(reported.UserTranscript, lambda _: [NOTHING_SAID])),
    ),
    (
        "what_was_said_before_a_drop_is_remembered",
        Flaw(opening=lambda opening: replace(opening, history=(), resume=None)),
    ),
    ("where_barge_in_is_off_the_agent_goes_on_speaking", ALWAYS),
    ("where_the_session_decides_no_turn_is_answered_by_itself", ANSWERS),
    (
        "what_was_not_heard_is_taken_back_without_an_answer",
        Flaw(commands=after(asked.Truncate, lambda _: [asked.CreateResponse()])),
    ),
    (
        "what_was_not_heard_is_taken_back_without_an_answer",
        Flaw(commands=refusing(asked.Truncate, REFUSED)),
    ),
    ("what_was_said_after_the_handle_is_known_too", FORGETFUL),
    ("what_was_said_after_the_handle_is_known_too", Flaw(opening=as_it_was)),
    (
        "where_the_session_decides_no_turn_is_answered_by_itself",
        Flaw(commands=after(asked.CreateResponse, lambda _: [])),
    ),
    (
        "where_the_session_decides_no_turn_is_answered_by_itself",
        Flaw(commands=after(asked.CreateResponse, lambda create: [create, create])),
    ),
    ("where_the_session_decides_speech_stops_nothing", ALWAYS),
    ("where_the_session_decides_speech_stops_nothing", ANSWERS),
    (
        "where_the_session_marks_the_turns_each_is_answered_at_its_end",
        Flaw(commands=after(asked.StartTurn, lambda start: [start, TOLD])),
    ),
    (
        "where_the_session_marks_the_turns_each_is_answered_at_its_end",
        Flaw(commands=after(asked.EndTurn, lambda _: [])),
    ),
    (
        "where_the_session_marks_the_turns_each_is_answered_at_its_end",
        Flaw(reports=changed(reported.ResponseStarted, lambda begun: [HEARD, begun])),
    ),
]


IN_REAL_TIME = {
    "a_connect_that_is_cancelled_midway_leaves_nothing",
    "a_connection_that_stalls_is_noticed_and_left",
    "an_answer_that_was_generated_already_can_be_interrupted",
    "cancelling_a_receive_loses_no_report",
    "closing_in_the_middle_of_an_answer_leaves_nothing",
    "connecting_keeps_the_event_loop_free",
    "connections_leave_no_task_thread_or_socket",
}
"""Tests that measure what a clock shows, race with one, or count what is open."""


@pytest.fixture
def anyio_backend(request: pytest.FixtureRequest, hurried_loop: Any) -> Any:
    if request.node.callspec.params["test"] in IN_REAL_TIME:
        return "asyncio"
    return "asyncio", {"loop_factory": hurried_loop}


async def converse(test: str, flaw: Flaw) -> None:
    """Run one test of the suite on a provider with a flaw."""

    @asynccontextmanager
    async def stage(scene: Scene) -> AsyncIterator[Provider]:
        provider = BrokenProvider(scene, flaw)
        yield provider
        for open_ in provider.sockets:
            open_.close()

    subject = Subject(
        name="broken",
        stage=stage,
        speech=Pcm(b"\x00\x20" * 16_000, 16_000),
        silence_ms=600,
        patience_s=5.0,
        secrets=frozenset({KEY}),
    )
    name, _, cell = test.partition("[")
    arguments = cell.rstrip("]").split("-") if cell else ()
    await getattr(suite, f"test_{name}")(subject, *arguments)


@pytest.mark.parametrize(("test", "flaw"), FOUND)
async def test_a_flaw_is_found(test: str, flaw: Flaw) -> None:
    with pytest.raises((Exception, pytest.fail.Exception)):
        await converse(test, flaw)


@pytest.mark.parametrize("test", dict(FOUND))
async def test_nothing_is_found_where_no_flaw_is(test: str) -> None:
    await converse(test, Flaw())


def test_every_test_of_the_suite_finds_a_flaw() -> None:
    tests = {name for name in suite.__all__ if name.startswith("test_")}

    assert sorted(tests - {f"test_{name.split('[')[0]}" for name, _ in FOUND}) == []
