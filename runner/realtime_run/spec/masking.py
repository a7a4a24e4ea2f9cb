"""Hides secrets in texts."""

from collections.abc import Mapping

from realtime_run.spec.tree import NodePath

MASK = "**********"
_LONG_ENOUGH = 4
"""A shorter secret is masked only where it stands: elsewhere it is any word."""


def mask(text: str, secrets: Mapping[NodePath, frozenset[str]], path: NodePath) -> str:
    """Return a text in which no secret can be read.

    Short secrets are hidden only in what stands at the path they were written at.
    """
    here = secrets.get(path, frozenset())
    everywhere = {
        secret
        for found in secrets.values()
        for secret in found
        if len(secret) >= _LONG_ENOUGH
    }
    for secret in sorted(here | everywhere, key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text
