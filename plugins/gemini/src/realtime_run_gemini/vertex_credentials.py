"""Access tokens for Vertex, by Google's own library: `realtime-run-gemini[vertex]`.

The library blocks, so whatever it does here is done in threads.
"""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from realtime_run.core.errors import ProviderError
from realtime_run.plugin.threads import run_in_thread
from realtime_run_gemini.endpoints import bearer_headers
from realtime_run_gemini.vertex_library import missing_library
from realtime_run_gemini.vertex_settings import Vertex

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
AHEAD = timedelta(minutes=5)
"""How long before its end a token is renewed: a connection is asked for with it."""
_SETTING = "provider.vertex"
_KEY_FILE = f"{_SETTING}.credentials"


class VertexCredentials:
    """Who one is to Google Cloud; of one provider, whose connections share a token."""

    def __init__(self, settings: Vertex, *, timeout_s: float) -> None:
        """Make it; nothing is read or asked yet.

        Args:
            settings: `vertex:`, without an access token or a key of its own.
            timeout_s: The longest wait for Google's server of tokens.
        """
        self._settings = settings
        self._timeout_s = timeout_s
        self._credentials: Credentials | None = None
        self._one_at_a_time = asyncio.Lock()

    async def headers(self) -> dict[str, str]:
        """Return the HTTP headers that say who one is, with a token that is good.

        Raises:
            ProviderError: If there are no credentials, or they are refused.
        """
        async with self._one_at_a_time:
            return await run_in_thread(self._headers)

    def _headers(self) -> dict[str, str]:
        try:
            from google.auth.exceptions import (  # noqa: PLC0415 - to run on Vertex only
                DefaultCredentialsError,
                GoogleAuthError,
                TransportError,
            )
            from google.auth.transport.requests import (  # noqa: PLC0415 - see above
                Request,
            )
        except ImportError as error:
            raise missing_library() from error
        try:
            credentials = self._fresh(Request())
        except DefaultCredentialsError as error:
            message = f"no credentials for Google Cloud: {_said(error)}"
            raise _refused(message) from error
        except TransportError as error:
            message = f"cannot reach Google's server of access tokens: {_said(error)}"
            raise ProviderError(message, code="unreachable") from error
        except GoogleAuthError as error:
            waiting_helps = bool(getattr(error, "retryable", False))
            message = f"Google Cloud gives no access token: {_said(error)}"
            raise _refused(message, is_recoverable=waiting_helps) from error
        except TypeError as error:  # requests on an address without a host
            message = f"the proxy named by the environment cannot be used: {error}"
            raise ProviderError(message, code="proxy", is_recoverable=False) from error
        quota_project = self._settings.quota_project or cast(
            "str | None", getattr(credentials, "quota_project_id", None)
        )
        return bearer_headers(str(credentials.token), quota_project)

    def _fresh(self, request: Any) -> "Credentials":
        if self._credentials is None:
            self._credentials = self._loaded()
        credentials: Any = self._credentials
        if not credentials.token or _is_ending(credentials.expiry):
            credentials.refresh(partial(request, timeout=self._timeout_s))
        return self._credentials

    def _loaded(self) -> "Credentials":
        import google.auth  # noqa: PLC0415 - see above

        file = self._settings.credentials
        if file is None:
            default: Any = cast("Any", google.auth).default
            return cast("Credentials", default(scopes=[SCOPE])[0])
        return _of_file(file)


def _of_file(file: Path) -> "Credentials":
    from google.oauth2 import credentials, service_account  # noqa: PLC0415 - see above

    of_services: Any = service_account.Credentials
    of_users: Any = credentials.Credentials
    makers = {
        "service_account": of_services.from_service_account_info,
        "authorized_user": of_users.from_authorized_user_info,
    }
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        kind = content["type"]
    except (OSError, ValueError, LookupError, TypeError) as error:
        message = f"'{file.name}' is no file of credentials: {error!r}"
        raise _refused(message, setting=_KEY_FILE) from error
    if kind not in makers:
        # google.auth.default takes them all, and warns of files of unknown origin.
        message = (
            f"'{file.name}' holds credentials of the kind '{kind}'; leave 'credentials'"
            " out, and name the file in the variable GOOGLE_APPLICATION_CREDENTIALS"
        )
        raise _refused(message, setting=_KEY_FILE)
    try:
        return cast("Credentials", makers[kind](content, scopes=[SCOPE]))
    except (ValueError, LookupError) as error:  # incomplete, or no key
        message = f"'{file.name}' cannot be used: {error}"
        raise _refused(message, setting=_KEY_FILE) from error


def _refused(
    message: str, *, is_recoverable: bool = False, setting: str = _SETTING
) -> ProviderError:
    return ProviderError(
        message, code="credentials", is_recoverable=is_recoverable, setting=setting
    )


def _said(error: Exception) -> str:
    return " ".join(str(error.args[0] if error.args else error).split()).rstrip(".")


def _is_ending(expiry: datetime | None) -> bool:
    # The library's times are of UTC, and do not say so.
    return expiry is not None and expiry.replace(tzinfo=UTC) - AHEAD < datetime.now(UTC)
