"""Closes the microphone while the agent can be heard.

For a loudspeaker beside a microphone where no echo is cancelled: the model cannot hear
itself, and nobody can interrupt it by voice. Time is counted in the microphone's
samples, so the gate needs no clock and is the same in every run.
"""

import threading
from array import array
from sys import byteorder

from msgspec import Struct
from msgspec.structs import replace

from realtime_run.core.pcm import BYTES_PER_SAMPLE

TAIL_MS = 250
"""How long after the speaker's last sound left the ring the microphone stays closed:
what both devices hold, and the echo of a room."""
SILENT = 32
"""Samples up to this are silence, 60 dB below full scale: a voice model's pauses are
not always zeros, and nobody hears the difference."""


class Gate(Struct, frozen=True, kw_only=True):
    """Whether the microphone is open."""

    input_hz: int
    output_hz: int
    closed_frames: int = 0
    """How many of the microphone's next frames are to be silence."""


def played(gate: Gate, samples: bytes) -> Gate:
    """Return the gate after these samples left for the speaker.

    Args:
        gate: The gate before.
        samples: Mono s16le at `output_hz`.
    """
    audible = _audible_frames(samples)
    if not audible:
        return gate
    # Rounded up: the gate must not open before the last sample has sounded.
    sounding = -(-audible * gate.input_hz // gate.output_hz)
    closed = sounding + TAIL_MS * gate.input_hz // 1000
    return replace(gate, closed_frames=max(gate.closed_frames, closed))


def passed(gate: Gate, samples: bytes) -> tuple[Gate, bytes]:
    """Return the gate after these samples of the microphone, and what comes through.

    Args:
        gate: The gate before.
        samples: Mono s16le at `input_hz`.
    """
    closed = min(gate.closed_frames, len(samples) // BYTES_PER_SAMPLE)
    if not closed:
        return gate, samples
    width = closed * BYTES_PER_SAMPLE
    after = replace(gate, closed_frames=gate.closed_frames - closed)
    return after, bytes(width) + samples[width:]


class HalfDuplex:
    """A `Processing` that gives silence while the agent can be heard."""

    def __init__(self, *, input_hz: int, output_hz: int) -> None:
        """Make an open gate between devices of these rates."""
        self.delay_ms = 0
        self._lock = threading.Lock()
        self._gate = Gate(input_hz=input_hz, output_hz=output_hz)

    def far(self, samples: bytes) -> None:
        """See `Processing.far`."""
        with self._lock:
            self._gate = played(self._gate, samples)

    def near(self, samples: bytes) -> bytes:
        """See `Processing.near`; nothing is held back."""
        with self._lock:
            self._gate, through = passed(self._gate, samples)
        return through


def _audible_frames(samples: bytes) -> int:
    """Return up to which frame there is sound; 0 if there is none."""
    frames = array("h", samples)
    if byteorder == "big":
        frames.byteswap()
    if not frames or (max(frames) <= SILENT and min(frames) >= -SILENT):
        return 0
    for last in range(len(frames) - 1, -1, -1):
        if abs(frames[last]) > SILENT:
            return last + 1
    return 0
