"""What responses are waited for, and what becomes of such a wish."""

from msgspec.structs import replace

from realtime_run_openai.codec.response_state import (
    Phase,
    Responses,
    Wanted,
    Wish,
)

OPTIONAL_AFTER_S = 0.3
"""How long the server has to go on by itself before it is asked to."""
UNWANTED_S = 1.0
"""How long it has to begin one by itself that nobody wants."""


def wanted(state: Responses, event: Wanted, at_s: float) -> Responses:
    """Add what is wanted to what was; one response answers both."""
    says_nothing_new = event.item_id is None and event.instructions is None
    if says_nothing_new and state.phase is Phase.REQUESTED:
        return state  # the one in flight is the answer
    old = state.wish
    if event.optional:
        after_s = at_s + OPTIONAL_AFTER_S
        wish = old or Wish(item_id=event.item_id, optional=True, not_before_s=after_s)
    else:
        wish = Wish(item_id=event.item_id, since_s=at_s)
        if event.item_id is None and old is not None:
            wish = replace(old, optional=False, not_before_s=0.0)
        told = (old.instructions if old else None, event.instructions)
        both = "\n\n".join(filter(None, told))
        wish = replace(wish, instructions=both or None)
    return replace(moved_on(state), wish=wish)


def withdrawn(state: Responses, item_id: str) -> Responses:
    """Want no answer to an item, nor tell of one that begins all the same."""
    wish, asked = state.wish, state.asked
    if wish is not None and wish.item_id == item_id:
        kept = replace(wish, item_id=None) if wish.instructions else None
        return replace(state, wish=kept)
    if asked is None or asked.item_id != item_id or asked.instructions:
        return state
    coming = state.phase is Phase.REQUESTED
    return replace(state, asked=None, cancel_next=coming, forget_next=coming)


def unwanted(state: Responses, at_s: float) -> Responses:
    """Cancel what the server begins next, unless something else may begin."""
    expected = state.wish is not None or state.owed_until_s is not None
    if state.phase is not Phase.FREE or state.listening or expected:
        return state
    until_s = at_s + UNWANTED_S
    return replace(state, owed_until_s=until_s, cancel_next=True, forget_next=True)


def moved_on(state: Responses) -> Responses:
    """Let what was cancelled before it began be cancelled in silence, if it begins."""
    coming = state.cancel_next and state.phase is Phase.REQUESTED
    return replace(state, cancel_next=coming, forget_next=coming)


def item_seen(state: Responses, item_id: str) -> Responses:
    """Take note that the server has an item."""
    wish, asked = state.wish, state.asked
    if wish is not None and wish.item_id == item_id:
        wish = replace(wish, seen=True)
    # A response that had begun before does not know of the item.
    if asked is not None and asked.item_id == item_id and state.response_id is None:
        asked = replace(asked, seen=True)
    return replace(state, wish=wish, asked=asked)


def is_open(wish: Wish) -> bool:
    """Return whether a response that somebody else asked for leaves a wish open."""
    return bool(wish.instructions) or (wish.item_id is not None and not wish.seen)
