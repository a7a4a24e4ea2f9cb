"""When the user's turn is over, in words that no provider owns.

A spec's `turn:` says it; each provider's plugin turns it into its own fields. What no
provider could do, and what this one cannot, is found here, before connecting.
"""

from typing import Literal, TypeAlias

from msgspec import Struct

TurnEnd: TypeAlias = Literal["auto", "server", "semantic"]
"""Who finds the end of the user's turn. auto: what the provider does best; server: it
listens for silence; semantic: it weighs what was said."""
Eagerness: TypeAlias = Literal["low", "medium", "high"]
"""How soon a pause counts as the end."""
TurnField: TypeAlias = Literal["server", "semantic", "eagerness", "silence", "nudge"]
"""What a provider may be able to do of it; see `Capabilities.turn`."""


class TurnDetection(Struct, frozen=True, kw_only=True):
    """How the end of the user's turn is found."""

    end: TurnEnd = "auto"
    eagerness: Eagerness | None = None
    """None: as the provider does by default."""
    silence_ms: int | None = None
    """How much silence ends a turn; None: as the provider does by default."""
    nudge_after_ms: int | None = None
    """After how much silence of the user the model speaks by itself; None: never."""


class Refusal(Struct, frozen=True, kw_only=True):
    """Something of a `turn:` that cannot be."""

    field: str
    """`end`, `eagerness`, `silence` or `nudge_after`."""
    message: str
    hint: str


def refusals(
    turn: TurnDetection, able: frozenset[TurnField], provider: str
) -> tuple[Refusal, ...]:
    """Return what of `turn` cannot be done.

    Args:
        turn: What is asked for.
        able: What the provider can do: `Capabilities.turn`.
        provider: What the provider is called.
    """
    found: list[Refusal] = []
    if turn.eagerness is not None and turn.silence_ms is not None:
        found.append(
            Refusal(
                field="eagerness",
                message="eagerness and silence say the same in two ways",
                hint="keep one of them",
            )
        )
    if turn.end == "semantic" and turn.silence_ms is not None:
        found.append(
            Refusal(
                field="silence",
                message="with end: semantic, no silence of fixed length ends a turn",
                hint="write eagerness: low, medium or high instead",
            )
        )
    asked: tuple[tuple[TurnField, str, bool], ...] = (
        ("server", "end", turn.end == "server"),
        ("semantic", "end", turn.end == "semantic"),
        ("eagerness", "eagerness", turn.eagerness is not None),
        ("silence", "silence", turn.silence_ms is not None),
        ("nudge", "nudge_after", turn.nudge_after_ms is not None),
    )
    for needed, field, wanted in asked:
        if wanted and needed not in able:
            what = f"end: {needed}" if field == "end" else field
            found.append(
                Refusal(
                    field=field,
                    message=f"provider {provider!r} cannot do turn.{what}",
                    hint=_nearest(able, field),
                )
            )
    return tuple(found)


def _nearest(able: frozenset[TurnField], field: str) -> str:
    if field == "silence" and "eagerness" in able:
        return "the nearest it can do: eagerness: low, medium or high"
    if field == "eagerness" and "silence" in able:
        return "the nearest it can do: silence: 500ms"
    return "leave it out"
