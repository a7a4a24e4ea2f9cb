from typing import Any

from realtime_run.core.errors import ConnectionClosedError


def test_a_server_that_says_nothing_more_of_a_response_is_given_up(talk: Any) -> None:
    talk.sound()
    talk.wait(30.0)
    talk.sound()

    talk.wait(59.9)
    early = talk.codec.failure
    talk.wait(0.1)

    assert early is None
    failure = talk.codec.failure
    assert isinstance(failure, ConnectionClosedError)
    assert (failure.code, failure.is_recoverable) == ("response_stalled", True)


def test_a_server_may_wait_until_all_of_a_response_was_heard(talk: Any) -> None:
    talk.sound()
    talk.content(generationComplete=True)

    talk.wait(300.0)

    assert talk.codec.failure is None


def test_a_server_may_wait_for_functions(make_talk: Any) -> None:
    talk = make_talk(non_blocking=frozenset({"look"})).open()
    talk.sound()
    talk.call({"id": "a", "name": "look"})

    talk.wait(300.0)

    assert talk.codec.failure is None


def test_a_server_that_has_nothing_to_say_may_be_silent(talk: Any) -> None:
    talk.sound()
    talk.turn_complete()

    talk.wait(300.0)

    assert talk.codec.failure is None


def test_a_server_may_think_for_long_if_it_said_so(talk: Any) -> None:
    talk.sound()
    talk.turn_complete(interactionStatus="IN_PROGRESS")

    talk.wait(299.9)
    early = talk.codec.failure
    talk.wait(0.1)

    assert early is None
    assert str(talk.codec.failure).endswith("then said nothing for 300 s")
