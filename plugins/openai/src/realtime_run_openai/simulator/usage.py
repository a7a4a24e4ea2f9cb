"""How many tokens the service would count."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from realtime_run_openai.simulator.conversation import Entry

_USER_MS = 100
"""A token of the user's speech (the service's page on costs)."""
_AGENT_MS = 50
"""A token of the model's speech."""
_IMAGE = 300
_CHARACTERS = 4
_CACHE_STEP = 64


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of each kind."""

    text: int = 0
    audio: int = 0
    image: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.text + self.audio + self.image


def of_text(text: str) -> int:
    """Return the tokens of a text."""
    return -(-len(text) // _CHARACTERS)


def of_speech(duration_ms: float) -> int:
    """Return the tokens of what the model says."""
    return round(duration_ms / _AGENT_MS)


def of_context(instructions: str, entries: Iterable[Entry]) -> Tokens:
    """Return the tokens that a response is charged for before it says anything."""
    text, audio, image = of_text(instructions), 0, 0
    for entry in entries:
        item = entry.item
        text += sum(map(of_text, entry.texts))
        text += of_text(str(item.get("arguments", ""))) + of_text(
            str(item.get("output") or "")
        )
        step = _USER_MS if entry.is_user else _AGENT_MS
        audio += round(entry.audio_ms / step)
        image += _IMAGE * len(entry.image_sizes)
    return Tokens(text, audio, image)


def cached(before: Tokens, now: Tokens) -> Tokens:
    """Return how much of a context was known from the response before."""

    def step(first: int, second: int) -> int:
        return min(first, second) // _CACHE_STEP * _CACHE_STEP

    return Tokens(
        step(before.text, now.text),
        step(before.audio, now.audio),
        step(before.image, now.image),
    )


def as_object(known: Tokens, given: Tokens, made: Tokens) -> dict[str, Any]:
    """Return the `usage` of a response.

    Args:
        known: What of the context was cached.
        given: The context.
        made: What the model said and wrote.
    """
    return {
        "total_tokens": given.total + made.total,
        "input_tokens": given.total,
        "output_tokens": made.total,
        "input_token_details": {
            "text_tokens": given.text,
            "audio_tokens": given.audio,
            "image_tokens": given.image,
            "cached_tokens": known.total,
            "cached_tokens_details": {
                "text_tokens": known.text,
                "audio_tokens": known.audio,
                "image_tokens": known.image,
            },
        },
        "output_token_details": {
            "text_tokens": made.text,
            "audio_tokens": made.audio,
        },
    }
