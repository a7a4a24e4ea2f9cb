"""Pictures as JPEG, by FFmpeg's encoder. It blocks: call it in a worker thread.

FFmpeg's takes 2 ms for a camera's picture, a third of what Pillow's takes.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

from realtime_run.core.errors import VideoError
from realtime_run.media.frames import FULL_RANGE, SMALLER, VIDEO_RANGE, frame_of
from realtime_run.media.picture_size import Attempt, attempts

if TYPE_CHECKING:
    from collections.abc import Callable

    from av.video.frame import VideoFrame
    from av.video.reformatter import VideoReformatter

    from realtime_run.core.picture import Picture

LONGEST = 768
"""Pixels of the longer side: models look at no more than that, and it costs less."""
_FORMAT = "yuvj420p"


@dataclass(frozen=True, slots=True, kw_only=True)
class Jpeg:
    """A compressed picture."""

    data: bytes
    width: int
    height: int


class JpegEncoder:
    """Makes JPEGs of pictures, as good as the limits let them be.

    It keeps FFmpeg's scaler, which stays the same from picture to picture.
    """

    def __init__(self, *, longest: int = LONGEST, max_bytes: int | None = None) -> None:
        """Make one.

        Args:
            longest: The most pixels of the longer side; a smaller picture stays as it
                is.
            max_bytes: The most bytes; None takes the best quality that is worth its
                size.
        """
        self._longest = longest
        self._max_bytes = max_bytes
        self._scaler: VideoReformatter | None = None

    def encode(self, picture: "Picture") -> Jpeg:
        """Return a picture as JPEG.

        Raises:
            VideoError: If no size that shows anything fits into `max_bytes`.
        """
        frame, most = frame_of(picture), self._max_bytes
        for attempt in attempts(picture.width, picture.height, self._longest):
            data = self._encode(frame, attempt)
            if most is None or len(data) <= most:
                return Jpeg(data=data, width=attempt.width, height=attempt.height)
        message = (
            f"a picture of {picture.width}x{picture.height} does not fit into the"
            f" {most} bytes that the provider takes"
        )
        raise VideoError(message)

    def _encode(self, frame: "VideoFrame", attempt: Attempt) -> bytes:
        import av  # noqa: PLC0415 - heavy, and an encoder is made on the loop
        from av.video.reformatter import VideoReformatter  # noqa: PLC0415

        self._scaler = self._scaler or VideoReformatter()
        # Its parameters are not all typed in every version of PyAV.
        reformat = cast("Callable[..., VideoFrame]", self._scaler.reformat)
        ready = reformat(
            frame,
            width=attempt.width,
            height=attempt.height,
            format=_FORMAT,
            interpolation=SMALLER,
            src_color_range=VIDEO_RANGE,
            dst_color_range=FULL_RANGE,
        )
        context: Any = av.CodecContext.create("mjpeg", "w")
        context.width, context.height = attempt.width, attempt.height
        context.pix_fmt = _FORMAT
        context.time_base = Fraction(1, 1)
        context.thread_count = 1
        # bitexact leaves out a comment with the encoder's version.
        quality = str(attempt.quality)
        context.options = {"qmin": quality, "qmax": quality, "flags": "bitexact"}
        packets = [*context.encode(ready), *context.encode(None)]
        return b"".join(map(bytes, packets))
