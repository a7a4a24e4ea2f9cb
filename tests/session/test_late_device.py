"""Interruptions heard through a speaker that is 300 ms late, as wireless ones are."""

from collections.abc import Sequence
from typing import Any

import pytest

from realtime_run.core import events as public
from realtime_run.core import provider_events as reported
from realtime_run.core.commands import Truncate
from realtime_run.testing.sound import HandAudio
from realtime_run.testing.time import settle

HZ = 24_000
FRAME_MS = 20
LATENCY_MS = 300
PULLED_MS = 500
HEARD_MS = PULLED_MS - LATENCY_MS
STARTED = reported.ResponseStarted(response_id="r1")
DONE = reported.ResponseDone(response_id="r1")


def voice(begin_ms: int, end_ms: int) -> bytes:
    """So much of a voice of which no two neighbouring samples are the same."""
    numbers = range(begin_ms * HZ // 1000, end_ms * HZ // 1000)
    return b"".join((1 + n % 30_000).to_bytes(2, "little") for n in numbers)


def says(begin_ms: int, end_ms: int) -> reported.AudioOutput:
    return reported.AudioOutput(
        response_id="r1", pcm=voice(begin_ms, end_ms), item_id="a1"
    )


@pytest.fixture(params=[True, False], ids=["takes back", "takes nothing back"])
def late(request: pytest.FixtureRequest) -> HandAudio:
    return HandAudio(latency_ms=LATENCY_MS, takes_back=request.param)


async def played(t: Any, milliseconds: int) -> None:
    for _ in range(milliseconds // FRAME_MS):
        await t.play(FRAME_MS)


async def interrupted(t: Any, connection: Any) -> None:
    """Let the user speak, and see that the model is told what was heard until then."""
    connection.report(reported.SpeechStarted())
    await t.seen.until(public.RealtimeInterruptionEvent)
    assert await connection.until(Truncate) == [
        Truncate(response_id="r1", item_id="a1", played_ms=HEARD_MS, heard="")
    ]
    over = await t.seen.until(public.RealtimeAudioOutputDoneEvent)
    assert (over.interrupted, over.played_ms) == (True, HEARD_MS)


@pytest.mark.parametrize(
    "reports",
    [
        pytest.param((says(0, 1000),), id="being made"),
        pytest.param((says(0, 1000), DONE), id="done"),
        pytest.param((says(0, 400), DONE), id="all in the device"),
    ],
)
async def test_a_response_counts_as_far_as_it_was_heard(
    talk: Any, late: HandAudio, reports: Sequence[reported.ProviderEvent]
) -> None:
    t = await talk(audio=late)
    connection = await t.connection()
    connection.report(STARTED, *reports)
    await played(t, PULLED_MS)

    await interrupted(t, connection)

    assert late.speaker is not None
    assert late.speaker.heard == voice(0, HEARD_MS)


async def test_audio_that_comes_after_the_interruption_changes_nothing(
    talk: Any, late: HandAudio
) -> None:
    t = await talk(audio=late)
    connection = await t.connection()
    connection.report(STARTED, says(0, 600))
    await played(t, PULLED_MS)

    await interrupted(t, connection)
    connection.report(says(600, 800), says(800, 1000), DONE)
    await settle()

    assert await t.play(FRAME_MS) == bytes(len(voice(0, FRAME_MS)))
    assert len(await connection.until(Truncate)) == 1
    await played(t, 2 * LATENCY_MS)
    sounded_ms = HEARD_MS if late.takes_back else PULLED_MS
    assert late.speaker is not None
    assert late.speaker.heard.rstrip(b"\0") == voice(0, sounded_ms)


async def test_a_response_of_which_all_was_heard_is_not_interrupted(
    talk: Any, late: HandAudio
) -> None:
    t = await talk(audio=late)
    connection = await t.connection()
    connection.report(STARTED, says(0, 200), DONE)
    # The device tells at each pull what it held before.
    await played(t, PULLED_MS + FRAME_MS)

    connection.report(reported.SpeechStarted())
    await t.seen.until(public.RealtimeUserSpeechStartedEvent)

    assert t.seen.of(public.RealtimeInterruptionEvent) == []
    over = await t.seen.until(public.RealtimeAudioOutputDoneEvent)
    assert (over.interrupted, over.played_ms) == (False, 200)
