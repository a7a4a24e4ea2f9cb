"""What the model knows from a digest in its instructions.

Who comes back after a lost connection tells what was said before in words. Any digest
is read whose lines begin with the speaker's name.
"""

import re

_USER_LINE = re.compile(
    r"^[\s>*-]*(?:user|human)\s*:\s*(\S.*?)\s*$", re.IGNORECASE | re.MULTILINE
)


def first_words(instructions: str) -> str:
    """Return what the user said first, according to instructions; empty: nothing."""
    found = _USER_LINE.search(instructions)
    return "" if found is None else found[1]


def last_words(instructions: str) -> str:
    """Return what the user said last, according to instructions; empty: nothing."""
    found = _USER_LINE.findall(instructions)
    return found[-1] if found else ""
