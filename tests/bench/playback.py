"""What the speaker's buffer costs: each call, in microseconds.

    python tests/bench/playback.py

Pulls are of 20 ms, as devices ask for them, with and without a device that holds
300 ms; pushes are of 200 ms, as providers send them. A pause takes back the 300 ms that
the device holds, and a flush drops them and the ten seconds that wait.

Targets: a pull holds up the device's own thread, whose buffer may be of 10 ms: 100 µs
leave all of it free, and 500 µs a voice that is lowered at 48 kHz. That is done in
Python because importing numpy meanwhile would take longer than the buffer lasts. A
flush is the runner's own part of an interruption, of which 1 ms is allowed.
"""

from collections.abc import Callable
from random import Random
from time import perf_counter_ns

from support.figures import heading, load, row

from realtime_run.core.pcm import BYTES_PER_SAMPLE, FRAME_MS, Pcm
from realtime_run.media.playback import Playback
from realtime_run.testing.sound import HandSpeaker

PULL_US = 100.0
LOW_US = 500.0
PUSH_US = 100.0
SILENCE_US = 1000.0
TIMES = 400
PIECE_MS = 200
LATENCY_MS = 300
RATES_HZ = (24_000, 48_000)


def main() -> None:
    """Print the table."""
    print(load())
    heading("the speaker's buffer", "µs")
    for rate_hz in RATES_HZ:
        at = f"at {rate_hz} Hz"
        row(f"pull {at}", pulling(speaking(rate_hz)), PULL_US)
        row(f"pull {at}, silence", pulling(silent(rate_hz)), PULL_US)
        row(f"pull {at}, a device behind it", pulling(held(rate_hz)), PULL_US)
        row(f"pull {at}, lowered", pulling(lowered(rate_hz)), LOW_US)
        row(f"push {at}", pushing(rate_hz), PUSH_US)
        row(f"pause {at}, {LATENCY_MS} ms back", pausing(rate_hz), SILENCE_US)
        row(f"flush {at}, {LATENCY_MS} ms back", flushing(rate_hz), SILENCE_US)
    print(load())


def speaking(rate_hz: int) -> Playback:
    """Return a buffer in which ten seconds wait."""
    playback = silent(rate_hz)
    for _ in range(50):
        playback.push("r1", piece(rate_hz))
    return playback


def silent(rate_hz: int) -> Playback:
    """Return a buffer in which nothing waits."""
    return Playback(rate_hz, lambda _: None)


def held(rate_hz: int) -> Playback:
    """Return the same as `speaking`, of which a device holds 300 ms."""
    playback = speaking(rate_hz)
    device = HandSpeaker(playback, rate_hz * LATENCY_MS // 1000)
    for _ in range(LATENCY_MS // FRAME_MS):
        device.play(rate_hz * FRAME_MS // 1000)
    return playback


def lowered(rate_hz: int) -> Playback:
    """Return the same as `speaking`, with the voice low."""
    playback = speaking(rate_hz)
    playback.pull(1)
    playback.duck()
    return playback


def piece(rate_hz: int) -> Pcm:
    """Return noise, which no two frames of are alike."""
    size = rate_hz * PIECE_MS // 1000 * BYTES_PER_SAMPLE
    return Pcm(Random(7).randbytes(size), rate_hz)  # noqa: S311 - noise, no secret


def pulling(playback: Playback) -> list[float]:
    """Return how long each pull takes."""
    frames = playback.rate_hz * FRAME_MS // 1000
    return [timed(lambda: playback.pull(frames)) for _ in range(TIMES)]


def pushing(rate_hz: int) -> list[float]:
    """Return how long each push takes."""
    playback, pcm = silent(rate_hz), piece(rate_hz)
    return [timed(lambda: playback.push("r1", pcm)) for _ in range(TIMES)]


def pausing(rate_hz: int) -> list[float]:
    """Return how long each pause takes, of a device that is full."""
    buffers = (held(rate_hz) for _ in range(TIMES // 10))
    return [timed(playback.pause) for playback in buffers]


def flushing(rate_hz: int) -> list[float]:
    """Return how long each flush takes, of a device that is full."""
    buffers = (held(rate_hz) for _ in range(TIMES // 10))
    return [timed(playback.flush) for playback in buffers]


def timed(call: Callable[[], object]) -> float:
    """Return how many microseconds a call takes."""
    began = perf_counter_ns()
    call()
    return (perf_counter_ns() - began) / 1e3


if __name__ == "__main__":
    main()
