"""What an error of the service means.

Its codes vary by what refuses, and some errors have none of their own: both code and
message are searched for what is known of them.
"""

import re

from realtime_run_openai.codec.verdicts import Verdict

_PROBLEM = Verdict()


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_TABLE: tuple[tuple[re.Pattern[str], Verdict], ...] = (
    (
        _words(r"invalid.?api.?key|incorrect api key|no api.?key"),
        Verdict(
            kind="fatal",
            advice="check the key: each belongs to one region, and may belong to one"
            " workspace",
            setting="provider.api_key",
        ),
    ),
    (
        _words(r"arrearage|overdue|insufficient.balance"),
        Verdict(kind="fatal", advice="pay what the account owes"),
    ),
    (
        _words(r"FreeTierOnly|free tier.{0,60}exhausted"),
        Verdict(
            kind="fatal",
            advice="the free quota is used up: let the account use more than that, in"
            " the console of Model Studio",
        ),
    ),
    (
        _words(r"access.?denied"),
        Verdict(
            kind="fatal",
            advice="let the key, or its workspace, use this model",
            setting="provider.model",
        ),
    ),
    (
        _words(r"model.?not.?(found|exist)|model\b.{0,80}\bdoes not exist"),
        Verdict(
            kind="fatal",
            advice="the models of the regions differ",
            setting="provider.model",
        ),
    ),
    (
        _words(r"already has an active response|user is speaking"),
        Verdict(kind="busy"),
    ),
    (
        _words(r"(none|no) active response|response_cancel_not_active"),
        Verdict(kind="lost_race"),
    ),
    (
        _words(r"append image before append audio"),
        Verdict(kind="lost_race"),
    ),
    (
        _words(r"commit.{0,60}\bempty|buffer.{0,40}(\bempty|too small)"),
        Verdict(kind="nothing_to_commit"),
    ),
    (
        _words(r"response_idle_timeout|no response was generated for|session.?expired"),
        Verdict(kind="over"),
    ),
    (
        _words(r"provided URL does not appear to be valid"),
        Verdict(
            advice="it ends sessions for texts that look like half an address: write"
            " sanitise_urls: true",
            setting="provider.sanitise_urls",
        ),
    ),
    (
        _words(
            r"throttling|limit_requests|too many requests|rate.?limit"
            r"|(internal|common|server).?error|unavailable|timed? ?out"
        ),
        Verdict(passing=True),
    ),
)


def verdict(code: str, message: str) -> Verdict:
    """Return what an error means; the first that fits counts.

    Args:
        code: The error's `code` or `type`, or that of a close; any text.
        message: In words; any text.
    """
    said = f"{code} {message}"
    for pattern, meaning in _TABLE:
        if pattern.search(said):
            return meaning
    return _PROBLEM
