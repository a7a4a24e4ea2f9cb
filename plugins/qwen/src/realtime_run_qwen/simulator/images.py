"""What the service says to a picture."""

import base64
import binascii

from realtime_run_openai.simulator import pictures
from realtime_run_openai.simulator.refusals import Refusal
from realtime_run_qwen.simulator.session_rules import invalid

_MOST_CHARACTERS = 256 * 1024
"""Of base64."""
_JPEG = b"\xff\xd8\xff"
_LONG_SIDE, _SHORT_SIDE = 1920, 1080


def size_of(image: str) -> tuple[int, int] | Refusal:
    """Return a picture's width and height, or why it is refused.

    Args:
        image: A JPEG in base64. One of which the size cannot be read is 0 by 0.
    """
    if len(image) > _MOST_CHARACTERS:
        message = f"Image is too large: at most {_MOST_CHARACTERS} bytes of base64."
        return invalid(message, "image")
    try:
        picture = base64.b64decode(image, validate=True)
    except (binascii.Error, ValueError):
        picture = b""
    if not picture.startswith(_JPEG):
        return invalid("Image must be a JPEG in base64.", "image")
    width, height = pictures.size_of(picture) or (0, 0)
    if max(width, height) > _LONG_SIDE or min(width, height) > _SHORT_SIDE:
        return invalid(f"Image is larger than 1080p: {width} by {height}.", "image")
    return width, height
