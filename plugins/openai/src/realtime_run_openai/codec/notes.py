"""Tells a server that forgets nothing what was heard of an answer, in words."""

_MOST_CHARACTERS = 400
_INTERRUPTED = "[The user interrupted your last answer,"


def heard_only(heard: str) -> str:
    """Return what to tell the model, in brackets: nobody said it.

    Args:
        heard: How much of the answer was heard; of what is long, the end is told.
    """
    kept = " ".join(heard.split())
    if not kept:
        return f"{_INTERRUPTED} and heard nothing of it.]"
    if len(kept) > _MOST_CHARACTERS:
        kept = "… " + kept[-_MOST_CHARACTERS:]
    return f'{_INTERRUPTED} and heard no more of it than: "{kept}"]'
