"""Pictures as JPEG, by FFmpeg's encoder. It blocks: call it in a worker thread.

FFmpeg's takes 2 ms for a camera's picture, a third of what Pillow's takes.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

from realtime_run.core.errors import VideoError
from realtime_run.media.frames import FULL_RANGE, VIDEO_RANGE, frame_of
from realtime_run.media.picture_size import Attempt, attempts

if TYPE_CHECKING:
    from collections.abc import Callable

    from av.video.frame import VideoFrame

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


def encode(
    picture: "Picture", *, longest: int = LONGEST, max_bytes: int | None = None
) -> Jpeg:
    """Return a picture as JPEG, as good as the limits let it be.

    Args:
        picture: What to compress.
        longest: The most pixels of the longer side; a smaller picture stays as it is.
        max_bytes: The most bytes; None takes the best quality that is worth its size.

    Raises:
        VideoError: If no size that shows anything fits into `max_bytes`.
    """
    frame = frame_of(picture)
    for attempt in attempts(picture.width, picture.height, longest):
        data = _encode(frame, attempt)
        if max_bytes is None or len(data) <= max_bytes:
            return Jpeg(data=data, width=attempt.width, height=attempt.height)
    message = (
        f"a picture of {picture.width}x{picture.height} does not fit into the"
        f" {max_bytes} bytes that the provider takes"
    )
    raise VideoError(message)


def _encode(frame: "VideoFrame", attempt: Attempt) -> bytes:
    import av  # noqa: PLC0415 - heavy, and most specs show nothing

    # Its parameters are not all typed in every version of PyAV.
    reformat = cast("Callable[..., VideoFrame]", frame.reformat)
    ready = reformat(
        width=attempt.width,
        height=attempt.height,
        format=_FORMAT,
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
