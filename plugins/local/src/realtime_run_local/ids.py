"""Names for items, responses and calls: different in every connection."""

from uuid import uuid4


def new_id(kind: str) -> str:
    """Return a name such as `item_5f2a…`."""
    return f"{kind}_{uuid4().hex[:16]}"
