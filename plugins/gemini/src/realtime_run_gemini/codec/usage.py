"""Adds up what turns used, so that each token is told of once.

The server counts by its own turns, which end with `turnComplete`; it may count several
times during one, and then the last count is of the whole. A turn that was interrupted
is counted after its response was reported as cancelled: that is told with the response
that ends next.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias, cast

from msgspec import Struct

from realtime_run.wire.messages import Message, int_of, objects_of, text_of

_VERTEX: Mapping[str, str] = {
    "candidatesTokenCount": "responseTokenCount",
    "candidatesTokensDetails": "responseTokensDetails",
}
"""Vertex AI's names for what the Gemini API names otherwise."""
Cost: TypeAlias = Callable[[Mapping[str, object]], float | None]
"""What a count of the server is worth in US dollars; None: not known."""
_MOST_NAMES = 64


class Used(Struct, frozen=True, kw_only=True):
    """What was used, in the server's words, and what it cost."""

    usage: Mapping[str, object] | None = None
    cost_usd: float | None = None


class Ledger(Struct):
    """What was used and not told yet."""

    cost: Cost
    current: Mapping[str, object] | None = None
    """By the turn that is going on."""
    carried: Used = Used()
    """By turns whose responses were reported before it was known."""
    uncounted: bool = False
    """The turn before was not counted."""

    def count(self, usage: Message, *, between: bool) -> None:
        """Take a count; `between`: it came while no turn was going on."""
        if not usage:
            return
        self.current = {_VERTEX.get(name, name): of for name, of in usage.items()}
        if between and self.uncounted:
            self.carry()

    def carry(self) -> None:
        """Close a turn whose response was reported already, or that had none."""
        self.carried = self.settle()

    def settle(self) -> Used:
        """Close a turn, and return what is to be told with its response."""
        before, current = self.carried, self.current
        self.carried, self.current = Used(), None
        self.uncounted = current is None
        if current is None:
            return before
        costs = tuple(
            cost
            for cost in (before.cost_usd, self._cost_of(current))
            if cost is not None
        )
        usage = current if before.usage is None else _sum(before.usage, current)
        return Used(usage=usage, cost_usd=sum(costs) if costs else None)

    def _cost_of(self, usage: Mapping[str, object]) -> float | None:
        try:
            return self.cost(usage)
        except (ArithmeticError, TypeError, ValueError):
            return None  # the server's numbers make no sense


def _sum(one: Mapping[str, object], other: Mapping[str, object]) -> dict[str, object]:
    """Add counts, and lists of counts by modality; of other values, keep the newer."""
    if len(one) > _MOST_NAMES:
        return dict(other)  # nonsense must not grow with every turn
    total = dict(one)
    for name, value in other.items():
        before = total.get(name)
        if _is_count(before) and _is_count(value):
            total[name] = cast("int", before) + cast("int", value)
        elif isinstance(before, list) and isinstance(value, list):
            total[name] = _sum_details(
                (*objects_of(one, name), *objects_of(other, name))
            )
        else:
            total[name] = value
    return total


def _sum_details(details: Iterable[Message]) -> list[object]:
    by_modality: dict[str, int] = {}
    for detail in details:
        modality = text_of(detail, "modality")
        if modality in by_modality or len(by_modality) < _MOST_NAMES:
            tokens = int_of(detail, "tokenCount") or 0
            by_modality[modality] = by_modality.get(modality, 0) + tokens
    return [
        {"modality": modality, "tokenCount": tokens}
        for modality, tokens in by_modality.items()
    ]


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
