"""What it means when the server closes the connection, by code and reason.

A reason has 123 bytes at most (RFC 6455), so Google's sentences may be cut.
"""

import re
from collections.abc import Mapping

from realtime_run.core.errors import ProviderError
from realtime_run_gemini.places import is_about_who, setting_of
from realtime_run_gemini.settings import GeminiSettings

INVALID = 1007
"""A message or a field that the server does not take, or a full context window."""
POLICY = 1008
"""An unknown model, another version's, a key, or what the server does not do."""
_FATAL: Mapping[int, str] = {
    INVALID: "the server takes no such message",
    POLICY: "the server refuses",
}
_MONEY = re.compile(
    r"\b(quota|billing|credits?|prepay(?:ment)?|spend(?:ing)? (?:cap|limit))\b",
    re.IGNORECASE,
)
_MODEL = re.compile(
    r"not found|not supported for|api version|not (?:supported|implemented)"
    r"|unimplemented",
    re.IGNORECASE,
)
_HANDLE = re.compile(r"session not found|session resumption|\bhandle\b", re.IGNORECASE)


def fault(code: int, reason: str, settings: GeminiSettings) -> ProviderError | None:
    """Return why the session cannot go on; None if connecting again may help.

    Args:
        code: That the server closed with (RFC 6455).
        reason: In the server's words; may be empty, and may be cut.
        settings: What stands beside `use: gemini`.
    """
    if code not in _FATAL and not is_about_money(reason):
        return None
    said = " ".join(reason.split()).rstrip(".") or _FATAL.get(code, "")
    return ProviderError(
        f"the server ended the session ({code}): {advised(said)}",
        code=str(code),
        is_recoverable=False,
        setting=setting_of(reason, settings),
    )


def is_about_money(said: str) -> bool:
    """Return whether the server speaks of what may be used up, or is to be paid."""
    return _MONEY.search(said) is not None


def advised(said: str) -> str:
    """Return what the server said, and what to do about it where that is known."""
    if is_about_money(said):
        return f"{said}; raise the project's quota, or see to its billing"
    if _MODEL.search(said):
        return f"{said}; check 'model' and 'api_version'"
    return (
        f"{said}; check the key, and what it is allowed" if is_about_who(said) else said
    )


def is_of_handle(error: ProviderError) -> bool:
    """Return whether a session that was to be resumed may begin without its handle.

    The server refuses a handle in words of any kind (seen in the field: 1007).
    """
    if error.code in (str(INVALID), str(POLICY)):
        return True
    return _HANDLE.search(error.message) is not None
