"""What the body of an HTTP refusal says, in one line."""

import re

_MOST_CHARACTERS = 300
_PAGE = re.compile(r"\s*<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_SOME_PAGE = "a page of HTML, such as proxies send"
_TITLE = re.compile(r"<title[^>]*>([^<]*)</title", re.IGNORECASE)


def words_of(body: str) -> str:
    """Return a body, or a sentence out of one, as a part of an error message.

    Args:
        body: A sentence, several lines of text, or a page of HTML, of which the title
            says what it is about; may be empty.

    Returns:
        One line of 301 characters at most, without a full stop at its end.
    """
    if _PAGE.match(body):
        title = _TITLE.search(body)
        body = (title[1].strip() if title else "") or _SOME_PAGE
    line = " ".join(body.split()).rstrip(".")
    if len(line) <= _MOST_CHARACTERS:
        return line or "it gave no reason"
    return line[:_MOST_CHARACTERS] + "…"
