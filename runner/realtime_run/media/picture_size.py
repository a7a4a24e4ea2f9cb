"""Decides how large a picture is sent: pure arithmetic, without a pixel in it."""

from collections.abc import Iterator
from dataclasses import dataclass

_QUALITIES = (3, 6, 10, 16, 24)
"""FFmpeg's scale of JPEG: 2 is the best, 31 the worst. 3 is a good photograph; beyond
24 a smaller picture shows more than a larger one."""
_SIZES = (1.0, 0.75, 0.5, 0.35, 0.25, 0.15, 0.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One way to make a JPEG of a picture."""

    width: int
    height: int
    quality: int
    """2 (best) to 31."""


def within(width: int, height: int, longest: int) -> tuple[int, int]:
    """Return the even size of a picture whose longer side is at most `longest`.

    The proportions stay, as near as even numbers come. Nothing is enlarged, but for a
    side of one pixel, which becomes two.
    """
    scale = min(1.0, longest / max(width, height))
    return (
        _even(width * scale, min(width, longest)),
        _even(height * scale, min(height, longest)),
    )


def attempts(width: int, height: int, longest: int) -> Iterator[Attempt]:
    """Give the ways to make a JPEG, from the best to the smallest.

    Quality goes first, and only then size: letters on a screen are lost by size.

    Args:
        width: Of the picture.
        height: Of the picture.
        longest: The most pixels of its longer side.
    """
    full = min(longest, max(width, height))
    for size in _SIZES:
        wide, high = within(width, height, max(2, int(full * size)))
        # Of the smaller sizes, only the quality at which the one before did not fit:
        # better qualities are as large as what has failed.
        qualities = _QUALITIES if size == _SIZES[0] else _QUALITIES[-2:]
        for quality in qualities:
            yield Attempt(width=wide, height=high, quality=quality)


def _even(side: float, at_most: int) -> int:
    even = max(2, round(side / 2) * 2)
    return even - 2 if even > at_most and even > 2 else even  # noqa: PLR2004 - even
