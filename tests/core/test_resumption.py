"""What a handle brings back, and what has to be told beside it."""

from hypothesis import given
from hypothesis import strategies as st

from realtime_run.core.history import History, Said
from realtime_run.core.provider_events import ResumptionOffered
from realtime_run.core.resumption import Offer, offer_of
from realtime_run.core.turn_state import Response, Turns

IDLE = Turns()
TEXTS = st.lists(st.sampled_from(["Hi.", "Yes.", "No."]), max_size=6)
"""Few: people repeat themselves."""


def said(*texts: str) -> tuple[Said, ...]:
    return tuple(Said("user", text) for text in texts)


def offered(
    history: tuple[Said, ...], turns: Turns = IDLE, lifetime_s: float | None = None
) -> Offer:
    event = ResumptionOffered(handle="h", lifetime_s=lifetime_s)
    offer = offer_of(event, History(items=history), turns, 0)
    assert offer is not None
    return offer


@given(before=TEXTS, since=TEXTS)
def test_what_was_said_since_is_told_and_nothing_else(
    before: list[str], since: list[str]
) -> None:
    known, later = said(*before), said(*since)

    assert offered(known).later((*known, *later)) == later


@given(before=TEXTS, since=TEXTS, forgotten=st.integers(0, 12))
def test_what_the_history_has_dropped_is_not_told(
    before: list[str], since: list[str], forgotten: int
) -> None:
    known, later = said(*before), said(*since)
    kept = (*known, *later)[forgotten:]

    told = offered(known).later(kept)

    assert told == later[max(0, forgotten - len(known)) :]


@given(before=TEXTS, waiting=TEXTS)
def test_what_waits_for_its_answer_is_told_again(
    before: list[str], waiting: list[str]
) -> None:
    answered = (*said(*before), Said("assistant", "Well.", "r0"))
    history = (*answered, *said(*waiting))

    assert offered(history, Turns(awaiting=True)).later(history) == said(*waiting)


def test_what_is_heard_to_its_end_later_is_known_to_the_handle() -> None:
    speaking = Turns(responses=(Response(response_id="r1", epoch=0),))
    known = said("Hi.")
    heard = Said("assistant", "Well.", "r1")
    later = Said("assistant", "Then.", "r2")

    offer = offered(known, speaking)

    assert offer.later((*known, heard, later)) == (later,)


def test_a_handle_is_good_for_its_lifetime() -> None:
    offer = offered((), lifetime_s=2)

    assert [offer.is_good(ns) for ns in (0, 1_999_999_999, 2_000_000_000)] == [
        True,
        True,
        False,
    ]
    assert offered(()).is_good(10**18)


def test_a_handle_that_was_taken_back_is_none() -> None:
    event = ResumptionOffered(handle=None)

    assert offer_of(event, History(), IDLE, 0) is None
