"""How large a picture is, read from its first bytes."""

import struct
from collections.abc import Sequence

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8"
_SIZES_OF_JPEG = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_WITHOUT_LENGTH = frozenset(range(0xD0, 0xD8)) | {0x01}


def size_of(image: bytes) -> tuple[int, int] | None:
    """Return width and height of a PNG or JPEG; None if it is neither."""
    if image.startswith(_PNG) and len(image) >= 24:  # noqa: PLR2004 - IHDR ends there
        width, height = struct.unpack(">II", image[16:24])
        return width, height
    if image.startswith(_JPEG):
        return _size_of_jpeg(image)
    return None


def _size_of_jpeg(image: bytes) -> tuple[int, int] | None:
    at = len(_JPEG)
    while at + 9 <= len(image) and image[at] == 0xFF:  # noqa: PLR2004 - a marker begins
        marker = image[at + 1]
        if marker in _SIZES_OF_JPEG:
            height, width = struct.unpack(">HH", image[at + 5 : at + 9])
            return width, height
        if marker in _WITHOUT_LENGTH:
            at += 2
            continue
        (length,) = struct.unpack(">H", image[at + 2 : at + 4])
        at += 2 + length
    return None


def described(sizes: Sequence[tuple[int, int]]) -> str:
    """Return in words what was shown: `2 pictures, the last 640 by 480`."""
    if not sizes:
        return "nothing"
    width, height = sizes[-1]
    if len(sizes) == 1:
        return f"1 picture, {width} by {height}"
    return f"{len(sizes)} pictures, the last {width} by {height}"
