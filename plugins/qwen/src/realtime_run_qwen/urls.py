"""Takes apart what looks like an address without a scheme.

The service has been seen to end sessions for such texts in instructions and results of
tools, some time after it was given them: "The provided URL does not appear to be
valid".
"""

import re

_WHOLE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+")
"""An address with a scheme, which is left as it is."""
_NUMBERS = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\w)")
_PORT = re.compile(r"([A-Za-z][\w-]*|[\w-]+(?:\.[\w-]+)+|\]):(?=\d{2,5}(?!\d))")
"""localhost: before 5432; no time of day."""
_PATH = re.compile(
    r"[\w.~%@:-]*(?:/[\w.~%@:-]+){3,}/?|[\w-]+(?:\.[\w-]+)+(?:/[^\s/]*)+"
)
"""Such as /a/b/c, and example.com/a."""


def without_bare_urls(text: str) -> str:
    """Return a text in which nothing looks like an address without a scheme.

    Only spaces are added: `localhost : 5432`, `10 . 0 . 0 . 1`, `/ srv / data / a`.
    """
    parts: list[str] = []
    end = 0
    for whole in _WHOLE.finditer(text):
        parts += (_apart(text[end : whole.start()]), whole[0])
        end = whole.end()
    return "".join((*parts, _apart(text[end:])))


def _apart(text: str) -> str:
    text = _PATH.sub(lambda path: _spaced(path[0], "/"), text)
    text = _PORT.sub(r"\1 : ", text)
    return _NUMBERS.sub(lambda numbers: _spaced(numbers[0], "."), text)


def _spaced(text: str, sign: str) -> str:
    return f" {sign} ".join(part.strip() for part in text.split(sign)).strip()
