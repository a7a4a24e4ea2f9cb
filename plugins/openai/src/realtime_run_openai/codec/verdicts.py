"""What an error of a server means, by its code and its words.

A table like this one belongs to each vendor; `CodecOptions.verdict` names it.
"""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

Kind: TypeAlias = Literal[
    "problem", "fatal", "over", "busy", "lost_race", "nothing_to_commit"
]
"""problem: to be reported; fatal: trying again cannot help; over: the session has come
to its end, and another can begin; busy: it cannot make a response now; lost_race: there
is nothing to do about it; nothing_to_commit: the same, of a turn without audio."""


class Verdict(Struct, frozen=True, kw_only=True):
    """What an error means."""

    kind: Kind = "problem"
    advice: str = ""
    """What helps, if the server's words do not say it."""
    setting: str | None = None
    """What in the spec is at fault, whatever the server names."""
    passing: bool = False
    """It may be gone at the next try, even if it ends this one."""


_REPORTED = Verdict()
_PASSING = Verdict(passing=True)
_LOST = Verdict(kind="lost_race")
VERDICTS: Mapping[str, Verdict] = {
    "session_expired": Verdict(kind="over"),
    "conversation_already_has_active_response": Verdict(kind="busy"),
    "response_cancel_not_active": _LOST,
    "input_audio_buffer_commit_empty": Verdict(kind="nothing_to_commit"),
    "insufficient_quota": Verdict(
        kind="fatal", advice="add credit to the account, or raise its limit"
    ),
    "billing_hard_limit_reached": Verdict(
        kind="fatal", advice="raise the account's limit"
    ),
    "invalid_api_key": Verdict(
        kind="fatal", advice="check the key", setting="provider.api_key"
    ),
    "account_deactivated": Verdict(kind="fatal", advice="use a key of another account"),
    "model_not_found": Verdict(setting="provider.model"),
    "server_error": _PASSING,
    "rate_limit_exceeded": _PASSING,
}


def verdict(code: str, message: str) -> Verdict:
    """Return what an error of OpenAI's means, which its code alone tells.

    Args:
        code: The error's `code`, or its `type` if it has none.
        message: In words.
    """
    del message
    return VERDICTS.get(code, _REPORTED)
