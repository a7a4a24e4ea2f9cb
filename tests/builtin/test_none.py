import asyncio
from typing import Any

from realtime_run.builtin.no_audio import NoAudio
from realtime_run.builtin.settings import NoAudioSettings


async def test_nobody_is_heard_and_the_speaker_keeps_real_time(
    clock: Any, speech: Any
) -> None:
    audio = NoAudio(NoAudioSettings(), clock)

    async with audio.open(speech) as microphone:
        await speech.until_pulled(16_000)
        time = clock.time

    assert microphone is None
    assert audio.output_hz is None
    assert 0.98 <= time <= 1.0


async def test_nothing_is_pulled_after_it_is_left(clock: Any, speech: Any) -> None:
    async with NoAudio(NoAudioSettings(), clock).open(speech):
        await speech.until_pulled(640)
    pulled = speech.pulled

    for _ in range(10):
        await asyncio.sleep(0)

    assert speech.pulled == pulled
