"""What miniaudio's numbers mean to a user."""

from typing import Any

_DENIED = (
    "permission denied; let this program use it, in the system's settings for privacy"
)
_IN_WORDS = {
    "MA_ACCESS_DENIED": _DENIED,
    "MA_ALREADY_IN_USE": "another program uses it",
    "MA_BUSY": "another program uses it",
    "MA_CONNECTION_REFUSED": "the sound server refuses to be spoken to",
    "MA_CONNECTION_RESET": "the sound server hung up",
    "MA_DOES_NOT_EXIST": "it is gone",
    "MA_FAILED_TO_INIT_BACKEND": "the sound server does not answer",
    "MA_FAILED_TO_OPEN_BACKEND_DEVICE": "the sound system does not open it",
    "MA_FAILED_TO_START_BACKEND_DEVICE": "the sound system does not start it",
    "MA_FORMAT_NOT_SUPPORTED": "it does not take this rate; write another one",
    "MA_INVALID_DEVICE_CONFIG": "it does not take this rate or period",
    "MA_IO_ERROR": "the sound system could not read or write it",
    "MA_NO_DEVICE": "it is gone",
    "MA_SHARE_MODE_NOT_SUPPORTED": "another program uses it alone",
    "MA_TIMEOUT": "the sound system does not answer",
    "MA_UNAVAILABLE": "it cannot be had at the moment",
}


def in_words(lib: Any, result: int) -> str:
    """Return what a result of miniaudio's C library means.

    Args:
        lib: The library, which has the numbers by name.
        result: One of them.
    """
    for name, words in _IN_WORDS.items():
        if getattr(lib, name, None) == result:
            return words
    return f"miniaudio's error {result}"
