"""What a response costs, by OpenAI's public price list.

Transcribing the user's speech is billed apart, by its own model, and is not in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import cast

from realtime_run_openai.models import family_name

AS_OF = date(2026, 11, 22)
"""The day of the price list."""
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """US dollars for a million tokens of one kind."""

    fresh: float
    cached: float
    output: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What one model costs."""

    text: Price
    audio: Price
    image: Price


_FULL = Prices(
    text=Price(fresh=4, cached=0.40, output=24),
    audio=Price(fresh=32, cached=0.40, output=64),
    image=Price(fresh=5, cached=0.50),
)
PRICES: Mapping[str, Prices] = {
    "gpt-realtime-2.1": _FULL,
    "gpt-realtime-2.1-mini": Prices(
        text=Price(fresh=0.60, cached=0.06, output=2.40),
        audio=Price(fresh=10, cached=0.30, output=20),
        image=Price(fresh=0.80, cached=0.08),
    ),
    "gpt-realtime-2": _FULL,
    "gpt-realtime-1.5": Prices(
        text=Price(fresh=4, cached=0.40, output=16),
        audio=Price(fresh=32, cached=0.40, output=64),
        image=Price(fresh=5, cached=0.50),
    ),
}


def cost_usd(model: str, usage: Mapping[str, object] | None) -> float | None:
    """Return what a response cost in US dollars, or None if that cannot be told.

    Args:
        model: The model that gave it; a dated snapshot costs what its family costs.
        usage: `usage` of the response, as the server sent it. Counts may be missing or
            null, and are then 0; cached tokens of no stated kind are priced as fresh.
    """
    prices = PRICES.get(family_name(model))
    if prices is None or usage is None:
        return None
    taken = _mapping(usage.get("input_token_details"))
    given = _mapping(usage.get("output_token_details"))
    if not taken and not given:
        return None  # the kinds of token differ in price by a factor of eight
    cached = _mapping(taken.get("cached_tokens_details"))
    total = 0.0
    for kind, price in (
        ("text_tokens", prices.text),
        ("audio_tokens", prices.audio),
        ("image_tokens", prices.image),
    ):
        whole, kept = _count(taken, kind), _count(cached, kind)
        total += max(0, whole - kept) * price.fresh + kept * price.cached
        total += _count(given, kind) * price.output
    return total / _MILLION


def _mapping(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}


def _count(details: Mapping[str, object], kind: str) -> int:
    value = details.get(kind)
    return value if isinstance(value, int) else 0
