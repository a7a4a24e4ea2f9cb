"""Conformance: nothing is left behind, and nobody else is kept waiting."""

import pytest

from realtime_run.testing.conformance.bare import converse, give_up, longest_gap_s
from realtime_run.testing.conformance.leaks import footprint, left_since
from realtime_run.testing.conformance.performance import patient, staged, talking
from realtime_run.testing.conformance.scenes import STORY, Scene
from realtime_run.testing.conformance.subject import Subject
from realtime_run.testing.conformance.talk import Options

UNFINISHED = Options(finishes=False)
_MIDWAY_S = (0.0, 0.001, 0.005, 0.02, 0.05, 0.1)
"""How long after its beginning a connect is cancelled."""


@pytest.mark.anyio
async def test_a_connect_that_is_cancelled_midway_leaves_nothing(
    subject: Subject,
) -> None:
    async with staged(subject, Scene.PLAIN) as provider, patient(subject):
        await converse(subject, provider)  # what is loaded once and kept is no leak
        before = await footprint()
        for after_s in _MIDWAY_S:
            await give_up(provider, after_s)

        assert await left_since(before) == ()


@pytest.mark.anyio
async def test_connections_leave_no_task_thread_or_socket(subject: Subject) -> None:
    async with staged(subject, Scene.PLAIN) as provider, patient(subject):
        await converse(subject, provider)  # what is loaded once and kept is no leak
        before = await footprint()
        for _ in range(2):
            await converse(subject, provider)

            assert await left_since(before) == ()


@pytest.mark.anyio
async def test_closing_in_the_middle_of_an_answer_leaves_nothing(
    subject: Subject,
) -> None:
    async with talking(subject, Scene.PLAIN) as warm:
        await warm.realtime.connect()
        await warm.answer()
    before = await footprint()
    for _ in range(2):
        async with talking(subject, Scene.LONG, UNFINISHED) as t:
            await t.realtime.connect()
            await t.ask(STORY)
            await t.realtime.close()

    assert await left_since(before) == ()


@pytest.mark.anyio
async def test_connecting_keeps_the_event_loop_free(subject: Subject) -> None:
    async with staged(subject, Scene.PLAIN) as provider, patient(subject):
        # Others on this machine delay it too, but hardly every time.
        gaps = [await longest_gap_s(provider) for _ in range(3)]

        assert min(gaps) < subject.stall_s
