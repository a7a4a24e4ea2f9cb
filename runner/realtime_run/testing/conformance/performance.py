"""Stages a scene, holds a conversation over it, and judges all of it at its end."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from realtime_run.plugin.provider_api import Provider
from realtime_run.testing.conformance.leaks import running_tasks, tasks_left_since
from realtime_run.testing.conformance.scenes import Scene, lacking
from realtime_run.testing.conformance.subject import Subject
from realtime_run.testing.conformance.talk import Options, Talk
from realtime_run.testing.invariants import violations
from realtime_run.testing.reports import misreports
from realtime_run.testing.time import settle
from realtime_run.testing.watched import WatchedProvider


@asynccontextmanager
async def staged(
    subject: Subject, scene: Scene, *, speaks: bool = False
) -> AsyncGenerator[Provider]:
    """Give a provider that leads to a scene, or skip the test and say why.

    Args:
        subject: The provider under test.
        scene: What its far end plays.
        speaks: Whether the test needs an utterance.
    """
    excuse = subject.excuses.get(scene)
    if speaks and subject.speech is None:
        excuse = subject.excuses[Scene.SPEECH]
    reason = f"{subject.name}: {excuse}" if excuse else None
    failure: BaseException | None = None
    async with subject.stage(Scene.PLAIN if excuse else scene) as provider:
        missing = lacking(scene, provider.capabilities, speaks=speaks)
        if missing is not None:
            reason = f"{subject.name}: its capability {missing}"
        if reason is None:
            try:
                yield provider
            except BaseException as error:  # noqa: BLE001 - raised again below
                # A task group in the stage would wrap it: pytest must see it as it is.
                failure = error
    await settle()  # sockets close in the event loop's next turn
    if failure is not None:
        raise failure
    if reason is not None:
        pytest.skip(reason)


@asynccontextmanager
async def talking(
    subject: Subject,
    scene: Scene,
    options: Options | None = None,
    *,
    speaks: bool = False,
) -> AsyncGenerator[Talk]:
    """Hold a conversation that is not connected yet, and judge all of it at its end.

    Args:
        subject: The provider under test.
        scene: What its far end plays.
        options: How the test wants it.
        speaks: Whether the test needs an utterance.
    """
    before = running_tasks()
    async with staged(subject, scene, speaks=speaks) as provider:
        watched = WatchedProvider(provider)
        talk = Talk(subject=subject, provider=watched, options=options or Options())
        try:
            async with patient(subject, talk.seen):
                yield talk
        finally:
            async with patient(subject, talk.seen):
                await talk.realtime.close()
        await settle()
        judge(talk)
    left = await tasks_left_since(before)
    assert left == (), "tasks are left behind"


@asynccontextmanager
async def patient(subject: Subject, seen: object = "") -> AsyncGenerator[None]:
    """Fail if something takes longer than the subject allows."""
    deadline = asyncio.timeout(subject.patience_s)
    try:
        async with deadline:
            yield
    except TimeoutError:
        if not deadline.expired():
            raise
        message = f"not done within {subject.patience_s:g} s; seen so far: {seen}"
        pytest.fail(message)


def judge(talk: Talk) -> None:
    """Fail if what was seen breaks a rule that holds for every conversation."""
    events = talk.seen.events
    assert [str(violation) for violation in violations(events)] == []
    for connection in talk.provider.connections:
        finished = talk.options.finishes and connection.end is None
        assert misreports(connection.reports, finished=finished) == ()
    told = [e.type for e in events if any(s in repr(e) for s in talk.subject.secrets)]
    assert told == [], "events show a secret"
