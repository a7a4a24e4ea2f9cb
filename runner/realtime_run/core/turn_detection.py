"""When the user's turn is over, in words that no provider owns.

A spec's `turn:` says it; each provider's plugin turns it into its own fields. What no
provider could do, and what this one cannot, is found here, before connecting.
"""

from typing import Literal, TypeAlias

from msgspec import Struct

TurnEnd: TypeAlias = Literal["auto", "server", "semantic", "local", "push_to_talk"]
"""Who finds the end of the user's turn. auto: what the provider does best; server: it
listens for silence; semantic: it weighs what was said; local: the runner listens for
silence; push_to_talk: the user says so, by a key."""
Eagerness: TypeAlias = Literal["low", "medium", "high"]
"""How soon a pause counts as the end."""
TurnField: TypeAlias = Literal["server", "semantic", "eagerness", "silence"]
"""What a provider may be able to do of it; see `Capabilities.turn`."""
LOCAL_SILENCE_MS = 500
"""How much silence ends a turn where the runner listens and nothing else is said."""
EAGER_SILENCE_MS: dict[Eagerness, int] = {"low": 1000, "medium": 500, "high": 250}
"""What `turn.eagerness` is where only silence can end a turn."""


class TurnDetection(Struct, frozen=True, kw_only=True):
    """How the end of the user's turn is found."""

    end: TurnEnd = "auto"
    eagerness: Eagerness | None = None
    """None: as the provider does by default."""
    silence_ms: int | None = None
    """How much silence ends a turn; None: as the provider does by default."""
    nudge_after_ms: int | None = None
    """After how much silence of both the model is asked to speak; None: never. The
    runner does that, so it is the same on every provider."""

    @property
    def manual(self) -> bool:
        """True if the runner says where the turns are."""
        return self.end in {"local", "push_to_talk"}

    @property
    def local_silence_ms(self) -> int:
        """How much silence ends a turn where the runner listens."""
        if self.silence_ms is not None:
            return self.silence_ms
        if self.eagerness is not None:
            return EAGER_SILENCE_MS[self.eagerness]
        return LOCAL_SILENCE_MS


class Refusal(Struct, frozen=True, kw_only=True):
    """Something of a spec that cannot be."""

    field: str
    """Its path: `turn.silence`, `barge_in.min_words`."""
    message: str
    hint: str
    """The nearest thing that can be."""


def refusals(
    turn: TurnDetection,
    able: frozenset[TurnField],
    provider: str,
    *,
    manual: bool = False,
) -> tuple[Refusal, ...]:
    """Return what of `turn` cannot be done.

    Who may find the end, `local` and `push_to_talk`, is decided in `barge_in`.

    Args:
        turn: What is asked for.
        able: What the provider can do: `Capabilities.turn`.
        provider: What the provider is called.
        manual: The runner can find the turns for it: `Capabilities.manual_turns`.
    """
    found = [*_contradictions(turn)]
    if turn.manual:
        return tuple(found)
    asked: tuple[tuple[TurnField, str, bool], ...] = (
        ("server", "end", turn.end == "server"),
        ("semantic", "end", turn.end == "semantic"),
        ("eagerness", "eagerness", turn.eagerness is not None),
        ("silence", "silence", turn.silence_ms is not None),
    )
    for needed, field, wanted in asked:
        if wanted and needed not in able:
            what = f"end: {needed}" if field == "end" else field
            found.append(
                Refusal(
                    field=f"turn.{field}",
                    message=f"provider {provider!r} cannot do turn.{what}",
                    hint=_nearest(able, field, manual=manual),
                )
            )
    return tuple(found)


def _contradictions(turn: TurnDetection) -> list[Refusal]:
    found: list[Refusal] = []
    if turn.eagerness is not None and turn.silence_ms is not None:
        found.append(
            Refusal(
                field="turn.eagerness",
                message="eagerness and silence say the same in two ways",
                hint="keep one of them",
            )
        )
    if turn.end == "semantic" and turn.silence_ms is not None:
        found.append(
            Refusal(
                field="turn.silence",
                message="with end: semantic, no silence of fixed length ends a turn",
                hint="write eagerness: low, medium or high instead",
            )
        )
    if turn.end == "push_to_talk":
        written = {"eagerness": turn.eagerness, "silence": turn.silence_ms}
        found += (
            Refusal(
                field=f"turn.{field}",
                message=f"with end: push_to_talk the key ends a turn, not {field}",
                hint="leave it out, or write end: local",
            )
            for field, value in written.items()
            if value is not None
        )
    return found


def _nearest(able: frozenset[TurnField], field: str, *, manual: bool) -> str:
    if field == "end":
        return "the nearest it can do: end: " + ("local" if manual else "auto")
    if field == "silence" and "eagerness" in able:
        return "the nearest it can do: eagerness: low, medium or high"
    if field == "eagerness" and "silence" in able:
        return "the nearest it can do: silence: 500ms"
    if manual:
        return "write end: local beside it: the runner then listens for the end"
    return "leave it out"
