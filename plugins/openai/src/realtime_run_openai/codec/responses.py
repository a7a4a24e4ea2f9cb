"""Which response the server is making, and when it may be asked for the next.

The server makes one response of a conversation at a time and refuses to begin another
meanwhile. So at most one `response.create` is in flight; others wait as one wish, which
the next response fulfils: until the server is free, the user has finished speaking, and
no answer is due that the server gives by itself. Pure: `step` takes what happened, and
returns the next state and what to do.
"""

from typing import assert_never

from msgspec.structs import replace

from realtime_run_openai.codec import wishes
from realtime_run_openai.codec.response_state import (
    CANCEL_TIMEOUT_S,
    Began,
    Cancel,
    CancelAsked,
    Create,
    Disregard,
    Effect,
    Ended,
    GivenUp,
    Happening,
    ItemSeen,
    NeverBegan,
    NeverEnded,
    Phase,
    Refused,
    Responses,
    Sounds,
    SpeechClosed,
    SpeechOpened,
    Step,
    Stopped,
    Ticked,
    Unwanted,
    Wanted,
    Wish,
    Withdrawn,
)

OWED_S = 3.0
"""How long to wait for a response that the server begins by itself."""
KNOWN_S = 0.5
"""So long after it was sent an item is known to the server, however far away it is."""
MOST_REFUSALS = 3
"""How often in a row to ask again when the server says that it is busy."""


def step(state: Responses, event: Happening, at_s: float) -> Step:  # noqa: C901, PLR0911, PLR0912 - a table
    """Return the next state, and what to do."""
    match event:
        case Wanted():
            return _settled(wishes.wanted(state, event, at_s), at_s)
        case Withdrawn(item_id):
            return wishes.withdrawn(state, item_id), ()
        case Unwanted():
            return wishes.unwanted(state, at_s), ()
        case ItemSeen(item_id):
            return wishes.item_seen(state, item_id), ()
        case SpeechOpened(stops):
            return _speech_opened(state, at_s, stops=stops), ()
        case SpeechClosed(answered):
            owed = at_s + OWED_S if answered else None
            return _settled(replace(state, listening=False, owed_until_s=owed), at_s)
        case Sounds(still):
            return _settled(replace(state, sounding=still), at_s)
        case Began():
            return _began(state, event, at_s)
        case Stopped(response_id, within_s):
            return _stopped(state, response_id, at_s + within_s), ()
        case Ended(response_id):
            return _settled(_ended(state, response_id, at_s), at_s)
        case Refused():
            return _refused(state, event, at_s)
        case CancelAsked(response_id):
            return _cancel_asked(state, response_id, at_s)
        case Ticked():
            return _ticked(state, at_s)
        case _:
            assert_never(event)


def _settled(state: Responses, at_s: float) -> Step:
    """Ask for what is wanted, if it can be had now."""
    wish = state.wish
    if (
        wish is None
        or state.phase is not Phase.FREE
        or state.listening
        or state.sounding
        or at_s < max(wish.not_before_s, state.owed_until_s or 0.0)
    ):
        return state, ()
    after = replace(
        state,
        phase=Phase.REQUESTED,
        since_s=at_s,
        response_id=None,
        request=state.request + 1,
        asked=wish,
        wish=None,
        owed_until_s=None,
    )
    return after, (Create(after.request, wish.instructions),)


def _speech_opened(state: Responses, at_s: float, *, stops: bool) -> Responses:
    after = replace(wishes.moved_on(state), listening=True, owed_until_s=None)
    if stops and state.phase is Phase.ACTIVE:
        return replace(after, phase=Phase.CANCELLING, since_s=at_s)
    return after


def _began(state: Responses, event: Began, at_s: float) -> Step:
    response_id = event.response_id
    if state.response_id == response_id:
        return state, ()
    effects: list[Effect] = []
    if state.response_id is not None:
        # One at a time: the end of the one before was lost.
        cancelled = state.phase is Phase.CANCELLING
        effects.append(NeverEnded(state.response_id, cancelled=cancelled))
    begun = replace(
        state,
        phase=Phase.ACTIVE,
        since_s=at_s,
        response_id=response_id,
        owed_until_s=None,
        cancel_next=False,
        forget_next=False,
    )
    if state.cancel_next:
        if state.forget_next:
            effects.append(Disregard(response_id))
        effects.append(Cancel(response_id))
        return replace(begun, phase=Phase.CANCELLING), tuple(effects)
    wish, asked = state.wish, state.asked
    if wish and event.knows_all and state.phase is Phase.FREE:
        known = wish.optional or at_s >= wish.since_s + KNOWN_S
        wish = replace(wish, seen=wish.seen or known)
    return replace(
        begun,
        wish=wish if wish and wishes.is_open(wish) else None,
        asked=None if asked and asked.seen else asked,
    ), tuple(effects)


def _stopped(state: Responses, response_id: str, until_s: float) -> Responses:
    """Wait no longer than it takes for the end of a response that has stopped."""
    if state.phase is not Phase.CANCELLING or state.response_id != response_id:
        return state
    since_s = min(state.since_s, until_s - CANCEL_TIMEOUT_S)
    return replace(state, since_s=since_s)


def _ended(state: Responses, response_id: str, at_s: float) -> Responses:
    ours = state.response_id == response_id
    unannounced = state.phase is Phase.REQUESTED  # its `response.created` was lost
    if not (ours or unannounced):
        return state
    return replace(_freed(state, at_s), refusals=0)


def _freed(state: Responses, at_s: float) -> Responses:
    """Let the server be free for the next response."""
    return replace(
        state,
        phase=Phase.FREE,
        since_s=at_s,
        response_id=None,
        asked=None,
        cancel_next=False,
        forget_next=False,
    )


def _refused(state: Responses, event: Refused, at_s: float) -> Step:
    if event.request is None:
        if state.phase is not Phase.REQUESTED and state.asked is None:
            return state, ()
    elif event.request != state.request:
        return state, ()
    asked = state.asked
    in_flight = state.phase is Phase.REQUESTED
    after = _freed(state, at_s) if in_flight else replace(state, asked=None)
    if not event.busy:
        return _settled(after, at_s)
    return _busy(after, None if state.cancel_next else asked, at_s)


def _busy(state: Responses, asked: Wish | None, at_s: float) -> Step:
    """Ask again after the response that the server is making, unless it is enough."""
    if asked is None or asked.optional:
        return state, ()
    if state.refusals + 1 >= MOST_REFUSALS:
        return replace(state, refusals=0), (GivenUp(),)
    owed = at_s + OWED_S if state.phase is Phase.FREE else None
    return replace(
        state,
        wish=state.wish or asked,
        owed_until_s=owed,
        refusals=state.refusals + 1,
    ), ()


def _cancel_asked(state: Responses, response_id: str | None, at_s: float) -> Step:
    if response_id is None:
        coming = state.phase is Phase.REQUESTED or state.owed_until_s is not None
        return replace(state, wish=None, cancel_next=coming, forget_next=False), ()
    if state.phase is not Phase.ACTIVE or state.response_id != response_id:
        return state, ()
    after = replace(state, phase=Phase.CANCELLING, since_s=at_s)
    return after, (Cancel(response_id),)


def _ticked(state: Responses, at_s: float) -> Step:
    if state.owed_until_s is not None and at_s >= state.owed_until_s:
        requested = state.phase is Phase.REQUESTED
        state = replace(
            state, owed_until_s=None, cancel_next=state.cancel_next and requested
        )
    over: tuple[Effect, ...] = ()
    late = state.deadline is not None and at_s >= state.deadline
    if late and state.phase is Phase.REQUESTED:
        over = (NeverBegan(),)
    elif late and state.phase is Phase.CANCELLING and state.response_id is not None:
        over = (NeverEnded(state.response_id, cancelled=True),)
    if over:
        state = _freed(state, at_s)
    after, more = _settled(state, at_s)
    return after, over + more
