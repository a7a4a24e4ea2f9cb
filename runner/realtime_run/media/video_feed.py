"""Pictures out of whatever FFmpeg opens, one after another.

Everything here blocks: it is called in a source's own worker thread.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from realtime_run.core.errors import VideoError
from realtime_run.media.decode import tolerant
from realtime_run.media.frames import Converter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.container.input import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    from realtime_run.core.picture import Picture

LONGEST = 1280
"""Pixels of the longer side of a source's pictures: models look at no more."""
_MOST_BROKEN_PACKETS = 50
"""In a row. A camera that begins in the midst of a picture sends a few."""
_USUAL_GAP_S = 0.04
"""Between two frames that do not tell their time: 25 a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoInput:
    """What FFmpeg is told to open."""

    name: str
    """A device, a URL with its protocol, or a graph."""
    format: str | None = None
    """FFmpeg's name of the device or format; None: found out from the content."""
    options: Mapping[str, str] = field(default_factory=dict[str, str])
    loop: bool = False
    """Begin again at the end, unless it is a single picture."""
    endless: bool = False
    """An end is an error: it is a device."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture, and when it is shown."""

    at_s: float
    """Seconds since the first; of a device, by its own clock."""
    picture: "Picture"


class Feed:
    """An open input."""

    def __init__(
        self, source: VideoInput, explain: Callable[[Exception], VideoError]
    ) -> None:
        """Open it.

        Args:
            source: What to open.
            explain: Says in the user's words what went wrong.

        Raises:
            VideoError: What `explain` made of it, or that nothing can be seen in it.
        """
        from av.error import FFmpegError  # noqa: PLC0415 - heavy

        # PyAV itself raises the second where FFmpeg knows no codec.
        self._broken: tuple[type[Exception], ...] = (FFmpegError, ValueError)
        self._source = source
        self._explain = explain
        self._converter = Converter(LONGEST)
        self._count = 0
        self._start_s: float | None = None
        self._round_s = 0.0
        self._last_s = 0.0
        self._not_before_s = 0.0
        self._gap_s = _USUAL_GAP_S
        self._container, self._stream = self._open()
        self._packets = iter(self._container.demux(self._stream))
        self._frames = self._decoded()

    @property
    def is_still(self) -> bool:
        """True after the end of what showed a single picture: it goes on showing it."""
        return self._count == 1

    def next(self, not_before_s: float) -> Shown | None:
        """Return the first picture shown at this time or later; None at the end.

        The very first picture is never skipped.

        Raises:
            VideoError: If the rest cannot be read.
        """
        self._not_before_s = not_before_s
        while True:
            for at_s, frame in self._frames:
                if self._count == 1 or at_s >= not_before_s:
                    return Shown(at_s, self._converter.picture(frame))
            if self._count == 0:
                raise self._explain(ValueError("it shows nothing"))
            if self._source.endless:
                raise self._explain(ValueError("it gives no more pictures"))
            if not self._source.loop or self.is_still:
                return None
            self._begin_again()

    def close(self) -> None:
        """Close the file or device."""
        self._container.close()

    def _open(self) -> "tuple[InputContainer, VideoStream]":
        import av  # noqa: PLC0415 - heavy

        source = self._source
        # Its options differ from version to version.
        open_ = cast("Callable[..., InputContainer]", av.open)
        try:
            container = open_(
                source.name,
                format=source.format,
                options=dict(source.options),
                **tolerant(av.__version__),
            )
        except self._broken as error:
            raise self._explain(error) from error
        if not container.streams.video:
            container.close()
            raise self._explain(ValueError("it holds no pictures"))
        return container, container.streams.video[0]

    def _begin_again(self) -> None:
        self._container.close()
        self._container, self._stream = self._open()
        self._packets = iter(self._container.demux(self._stream))
        # The last frame of a round is shown as long as the one before it.
        self._start_s = None
        self._round_s = self._last_s + self._gap_s
        self._frames = self._decoded()

    def _decoded(self) -> "Iterator[tuple[float, VideoFrame]]":
        """Yield each frame with its time."""
        broken = 0
        while (packet := self._next_packet()) is not None:
            if self._is_early(packet):
                self._count += 1
                continue
            try:
                frames = packet.decode()
            except self._broken as error:
                broken += 1
                if broken > _MOST_BROKEN_PACKETS:
                    raise self._explain(error) from error
                continue
            broken = 0
            for frame in frames:
                self._count += 1
                yield self._time_of(frame.time), frame

    def _next_packet(self) -> "Packet[VideoStream] | None":
        try:
            return next(self._packets, None)
        except self._broken as error:
            raise self._explain(error) from error

    def _is_early(self, packet: "Packet[VideoStream]") -> bool:
        """Return whether it need not even be decoded: nothing later depends on it."""
        if self._start_s is None or packet.pts is None:
            return False
        at_s = float(packet.pts * packet.time_base) - self._start_s + self._round_s
        context: Any = self._stream.codec_context
        return bool(context.codec.intra_only) and at_s < self._not_before_s

    def _time_of(self, time_s: float | None) -> float:
        if time_s is None:
            at_s = self._last_s + self._gap_s if self._count > 1 else 0.0
        else:
            if self._start_s is None:
                self._start_s = time_s
            at_s = time_s - self._start_s + self._round_s
        if at_s > self._last_s:
            self._gap_s = at_s - self._last_s
        self._last_s = at_s
        return at_s
