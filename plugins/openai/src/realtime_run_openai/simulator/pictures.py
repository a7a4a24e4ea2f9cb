"""Pictures as clients send them: in `data:` URLs."""

import base64
import binascii

from realtime_run.simulation.pictures import described, size_of

__all__ = ["decoded", "described", "size_of"]


def decoded(data_url: str) -> bytes | None:
    """Return the bytes of a `data:` URL; None if they are no base64."""
    _, _, encoded = data_url.partition(",")
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None
