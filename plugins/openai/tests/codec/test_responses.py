"""The state machine of responses, by itself."""

from hypothesis import given
from hypothesis import strategies as st

from realtime_run_openai.codec.response_state import (
    MUTE_S,
    STOPPED_S,
    Began,
    Cancel,
    CancelAsked,
    Create,
    Disregard,
    Effect,
    Ended,
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
    Stopped,
    Ticked,
    Unwanted,
    Wanted,
    Withdrawn,
)
from realtime_run_openai.codec.responses import step


def run(*happenings: Happening, at_s: float = 0.0) -> tuple[Responses, list[Effect]]:
    state, effects = Responses(), list[Effect]()
    for happening in happenings:
        state, more = step(state, happening, at_s)
        effects += more
    return state, effects


def test_a_wish_is_asked_for_at_once_when_the_server_is_free() -> None:
    state, effects = run(Wanted())

    assert effects == [Create(1)]
    assert state.phase is Phase.REQUESTED


def test_a_wish_waits_for_the_end_of_the_active_response() -> None:
    state, before = run(Began("r1"), Wanted("i1"))
    _, after = step(state, Ended("r1"), 1.0)

    assert before == []
    assert after == (Create(1),)


def test_wishes_that_wait_become_one_request() -> None:
    _, effects = run(Began("r1"), Wanted("i1"), Wanted("i2"), Wanted(), Ended("r1"))

    assert effects == [Create(1)]


def test_nothing_is_asked_for_while_the_user_speaks() -> None:
    state, before = run(SpeechOpened(), Wanted("i1"))
    _, after = step(state, SpeechClosed(answered=False), 1.0)

    assert before == []
    assert after == (Create(1),)


def test_the_answer_to_the_users_turn_answers_what_the_server_had_before_it() -> None:
    _, effects = run(
        SpeechOpened(),
        Wanted("i1"),
        ItemSeen("i1"),
        SpeechClosed(answered=True),
        Began("r1"),
        Ended("r1"),
    )

    assert effects == []


def test_what_the_server_got_after_a_response_began_is_asked_for_after_it() -> None:
    _, effects = run(
        SpeechOpened(),
        Wanted("i1"),
        SpeechClosed(answered=True),
        Began("r1"),
        ItemSeen("i1"),
        Ended("r1"),
    )

    assert effects == [Create(1)]


def test_an_answer_that_the_server_owes_and_does_not_give_is_asked_for() -> None:
    state, before = run(SpeechOpened(), Wanted("i1"), SpeechClosed(answered=True))

    _, after = step(state, Ticked(), state.deadline or 0.0)

    assert before == []
    assert state.deadline == 3.0
    assert after == (Create(1),)


def test_a_refusal_because_of_an_active_response_is_repeated_after_it() -> None:
    _, effects = run(
        Wanted("i1"), Began("r0"), ItemSeen("i1"), Refused(1, busy=True), Ended("r0")
    )

    assert effects == [Create(1), Create(2)]


def test_a_refused_request_is_not_repeated_if_the_active_response_answers_it() -> None:
    _, effects = run(
        Wanted("i1"), ItemSeen("i1"), Began("r0"), Refused(1, busy=True), Ended("r0")
    )

    assert effects == [Create(1)]


def test_a_request_refused_by_an_unknown_response_is_repeated_in_time() -> None:
    state, _ = run(Wanted(), Refused(1, busy=True))

    _, effects = step(state, Ticked(), 3.0)

    assert effects == (Create(2),)


def test_any_other_refusal_frees_the_way_for_the_next_wish() -> None:
    _, effects = run(Wanted("i1"), Wanted("i2"), Refused(1, busy=False))

    assert effects == [Create(1), Create(2)]


def test_a_refusal_of_an_earlier_request_changes_nothing() -> None:
    state, _ = run(Wanted(), Began("r1"), Ended("r1"), Wanted())

    after, effects = step(state, Refused(1, busy=True), 0.0)

    assert (after, effects) == (state, ())


def test_a_response_that_does_not_begin_is_given_up_after_ten_seconds() -> None:
    state, _ = run(Wanted())

    early = step(state, Ticked(), 9.99)
    late, effects = step(state, Ticked(), 10.0)

    assert early == (state, ())
    assert effects == (NeverBegan(),)
    assert late.phase is Phase.FREE


def test_a_cancelled_response_without_an_end_is_given_up_after_five_seconds() -> None:
    state, _ = run(Began("r1"), CancelAsked("r1"), Wanted())

    _, effects = step(state, Ticked(), 5.0)

    assert effects == (NeverEnded("r1", cancelled=True), Create(1))


def test_a_response_that_follows_an_unfinished_one_ends_that() -> None:
    _, effects = run(Began("r1"), Began("r2"))

    assert effects == [NeverEnded("r1", cancelled=False)]


def test_only_the_active_response_is_cancelled_and_once() -> None:
    _, effects = run(
        CancelAsked("r0"), Began("r1"), CancelAsked("r1"), CancelAsked("r1")
    )

    assert effects == [Cancel("r1")]


def test_what_was_requested_and_is_not_wanted_is_cancelled_when_it_begins() -> None:
    _, effects = run(Wanted(), CancelAsked(None), Began("r1"))

    assert effects == [Create(1), Cancel("r1")]


def test_the_answer_owed_to_the_user_is_cancelled_when_it_begins() -> None:
    _, effects = run(
        SpeechOpened(), SpeechClosed(answered=True), CancelAsked(None), Began("r1")
    )

    assert effects == [Cancel("r1")]


def test_a_wish_that_waits_is_forgotten_when_it_is_cancelled() -> None:
    _, effects = run(SpeechOpened(), Wanted(), CancelAsked(None), SpeechClosed(False))

    assert effects == []


def test_an_answer_to_later_speech_is_not_cancelled() -> None:
    _, effects = run(
        SpeechOpened(),
        SpeechClosed(answered=True),
        CancelAsked(None),
        SpeechOpened(),
        SpeechClosed(answered=True),
        Began("r1"),
    )

    assert effects == []


def test_an_answer_that_never_came_leaves_no_cancel_behind() -> None:
    state, _ = run(SpeechOpened(), SpeechClosed(answered=True), CancelAsked(None))

    state, _ = step(state, Ticked(), state.deadline or 0.0)
    _, effects = step(state, Began("r1"), 60.0)

    assert effects == ()


def test_an_optional_wish_leaves_the_server_time_to_go_on_by_itself() -> None:
    state, before = run(Began("r1"), Wanted(optional=True), Ended("r1"))

    _, by_itself = step(state, Began("r2"), 0.1)
    _, in_time = step(state, Ticked(), 0.3)

    assert before == []
    assert by_itself == ()
    assert in_time == (Create(1),)


def test_an_optional_wish_is_not_repeated_when_it_is_refused() -> None:
    state, _ = run(Wanted(optional=True))
    state, asked = step(state, Ticked(), 0.3)

    state, _ = step(state, Refused(1, busy=True), 0.4)
    _, later = step(state, Ticked(), 60.0)

    assert asked == (Create(1),)
    assert later == ()


IDS = st.sampled_from(("r1", "r2", "r3"))
ITEMS = st.sampled_from(("i1", "i2"))
HAPPENINGS = st.one_of(
    st.builds(Wanted, st.none() | ITEMS, st.booleans()),
    st.builds(ItemSeen, ITEMS),
    st.builds(Withdrawn, ITEMS),
    st.just(Unwanted()),
    st.builds(SpeechOpened, st.booleans()),
    st.builds(SpeechClosed, st.booleans()),
    st.builds(Sounds, st.booleans()),
    st.builds(Began, IDS, st.booleans()),
    st.builds(Stopped, IDS, st.sampled_from((STOPPED_S, MUTE_S))),
    st.builds(Ended, IDS),
    st.builds(Refused, st.none() | st.integers(1, 4), st.booleans()),
    st.builds(CancelAsked, st.none() | IDS),
    st.just(Ticked()),
)


class Server:
    """What a server would make of the requests, kept apart from the state machine."""

    def __init__(self) -> None:
        self.in_flight: int | None = None
        self.active: str | None = None
        self.listening = False
        self.sounding = False

    def note(self, happening: Happening) -> None:  # noqa: C901 - a table
        match happening:
            case SpeechOpened():
                self.listening = True
            case SpeechClosed():
                self.listening = False
            case Sounds(still):
                self.sounding = still
            case Began(response_id):
                if response_id != self.active:
                    self.in_flight, self.active = None, response_id
            case Ended(response_id):
                if self.active in (None, response_id):
                    self.in_flight = self.active = None
            case Refused(request):
                if request in (None, self.in_flight):
                    self.in_flight = None
            case _:
                pass

    def take(self, effect: Effect) -> None:
        match effect:
            case Create(request):
                assert self.in_flight is None
                assert self.active is None
                assert not self.listening
                assert not self.sounding
                self.in_flight = request
            case NeverBegan():
                self.in_flight = None
            case NeverEnded(response_id):
                if response_id == self.active:
                    self.active = None
            case _:
                pass


@given(st.lists(st.tuples(HAPPENINGS, st.floats(0, 4)), max_size=40))
def test_there_are_never_two_requests_in_flight(
    history: list[tuple[Happening, float]],
) -> None:
    state, at_s, server = Responses(), 0.0, Server()

    for happening, passed_s in history:
        at_s += passed_s
        state, effects = step(state, happening, at_s)
        server.note(happening)
        for effect in effects:
            server.take(effect)


@given(st.lists(st.tuples(HAPPENINGS, st.floats(0, 4)), max_size=40))
def test_the_server_is_free_again_whatever_happened(
    history: list[tuple[Happening, float]],
) -> None:
    state, at_s = Responses(), 0.0
    for happening, passed_s in history:
        at_s += passed_s
        state, _ = step(state, happening, at_s)

    if state.response_id is not None:
        state, _ = step(state, Ended(state.response_id), at_s)
    state, _ = step(state, SpeechClosed(answered=False), at_s)
    state, _ = step(state, Sounds(still=False), at_s)
    for _ in range(3):
        if state.deadline is not None:
            at_s = max(at_s, state.deadline)
            state, _ = step(state, Ticked(), at_s)

    assert state.phase is Phase.FREE
    assert state.wish is None
    assert state.deadline is None


def test_a_wish_survives_the_response_that_was_cancelled_before_it_began() -> None:
    _, effects = run(
        Wanted("i1"),
        CancelAsked(None),
        Wanted("i2"),
        ItemSeen("i2"),
        Began("r1"),
        Ended("r1"),
    )

    assert effects == [Create(1), Disregard("r1"), Cancel("r1"), Create(2)]


def test_speech_after_a_cancel_makes_the_cancelled_response_nobodys() -> None:
    _, effects = run(Wanted("i1"), CancelAsked(None), SpeechOpened(), Began("r1"))

    assert effects == [Create(1), Disregard("r1"), Cancel("r1")]
