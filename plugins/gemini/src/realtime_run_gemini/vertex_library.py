"""Whether Google's library for access tokens is there, without importing it."""

from importlib.util import find_spec

from realtime_run.core.errors import ProviderError

_NEEDED = ("google", "google.auth", "requests")


def is_installed() -> bool:
    """Return whether `realtime-run-gemini[vertex]` is."""
    return all(find_spec(name) is not None for name in _NEEDED)


def missing_library() -> ProviderError:
    """Return that Google's library is not installed, and how it comes."""
    message = (
        "'vertex' needs google-auth: pip install 'realtime-run-gemini[vertex]', or"
        " write its access_token"
    )
    return ProviderError(
        message, code="missing_library", is_recoverable=False, setting="provider.vertex"
    )
