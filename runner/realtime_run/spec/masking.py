"""Hides secrets in texts."""

from collections.abc import Collection, Mapping

from realtime_run.spec.tree import NodePath

MASK = "**********"
_LONG_ENOUGH = 4
"""A shorter secret is masked only where it stands: elsewhere it is any word."""


def mask(text: str, secrets: Mapping[NodePath, frozenset[str]], path: NodePath) -> str:
    """Return a text in which no secret can be read.

    Args:
        text: What stands at the path, or tells of it.
        secrets: What is secret, and where it was written.
        path: Where short secrets are hidden too, if they were written there.
    """
    here = _masked(text, secrets.get(path, frozenset()))
    return mask_long(here, {secret for found in secrets.values() for secret in found})


def mask_long(text: str, secrets: Collection[str]) -> str:
    """Return a text in which no secret of four characters or more can be read."""
    return _masked(text, [secret for secret in secrets if len(secret) >= _LONG_ENOUGH])


def _masked(text: str, secrets: Collection[str]) -> str:
    # The longest first: one secret may be part of another.
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text
