"""Refuses regular expressions that could take for ever.

Python's matcher tries all ways one after another and cannot be interrupted: `(a+)+b` on
thirty letters takes minutes, in which nothing else of the program runs.
"""

import re

_MOST_REPEATS = 6
_REPEATS = re.compile(r"[*+]|\{\d*,\d*\}|\{\d{2,}\}")


def guarded(expression: str) -> "re.Pattern[str]":
    """Return `expression` compiled, without regard to case.

    Raises:
        ValueError: If it is none, if a group that is repeated holds a repetition or a
            choice, or if it has more than six open repetitions.
    """
    _check(expression)
    try:
        return re.compile(expression, re.IGNORECASE)
    except re.error as error:
        message = f"'/{expression}/' is no regular expression: {error}"
        raise ValueError(message) from None


def _check(expression: str) -> None:
    # Escapes and sets hold no operators: with them blanked, the rest can be counted.
    plain = re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", "_", expression)
    repeats = 0
    inner: list[bool] = [False]
    at = 0
    while at < len(plain):
        repeat = _REPEATS.match(plain, at)
        if plain[at] == "(":
            inner.append(False)
        elif plain[at] == ")" and len(inner) > 1:
            risky = inner.pop()
            if risky and _REPEATS.match(plain, at + 1):
                message = (
                    f"'/{expression}/' repeats a group that holds a repetition or a "
                    "choice, which can take for ever; use a phrase pattern"
                )
                raise ValueError(message)
            inner[-1] = inner[-1] or risky
        elif repeat or plain[at] == "|":
            inner[-1] = True
            repeats += bool(repeat)
        at = repeat.end() if repeat else at + 1
    if repeats > _MOST_REPEATS:
        message = f"'/{expression}/' has more than {_MOST_REPEATS} repetitions"
        raise ValueError(message)
