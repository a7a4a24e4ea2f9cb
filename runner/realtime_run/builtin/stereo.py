"""A stereo recording of both sides: the user on the left, the agent on the right."""

from pathlib import Path

from realtime_run.builtin.event_json import Json
from realtime_run.builtin.timeline import Timeline, place_agent, place_user
from realtime_run.core.pcm import Pcm
from realtime_run.core.resample import Resampler
from realtime_run.media.wav import WavWriter

_LEFT, _RIGHT = 0, 1


class StereoRecording:
    """Puts samples of both sides on one timeline, straight into the file.

    Nothing waits in memory, however long it lasts or far one side runs ahead.

    Raises:
        AudioError: If the file cannot be written, also out of every call.
    """

    def __init__(self, path: Path, rate_hz: int) -> None:
        self._wav = WavWriter(path, rate_hz, 2)
        self._timeline = Timeline(rate_hz=rate_hz)
        self._user = _Track(rate_hz)
        self._agent = _Track(rate_hz)

    def add_user(self, pcm: Pcm, at_ns: int) -> None:
        """Add what the microphone gave."""
        mono = self._user.push(pcm)
        self._timeline, start = place_user(self._timeline, mono.frames, at_ns)
        self._wav.write_channel(_LEFT, start, mono.data)

    def add_agent(self, pcm: Pcm, at_ns: int) -> None:
        """Add what the output device pulled."""
        mono = self._agent.push(pcm)
        self._timeline, start = place_agent(self._timeline, mono.frames, at_ns)
        self._wav.write_channel(_RIGHT, start, mono.data)

    def figures(self) -> dict[str, Json]:
        """Return the rate, and how long each side is, in seconds."""
        timeline = self._timeline
        return {
            "rate_hz": timeline.rate_hz,
            "duration_s": round(timeline.frames / timeline.rate_hz, 3),
            "user_s": round(timeline.user_end / timeline.rate_hz, 3),
            "agent_s": round(timeline.agent_end / timeline.rate_hz, 3),
        }

    def close(self) -> None:
        """Complete the file."""
        self._wav.close()


class _Track:
    """One side's samples at the recording's rate, whatever rates the source has."""

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._resampler = Resampler(rate_hz)
        self._source: tuple[int, int] | None = None

    def push(self, pcm: Pcm) -> Pcm:
        before = Pcm(b"", self._rate_hz)
        source = (pcm.rate_hz, pcm.channels)
        if self._source != source:
            # A new connection or device; the last millisecond of the old one is kept.
            before = self._resampler.flush()
            self._source = source
        return before + self._resampler.push(pcm)
