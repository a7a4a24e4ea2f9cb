"""A speaker without a device: it pulls what the agent says, at the pace of a clock."""

from collections.abc import Awaitable, Callable

from realtime_run.core.pcm import BYTES_PER_SAMPLE
from realtime_run.media.clock import FrameCounter, Ticker, TimeSource
from realtime_run.plugin.api import Playback

Sink = Callable[[bytes], Awaitable[None]]
"""Takes mono s16le, in the order in which it was played."""


async def discard(_played: bytes) -> None:
    """Take played samples and forget them."""


async def play_forever(
    playback: Playback, sink: Sink, *, clock: TimeSource, eager: bool = False
) -> None:
    """Pull 20 ms every 20 ms, silence included, and hand it to `sink`.

    Args:
        playback: What the agent says.
        sink: Where it goes. If it waits, so does the speaker, as a device would hang.
        clock: What the pace is taken from.
        eager: Do not wait while the agent has something to say.
    """
    frames = FrameCounter(playback.rate_hz)
    ticker = Ticker(clock)
    while True:
        if eager and playback.pending_frames > 0:
            await clock.sleep(0)
            ticker.restart()
        else:
            for _ in range(await ticker.tick()):
                # The process stood still: nothing was pulled, nobody heard anything.
                await sink(bytes(frames.next() * BYTES_PER_SAMPLE))
        await sink(playback.pull(frames.next()))
