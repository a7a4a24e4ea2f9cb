"""One picture, uncompressed: what video sources give and WebRTC tracks take."""

from msgspec import Struct


class Picture(Struct, frozen=True, kw_only=True):
    """A picture in planar YUV 4:2:0 (I420), 8 bits a sample, video range.

    Raises:
        ValueError: If width or height is odd or not positive, or the bytes are not
            `width * height * 3 / 2`.
    """

    width: int
    height: int
    i420: bytes
    """The Y plane, then U, then V, without padding."""

    def __post_init__(self) -> None:
        if min(self.width, self.height) <= 0 or self.width % 2 or self.height % 2:
            message = f"{self.width}x{self.height}: width and height must be even"
            raise ValueError(message)
        if len(self.i420) != self.width * self.height * 3 // 2:
            message = f"{len(self.i420)} bytes are no picture of this size"
            raise ValueError(message)
