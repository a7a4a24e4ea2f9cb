"""Sound files as mono samples, block by block, whatever their format.

FFmpeg reads them, confined to sound formats and to this one file: a playlist with the
name of a sound file opens nothing. Everything here blocks: call it in a worker thread.
"""

import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from realtime_run.core.errors import AudioError
from realtime_run.core.pcm import BYTES_PER_SAMPLE, Pcm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from av.audio.frame import AudioFrame
    from av.audio.resampler import AudioResampler
    from av.audio.stream import AudioStream
    from av.container.input import InputContainer
    from av.packet import Packet

RAW_SUFFIXES = frozenset({".raw", ".pcm"})
"""Files without a header: s16le, mono."""
LOWEST_HZ, HIGHEST_HZ = 4_000, 384_000
BLOCK_S = 0.5
_FORMATS = "wav,w64,flac,mp3,ogg,mov,matroska,aiff,au,caf,aac,amr"
_MOST_BROKEN_PACKETS = 50
"""In a row. A player passes over a few, such as tags in the midst of an mp3."""

_NO_SOUND_FILE = "it is no sound file, or a damaged one"


class SoundFile(Protocol):
    """An open sound file."""

    @property
    def rate_hz(self) -> int:
        """Frames a second, the same to the end."""
        ...

    def read(self) -> Pcm:
        """Return the next block, mono, about half a second; empty at the end.

        Raises:
            AudioError: If the rest of the file cannot be read.
        """
        ...

    def close(self) -> None:
        """Close the file."""


def open_sound(path: Path, raw_rate_hz: int) -> SoundFile:
    """Open a sound file of any format.

    Args:
        path: Files whose name ends in `.raw` or `.pcm` are s16le mono.
        raw_rate_hz: The rate of such a file.

    Raises:
        AudioError: If it is missing, unreadable, no sound file, or without any sound.
    """
    _check(path)
    if path.suffix.lower() in RAW_SUFFIXES:
        return _RawFile(path, raw_rate_hz)
    return _DecodedFile(path)


def _check(path: Path) -> None:
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise _unusable(path, "it is a folder")
        if not stat.S_ISREG(mode):
            # Opening a pipe would wait for its other end.
            raise _unusable(path, "it is no regular file")
        with path.open("rb") as file:
            empty = not file.read(1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise _unusable(path, _one_line(error)) from error
    if empty:
        raise _unusable(path, "it is empty")


def _unusable(path: Path, reason: str) -> AudioError:
    return AudioError(f"cannot use '{path}' as sound: {reason}")


class _RawFile:
    def __init__(self, path: Path, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self._path = path
        self._file = path.open("rb")

    def read(self) -> Pcm:
        try:
            block = self._file.read(int(self.rate_hz * BLOCK_S) * BYTES_PER_SAMPLE)
        except OSError as error:
            raise _unusable(self._path, _one_line(error)) from error
        # Only the last block of a file cut in the midst of a sample has an odd byte.
        return Pcm(
            block[: len(block) // BYTES_PER_SAMPLE * BYTES_PER_SAMPLE], self.rate_hz
        )

    def close(self) -> None:
        self._file.close()


def tolerant(version: str) -> "dict[str, Any]":
    """Return what lets a title be read that is no UTF-8, of a version of PyAV."""
    tolerates_by_itself = int(version.partition(".")[0]) >= 19  # noqa: PLR2004
    return {} if tolerates_by_itself else {"metadata_errors": "replace"}


class _DecodedFile:
    def __init__(self, path: Path) -> None:
        import av  # noqa: PLC0415 - 0.1 s, and specs are checked without it
        from av.error import FFmpegError  # noqa: PLC0415

        self._path = path
        # PyAV itself raises the second where FFmpeg knows no codec.
        self._broken: tuple[type[Exception], ...] = (FFmpegError, ValueError)
        try:
            # Its options differ from version to version.
            open_ = cast("Callable[..., InputContainer]", av.open)
            self._container = open_(
                f"file:{path}",
                options={"protocol_whitelist": "file", "format_whitelist": _FORMATS},
                **tolerant(av.__version__),
            )
        except FFmpegError as error:
            reason = _one_line(error) if isinstance(error, OSError) else _NO_SOUND_FILE
            raise _unusable(path, reason) from error
        try:
            self._stream = self._only_stream()
            self._packets = iter(self._container.demux(self._stream))
            self._resampler: _Mono | None = None
            self._position = 0
            # The first block is decoded now: most headers that lie are found out by it.
            self._first: Pcm | None = self._block()
        except BaseException:
            self._container.close()
            raise

    @property
    def rate_hz(self) -> int:
        assert self._resampler is not None  # noqa: S101 - the first block was decoded
        return self._resampler.rate_hz

    def read(self) -> Pcm:
        first, self._first = self._first, None
        return self._block() if first is None else first

    def close(self) -> None:
        self._container.close()

    def _only_stream(self) -> "AudioStream":
        if not self._container.streams.audio:
            raise _unusable(self._path, "it holds no sound")
        return self._container.streams.audio[0]

    def _block(self) -> Pcm:
        parts: list[bytes] = []
        frames = 0
        for frame in self._frames():
            if self._resampler is None:
                self._resampler = _Mono(self._rate_of(frame))
            parts.append(self._resampler.push(frame))
            frames += len(parts[-1]) // BYTES_PER_SAMPLE
            if frames >= self.rate_hz * BLOCK_S:
                break
        if self._resampler is None:
            raise _unusable(self._path, "it holds no sound")
        self._position += frames
        return Pcm(b"".join(parts), self.rate_hz)

    def _rate_of(self, frame: "AudioFrame") -> int:
        if LOWEST_HZ <= frame.sample_rate <= HIGHEST_HZ:
            return frame.sample_rate
        reason = (
            f"its sample rate is {frame.sample_rate} Hz, "
            f"not {LOWEST_HZ} to {HIGHEST_HZ} Hz"
        )
        raise _unusable(self._path, reason)

    def _frames(self) -> "Iterator[AudioFrame]":
        broken = 0
        while (packet := self._next_packet()) is not None:
            try:
                frames = packet.decode()
            except self._broken as error:
                broken += 1
                if broken > _MOST_BROKEN_PACKETS:
                    raise _unusable(self._path, self._damage()) from error
                continue
            broken = 0
            yield from frames
        if broken and self._resampler is None:
            raise _unusable(self._path, self._damage())

    def _next_packet(self) -> "Packet[AudioStream] | None":
        try:
            return next(self._packets, None)
        except self._broken as error:
            raise _unusable(self._path, self._damage()) from error

    def _damage(self) -> str:
        if self._resampler is None:
            return _NO_SOUND_FILE
        return (
            f"it is damaged {self._position / self.rate_hz:.1f} s after its beginning"
        )


class _Mono:
    """Mixes frames of any format down to s16 mono at the rate of the first."""

    def __init__(self, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self._resampler: AudioResampler | None = None
        self._shape: tuple[str, str, int] | None = None

    def push(self, frame: "AudioFrame") -> bytes:
        from av.audio.resampler import AudioResampler  # noqa: PLC0415 - imports av

        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._resampler is None or shape != self._shape:
            # Chained ogg files may change their shape between two songs.
            self._resampler = AudioResampler("s16", "mono", self.rate_hz)
            self._shape = shape
        return b"".join(
            bytes(mixed.planes[0])[: mixed.samples * BYTES_PER_SAMPLE]
            for mixed in self._resampler.resample(frame)
        )


def _one_line(error: BaseException) -> str:
    text = getattr(error, "strerror", None) or str(error)
    return " ".join(text.split()).lower()
