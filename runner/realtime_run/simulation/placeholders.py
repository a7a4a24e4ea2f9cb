"""What stands in braces in a script's texts."""

import re
from collections.abc import Mapping

NAMES = ("heard", "results", "first", "before", "images", "instructions")
"""`{heard}`: what the user said or wrote last; `{results}`: what the tools returned;
`{first}`: what the user said first; `{before}`: what he said before the last;
`{images}`: what the model was shown; `{instructions}`: what it was told for this
response."""

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def unknown(text: str) -> tuple[str, ...]:
    """Return what stands in braces and means nothing."""
    return tuple(name for name in _PLACEHOLDER.findall(text) if name not in NAMES)


def filled(text: str, words: Mapping[str, str]) -> str:
    """Return a text with its placeholders replaced; what is filled in stays as it is.

    Args:
        text: Without unknown placeholders.
        words: What each of `NAMES` stands for.
    """
    return _PLACEHOLDER.sub(lambda found: words[found[1]], text)
