"""Pictures to and from FFmpeg's frames. Everything here blocks: use a worker thread."""

from typing import TYPE_CHECKING, Any, cast

from realtime_run.core.picture import Picture
from realtime_run.media.picture_size import within

if TYPE_CHECKING:
    from collections.abc import Callable

    from av.video.frame import VideoFrame

VIDEO_RANGE, FULL_RANGE = 1, 2
"""FFmpeg's AVCOL_RANGE_MPEG and AVCOL_RANGE_JPEG."""
SMALLER = "AREA"
"""How FFmpeg scales: the mean of the pixels that become one, as is best and quickest
where pictures only ever become smaller."""
_BT709 = 1
"""FFmpeg's AVCOL_SPC_BT709, in which most films are."""
_RIGHT_ANGLE = 90


class Converter:
    """Turns frames of any format and size into pictures.

    It keeps FFmpeg's scaler, which stays the same from frame to frame.
    """

    def __init__(self, longest: int) -> None:
        from av.video.reformatter import VideoReformatter  # noqa: PLC0415 - imports av

        self._longest = longest
        # Its parameters are not all typed in every version of PyAV.
        self._reformat = cast("Callable[..., VideoFrame]", VideoReformatter().reformat)

    def picture(self, frame: "VideoFrame") -> Picture:
        """Return a frame, upright, its longer side at most `longest` pixels."""
        width, height = within(frame.width, frame.height, self._longest)
        ready = self._reformat(
            frame,
            width=width,
            height=height,
            format="yuv420p",
            interpolation=SMALLER,
            dst_color_range=VIDEO_RANGE,
            **_colours(frame),
        )
        turns = round(getattr(frame, "rotation", 0) / _RIGHT_ANGLE) % 4
        return _packed(ready, turns)


def frame_of(picture: Picture) -> "VideoFrame":
    """Return a picture as a frame in `yuv420p`, video range."""
    import numpy as np  # noqa: PLC0415 - heavy, and most specs show nothing
    from av.video.frame import VideoFrame  # noqa: PLC0415 - imports av

    rows = np.frombuffer(picture.i420, np.uint8).reshape(-1, picture.width)
    frame = VideoFrame.from_ndarray(rows, format="yuv420p")
    frame.color_range = VIDEO_RANGE
    return frame


def scaled(picture: Picture, longest: int) -> Picture:
    """Return a picture whose longer side is at most `longest` pixels."""
    if max(picture.width, picture.height) <= longest:
        return picture
    return Converter(longest).picture(frame_of(picture))


def _colours(frame: "VideoFrame") -> dict[str, Any]:
    """Return what FFmpeg does not ask the frame itself.

    A picture has the matrix of BT.601, as JPEG has, and what browsers assume of VP8.
    """
    colours: dict[str, Any] = {}
    if frame.color_range == FULL_RANGE or frame.format.name.startswith("yuvj"):
        colours["src_color_range"] = FULL_RANGE
    elif not frame.format.is_rgb:
        colours["src_color_range"] = VIDEO_RANGE
    if frame.colorspace == _BT709 and not frame.format.is_rgb:
        colours["src_colorspace"] = "itu709"
        colours["dst_colorspace"] = "itu601"
    return colours


def _packed(frame: "VideoFrame", turns: int) -> Picture:
    """Return the planes without padding, turned by so many quarters to the left."""
    import numpy as np  # noqa: PLC0415 - heavy, and most specs show nothing

    planes: list[bytes] = []
    for plane in frame.planes:
        buffer = cast("memoryview", plane)  # its stubs do not say that it is one
        rows = np.frombuffer(buffer, np.uint8).reshape(-1, plane.line_size)
        # A plane's own height is the number of its rows; the buffer may hold more.
        rows = rows[: plane.height, : plane.width]
        planes.append(np.rot90(rows, turns).tobytes())
    across = turns % 2 == 1
    return Picture(
        width=frame.height if across else frame.width,
        height=frame.width if across else frame.height,
        i420=b"".join(planes),
    )
