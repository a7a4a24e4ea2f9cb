"""What a resumption handle brings back, and what was said since.

A provider offers a handle between turns: it knows all that was said until then, and
what it has generated but the user has not heard to its end yet.
"""

from collections.abc import Sequence
from itertools import takewhile

from msgspec import Struct

from realtime_run.core.history import History, Said
from realtime_run.core.provider_events import ResumptionOffered
from realtime_run.core.turn_state import Turns


class Offer(Struct, frozen=True, kw_only=True):
    """The last handle that a provider gave."""

    handle: str
    expires_ns: int | None
    """On the monotonic clock; None: nobody knows."""
    known: Said | None
    """The last of what was said that the handle brings back; None: nothing was."""
    response_ids: frozenset[str]
    """Responses that it brings back, and that were not heard to their end."""

    def is_good(self, at_ns: int) -> bool:
        """Return whether it can still be used."""
        return self.expires_ns is None or at_ns < self.expires_ns

    def later(self, said: Sequence[Said]) -> tuple[Said, ...]:
        """Return what the handle does not bring back of what was said."""
        if self.known is None:
            since: Sequence[Said] = said
        else:
            newest = takewhile(lambda each: each is not self.known, reversed(said))
            since = tuple(newest)[::-1]
        return tuple(s for s in since if s.response_id not in self.response_ids)


def offer_of(
    event: ResumptionOffered, history: History, turns: Turns, at_ns: int
) -> Offer | None:
    """Return what a handle is good for; None if there is none.

    Args:
        event: The provider's.
        history: What was said until now.
        turns: Who has the floor.
        at_ns: Now, on the monotonic clock.
    """
    if event.handle is None:
        return None
    said = list(history.items)
    # It is offered between turns: what waits for its answer came too late for it.
    while turns.awaiting and said and said[-1].role == "user":
        said.pop()
    lifetime_s = event.lifetime_s
    return Offer(
        handle=event.handle,
        expires_ns=None if lifetime_s is None else at_ns + int(lifetime_s * 1e9),
        known=said[-1] if said else None,
        response_ids=frozenset(each.response_id for each in turns.responses),
    )
