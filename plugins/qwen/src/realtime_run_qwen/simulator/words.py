"""What the service says when something is wrong, and what goes wrong with words."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from realtime_run_openai.simulator.refusals import Refusal
from realtime_run_qwen.simulator.faults import QwenFaults
from realtime_run_qwen.simulator.session_rules import invalid

COMMON = invalid("Parse RealtimeEvent error: Common error!")
"""Said of all that the service does not understand, before it closes."""
ALREADY_ACTIVE = invalid("Conversation already has an active response")
USER_SPEAKS = invalid("Cannot create a response while user is speaking")
NONE_ACTIVE = invalid("Cancellation failed: conversation has none active response")
NOTHING_TO_COMMIT = invalid("Error committing input audio buffer: buffer is empty.")
NO_AUDIO_YET = invalid("Error append image before append audio.", "image")
OUTAGE = Refusal(
    code="InternalError",
    message="COMMON_ERROR: an internal error has occurred.",
    kind="server_error",
)
BAD_URL = Refusal(
    code="InvalidParameter",
    message="InvalidParameter: The provided URL does not appear to be valid.",
)
_ADDRESS = re.compile(
    r"""(?<![\w/:.])(?:
        localhost:\d+
        | \d{1,3}(?:\.\d{1,3}){3}(?::\d+)?
        | (?:/[\w.-]+){3,}
    )""",
    re.VERBOSE,
)


def closing(faults: QwenFaults) -> Refusal | None:
    """Return why a session ends as soon as it has begun, or None."""
    reasons: Iterable[tuple[bool, str, str]] = (
        (
            faults.arrearage,
            "Arrearage",
            "Access denied, please make sure your account is in good standing.",
        ),
        (faults.access_denied, "Model.AccessDenied", "Model access denied."),
        (
            faults.quota,
            "AllocationQuota.FreeTierOnly",
            "The free tier of the model has been exhausted.",
        ),
        (
            faults.throttled,
            "Throttling.RateQuota",
            "Requests rate limit exceeded, please try again later.",
        ),
    )
    found = ((code, message) for is_so, code, message in reasons if is_so)
    code, message = next(found, ("", ""))
    return Refusal(code=code, message=message) if code else None


def idle(after_s: float) -> Refusal:
    """Return what is said to a client that has sent nothing for so long."""
    message = (
        f"session was closed because no response was generated for {after_s:g} seconds"
    )
    return Refusal(code="response_idle_timeout", message=message)


def looks_like_an_address(text: str) -> bool:
    """Return whether a text has what is taken for a URL without its scheme."""
    return _ADDRESS.search(text) is not None


def has_union_types(schema: object) -> bool:
    """Return whether a `type` in a JSON schema is a list, which breaks the parser."""
    if isinstance(schema, list):
        return any(map(has_union_types, cast("Sequence[object]", schema)))
    if not isinstance(schema, Mapping):
        return False
    found = cast("Mapping[str, object]", schema)
    is_union = isinstance(found.get("type"), list)
    return is_union or any(map(has_union_types, found.values()))
