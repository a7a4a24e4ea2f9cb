"""What a response costs, by a price list quoted as the vendor's.

Where a response is spoken, its text costs nothing beside its audio.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import cast

from realtime_run_qwen.models import model_name

AS_OF = date(2026, 9, 14)
"""The day of the price list."""
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What one model costs: US dollars for a million tokens."""

    text_in: float
    """Of text and of images."""
    audio_in: float
    text_out: float
    """Of answers in writing."""
    audio_out: float


PRICES: Mapping[str, Prices] = {
    "qwen3.5-omni-plus-realtime": Prices(
        text_in=1.38, audio_in=11, text_out=8.25, audio_out=41.26
    ),
    "qwen3.5-omni-flash-realtime": Prices(
        text_in=0.45, audio_in=3.71, text_out=2.75, audio_out=14.71
    ),
    "qwen-audio-3.1-realtime-flash": Prices(
        text_in=0.23, audio_in=0.93, text_out=0.70, audio_out=1.87
    ),
}


def cost_usd(model: str, usage: Mapping[str, object] | None) -> float | None:
    """Return what a response cost in US dollars, or None if that cannot be told.

    Args:
        model: The model that gave it; a dated snapshot costs what its family costs.
        usage: `usage` of the response, as the server sent it. Counts may be missing or
            null, and are then 0.
    """
    prices = PRICES.get(model_name(model))
    if prices is None or usage is None:
        return None
    taken = _details(usage, "input")
    given = _details(usage, "output")
    if not taken and not given:
        return None  # the kinds of token differ in price by a factor of eight
    spoken = _count(given, "audio")
    written = 0 if spoken else _count(given, "text")
    total = (
        (_count(taken, "text") + _count(taken, "image") + _count(taken, "video"))
        * prices.text_in
        + _count(taken, "audio") * prices.audio_in
        + written * prices.text_out
        + spoken * prices.audio_out
    )
    return total / _MILLION


def _details(usage: Mapping[str, object], side: str) -> Mapping[str, object]:
    value = usage.get(f"{side}_tokens_details")
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}


def _count(details: Mapping[str, object], kind: str) -> int:
    value = details.get(f"{kind}_tokens")
    return value if isinstance(value, int) else 0
