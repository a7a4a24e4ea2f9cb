"""What the runner itself adds to a conversation: time, processor and memory.

    python tests/bench/session.py

Measured in this process, with a provider that does what the script says, at the pace of
real time:

* uplink: from the moment `Microphone.read` returned the last samples of a frame until
  `Connection.send` was called with it; at 48 kHz they are resampled between;
  and how late each read was, since whatever holds the loop up shows there;
* downlink: from the moment `Connection.receive` returned samples until they could be
  pulled and the next event was asked for; and how long a pull of 20 ms takes;
* barge-in: from the moment `Connection.receive` returned `SpeechStarted`, with ten
  seconds waiting to be played, until nothing was left; `silence_ns - onset_ns` of the
  event says the same, without the way there.

And in processes of their own, with 1 and 20 sessions in one event loop, all of them
listening and speaking without a pause: processor seconds for a minute of one session,
the most memory that was held, and the uplink while all of them run.

Targets: 5 ms on every way through the runner, of a 20 ms frame; 3 processor seconds a
minute, so that 20 sessions are held by one processor; 80 MB for one session, and 5 MB
for each more.

How to read it: the median is the runner's own work. The maximum has the machine's
moments in it, such as other processes and the collection of garbage.
"""

import asyncio
import json
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, perf_counter_ns, process_time

from support.conversation import Talk
from support.figures import heading, load, row

from realtime_run.core.events import RealtimeInterruptionEvent
from realtime_run.core.provider_events import (
    AudioOutput,
    ResponseDone,
    ResponseStarted,
    SpeechEnded,
    SpeechStarted,
)

WAY_MS = 5.0
CPU_S = 3.0
ONE_SESSION_MB = 80.0
EACH_MORE_MB = 5.0
TALK_S = 6.0
BURST_MS = 200
"""As long as the pieces that providers send."""
INTERRUPTIONS = 50
LOAD_S = 15.0
SESSIONS = (1, 20)
OUTPUT_HZ = 24_000


def main() -> None:
    """Print the tables."""
    print(load())
    heading("on the way through the runner", "ms")
    for rate_hz in (16_000, 48_000):
        talk = asyncio.run(talking(rate_hz))
        row(f"uplink, microphone at {rate_hz} Hz", talk.uplink_ms(), WAY_MS)
        row("  reads of that microphone, late by", talk.late_ms(), WAY_MS)
    row(f"downlink, {BURST_MS} ms received until playable", handled(talk), WAY_MS)
    row("downlink, a pull of 20 ms", asyncio.run(pulling()), WAY_MS)
    flushed, told = asyncio.run(interrupting())
    row("barge-in, received until silent", flushed, WAY_MS)
    row("barge-in, silence_ns - onset_ns", told, WAY_MS)
    heading(f"{LOAD_S:g} s of listening and speaking", "see each line")
    held_mb = 0.0
    for sessions in SESSIONS:
        figures = in_a_process(sessions)
        many = f"{sessions} session{'s' * (sessions > 1)}"
        row(f"{many}: CPU s per minute of session", figures["cpu_s"], CPU_S)
        row(f"{many}: uplink, ms", figures["uplink_ms"], WAY_MS)
        (peak_mb,) = figures["peak_mb"]
        row(f"{many}: peak memory, MB", [peak_mb], None if held_mb else ONE_SESSION_MB)
        if held_mb:
            each = (peak_mb - held_mb) / (sessions - 1)
            row("each further session: memory, MB", [each], EACH_MORE_MB)
        held_mb = peak_mb
    print(load())


async def talking(rate_hz: int) -> Talk:
    """Hold a session for a while, and return it with its stamps."""
    talk = Talk(rate_hz)
    async with talk.held():
        await speak(talk, TALK_S)
    return talk


def handled(talk: Talk) -> list[float]:
    """Return how long each piece of the agent's speech took."""
    stamps = talk.provider.stamped.handled
    return [ns / 1e6 for event, ns in stamps if isinstance(event, AudioOutput)]


async def pulling() -> list[float]:
    """Return how long pulls of 20 ms take from a buffer that is full."""
    talk = Talk()
    figures: list[float] = []
    async with talk.held():
        playback = talk.audio.playback
        assert playback is not None
        say(talk, "long", seconds=60)
        await until(lambda: playback.pending_frames > 50 * OUTPUT_HZ)
        for _ in range(500):
            began = perf_counter_ns()
            playback.pull(OUTPUT_HZ // 50)
            figures.append((perf_counter_ns() - began) / 1e6)
    return figures


async def interrupting() -> tuple[list[float], list[float]]:
    """Return how long each silencing took: seen by the connection, and by a handler."""
    talk = Talk()
    async with talk.held() as connection:
        playback = talk.audio.playback
        assert playback is not None
        for number in range(INTERRUPTIONS):
            say(talk, f"r{number}", seconds=10)
            await until(lambda: playback.pending_frames > 9 * OUTPUT_HZ)
            connection.scripted.report(SpeechStarted(), SpeechEnded())
            await until(lambda: playback.pending_frames == 0)
            connection.scripted.report(ResponseDone(response_id=f"r{number}"))
        await asyncio.sleep(0.1)
    seen = [
        ns / 1e6 for event, ns in connection.handled if isinstance(event, SpeechStarted)
    ]
    told = [
        (event.silence_ns - event.onset_ns) / 1e6
        for event in talk.events
        if isinstance(event, RealtimeInterruptionEvent) and event.silence_ns is not None
    ]
    return seen, told


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something holds of which no event tells."""
    while not condition():  # noqa: ASYNC110 - a buffer's length, which nobody announces
        await asyncio.sleep(0.001)


def say(talk: Talk, response_id: str, *, seconds: float) -> None:
    """Let the agent say something, in pieces, as fast as they are taken."""
    scripted = talk.provider.stamped.scripted
    piece = b"\1\0" * (OUTPUT_HZ * BURST_MS // 1000)
    scripted.report(ResponseStarted(response_id=response_id))
    for _ in range(int(seconds * 1000 / BURST_MS)):
        scripted.report(AudioOutput(response_id=response_id, pcm=piece))


async def speak(talk: Talk, seconds: float) -> None:
    """Let the agent speak for so long, in responses of two seconds."""
    for number in range(int(seconds / 2)):
        response_id = f"r{number}"
        say(talk, response_id, seconds=2)
        talk.provider.stamped.scripted.report(ResponseDone(response_id=response_id))
        await asyncio.sleep(2)


def in_a_process(sessions: int) -> dict[str, list[float]]:
    """Return the figures of so many sessions in a process of their own."""
    run = subprocess.run(
        [sys.executable, __file__, str(sessions)],
        check=True,
        capture_output=True,
        text=True,
    )
    figures: dict[str, list[float]] = json.loads(run.stdout)
    return figures


async def loaded(sessions: int) -> dict[str, list[float]]:
    """Hold so many sessions at once, and return their figures."""
    talks = [Talk() for _ in range(sessions)]
    began, used = perf_counter(), process_time()
    async with asyncio.TaskGroup() as tasks:
        for talk in talks:
            tasks.create_task(_held(talk))
    minutes = (perf_counter() - began) / 60
    return {
        "cpu_s": [(process_time() - used) / minutes / sessions],
        "uplink_ms": [way for talk in talks for way in talk.uplink_ms()],
        "peak_mb": [peak_mb()],
    }


async def _held(talk: Talk) -> None:
    async with talk.held():
        await speak(talk, LOAD_S)


def peak_mb() -> float:
    """Return the most memory that this process held."""
    status = Path("/proc/self/status")
    if status.exists():
        # Under Linux `getrusage` begins with what the parent held.
        lines = status.read_text(encoding="ascii").splitlines()
        peak = dict(line.split(":", 1) for line in lines)["VmHWM"]
        return float(peak.split()[0]) / 1e3
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return held / 1e6 if sys.platform == "darwin" else held / 1e3


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(asyncio.run(loaded(int(sys.argv[1])))))
    else:
        main()
