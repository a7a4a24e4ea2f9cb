"""WAV files that are whole at every moment: what a killed process leaves is readable.

The header is corrected after each quarter of a second of sound, after the samples that
it counts. Files beyond 4 GiB become RF64 (EBU Tech 3306), in the room kept for it.
"""

import os
import stat
import struct
import sys
from io import FileIO
from pathlib import Path
from types import TracebackType

from realtime_run.core.errors import AudioError
from realtime_run.core.pcm import BYTES_PER_SAMPLE

HEADER_BYTES = 80
_MAX_32_BIT = 0xFFFF_FFFF
_HEADERS_A_SECOND = 4
_BINARY = getattr(os, "O_BINARY", 0)
"""Windows alone has it."""


def wav_header(frames: int, rate_hz: int, channels: int) -> bytes:
    """Return the 80 bytes that stand before `frames` frames of 16-bit PCM."""
    width = channels * BYTES_PER_SAMPLE
    size = frames * width
    shape = struct.pack(
        "<4sIHHIIHH", b"fmt ", 16, 1, channels, rate_hz, rate_hz * width, width, 16
    )
    riff_size = HEADER_BYTES - 8 + size
    if riff_size > _MAX_32_BIT:
        sizes = struct.pack("<4sIQQQI", b"ds64", 28, riff_size, size, frames, 0)
        riff = struct.pack("<4sI4s", b"RF64", _MAX_32_BIT, b"WAVE")
        return riff + sizes + shape + struct.pack("<4sI", b"data", _MAX_32_BIT)
    room = struct.pack("<4sI28x", b"JUNK", 28)
    riff = struct.pack("<4sI4s", b"RIFF", riff_size, b"WAVE")
    return riff + room + shape + struct.pack("<4sI", b"data", size)


class WavWriter:
    """A 16-bit WAV file being written. Making one opens the file; every call may block.

    Channels may be written at any place: what nobody wrote is silence.

    Raises:
        AudioError: If the file cannot be written, also out of every call. What was
            written before stays in it.
    """

    def __init__(self, path: Path, rate_hz: int, channels: int = 1) -> None:
        self.path = path
        self.rate_hz = rate_hz
        self.channels = channels
        self.frames = 0
        """How long the file is."""
        self._width = channels * BYTES_PER_SAMPLE
        self._counted = -1
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = _opened_alone(path)
        except BlockingIOError as error:
            message = f"cannot write '{path}': another conversation is writing it"
            raise AudioError(message) from error
        except OSError as error:
            raise self._error(error) from error
        try:
            self._count_frames()
        except AudioError:
            self._file.close()
            raise

    def write(self, interleaved: bytes) -> None:
        """Add whole frames at the end."""
        self._write_at(self.frames, interleaved)

    def write_channel(self, channel: int, at_frame: int, mono: bytes) -> None:
        """Put mono samples on one channel, and leave the other channels as they are."""
        length = len(mono) // BYTES_PER_SAMPLE * self._width
        try:
            self._file.seek(HEADER_BYTES + at_frame * self._width)
            there = self._file.read(length) or b""
        except OSError as error:
            raise self._error(error) from error
        frames = bytearray(there.ljust(length, b"\0"))
        low = channel * BYTES_PER_SAMPLE
        frames[low :: self._width] = mono[0::2]
        frames[low + 1 :: self._width] = mono[1::2]
        self._write_at(at_frame, bytes(frames))

    def close(self) -> None:
        """Correct the header and close the file. Does nothing the second time."""
        if self._file.closed:
            return
        try:
            self._count_frames()
        finally:
            self._file.close()

    def __enter__(self) -> "WavWriter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _write_at(self, frame: int, interleaved: bytes) -> None:
        done = 0
        try:
            self._file.seek(HEADER_BYTES + frame * self._width)
            while done < len(interleaved):
                done += self._file.write(interleaved[done:]) or 0
        except OSError as error:
            raise self._error(error) from error
        finally:
            self.frames = max(self.frames, frame + done // self._width)
        if self.frames - self._counted >= self.rate_hz / _HEADERS_A_SECOND:
            self._count_frames()

    def _count_frames(self) -> None:
        try:
            self._file.seek(0)
            self._file.write(wav_header(self.frames, self.rate_hz, self.channels))
        except OSError as error:
            raise self._error(error) from error
        self._counted = self.frames

    def _error(self, error: OSError) -> AudioError:
        reason = os.strerror(error.errno) if error.errno else str(error)
        return AudioError(f"cannot write '{self.path}': {reason.lower()}")


def _opened_alone(path: Path) -> FileIO:
    """Return a file, emptied unless somebody else is writing it.

    Raises:
        BlockingIOError: If somebody is.
        OSError: If it cannot be opened.
    """
    file = FileIO(os.open(path, os.O_RDWR | os.O_CREAT | _BINARY, 0o666), "r+")
    try:
        if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            _lock(file)
            file.truncate(0)
    except BaseException:
        file.close()
        raise
    return file


def _lock(file: FileIO) -> None:
    if sys.platform == "win32":
        return  # it has no locks that others may read through
    import fcntl  # noqa: PLC0415 - POSIX only

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:
        return  # some file systems have none: then all is as if nobody else wrote
