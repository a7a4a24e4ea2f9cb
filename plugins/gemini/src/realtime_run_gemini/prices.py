"""What a turn costs, by Google's public price list.

The server counts the whole conversation for every turn: what was said before is paid
for again, as sound.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from realtime_run.wire.messages import int_of, objects_of, text_of

AS_OF = date(2026, 11, 22)
"""The day of the price list."""
_MILLION = 1_000_000
_TEXT = "TEXT"

Usage: TypeAlias = Mapping[str, object]
"""A `usageMetadata` of the server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """US dollars for a million tokens, by modality."""

    into: Mapping[str, float]
    out: Mapping[str, float]


_GEMINI_3 = Prices(
    into={_TEXT: 0.75, "AUDIO": 3.00, "IMAGE": 1.00, "VIDEO": 1.00},
    out={_TEXT: 4.50, "AUDIO": 12.00},
)
_GEMINI_2_5 = Prices(
    into={_TEXT: 0.50, "AUDIO": 3.00, "IMAGE": 3.00, "VIDEO": 3.00},
    out={_TEXT: 2.00, "AUDIO": 12.00},
)
_INTERPRETER = Prices(
    into={_TEXT: 3.50, "AUDIO": 3.50}, out={_TEXT: 21.00, "AUDIO": 21.00}
)
PRICES: Mapping[str, Prices] = {
    "gemini-3.8-live": _GEMINI_3,
    "gemini-3.5-live-translate": _INTERPRETER,
    "gemini-3.1-flash-live": _GEMINI_3,
    "gemini-2.5-flash-native-audio": _GEMINI_2_5,
    "gemini-live-2.5-flash": _GEMINI_2_5,
}
"""By what the ids of the models that cost it begin with."""


def cost_usd(model: str, usage: Usage | None) -> float | None:
    """Return what a turn cost in US dollars, or None if that cannot be told.

    Details need not add up to the count beside them (seen in the field: 25 to 51 tokens
    are unexplained): the gap is priced as text. Thoughts are priced as text that was
    made, what a search brought as text that was read, cached tokens as all others.

    Args:
        model: The model that answered; it costs what its family costs.
        usage: As the server sent it, in the words of the Gemini API or of Vertex.
    """
    prices = next((PRICES[each] for each in PRICES if model.startswith(each)), None)
    if prices is None or usage is None:
        return None
    taken = _tokens(usage, "prompt")
    given = _tokens(usage, "response") or _tokens(usage, "candidates")
    if not taken and not given:
        return None
    thoughts = max(0, int_of(usage, "thoughtsTokenCount") or 0)
    total = _priced(taken, prices.into) + _priced(given, prices.out)
    total += _priced(_tokens(usage, "toolUsePrompt"), prices.into)
    return (total + thoughts * prices.out[_TEXT]) / _MILLION


def _tokens(usage: Usage, what: str) -> dict[str, int]:
    """Return how many tokens there were, by modality; what is unexplained is text."""
    found: dict[str, int] = {}
    for detail in objects_of(usage, f"{what}TokensDetails"):
        modality = text_of(detail, "modality") or _TEXT
        count = max(0, int_of(detail, "tokenCount") or 0)
        found[modality] = found.get(modality, 0) + count
    gap = (int_of(usage, f"{what}TokenCount") or 0) - sum(found.values())
    if gap > 0:
        found[_TEXT] = found.get(_TEXT, 0) + gap
    return found


def _priced(tokens: Mapping[str, int], prices: Mapping[str, float]) -> float:
    # Of a modality that has no price, such as DOCUMENT, text is the likest.
    return sum(
        count * prices.get(modality, prices[_TEXT])
        for modality, count in tokens.items()
    )
