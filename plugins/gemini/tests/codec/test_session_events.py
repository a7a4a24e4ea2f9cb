from collections.abc import Callable
from typing import Any

import pytest

from realtime_run.core.errors import ProviderError
from realtime_run.core.provider_events import ConnectionExpires, ResumptionOffered
from realtime_run.plugin.api import Opening, Resumption

SETUP = {"model": "models/x", "sessionResumption": {"handle": "secret", "a": 1}}


def test_the_session_is_what_was_asked_for_without_the_handle(
    make_talk: Callable[..., Any],
) -> None:
    talk = make_talk().open(setup=SETUP, sessionId="s1")

    assert talk.codec.acknowledged == {
        "model": "models/x",
        "sessionResumption": {"a": 1},
        "sessionId": "s1",
    }


def test_the_end_of_a_connection_is_guessed_when_it_begins(
    make_talk: Callable[..., Any],
) -> None:
    talk = make_talk()
    talk.begin()

    events = talk.hear(setupComplete={})

    assert events == [ConnectionExpires(in_s=600.0, ahead_s=60.0, is_certain=False)]


@pytest.mark.parametrize(
    ("left", "in_s"),
    [
        ("9.5s", 9.5),
        ("50s", 50.0),
        (7, 7.0),
        (None, 0.0),
        ("soon", 0.0),
        ("-3s", 0.0),
        ("nans", 0.0),
        ("infs", 0.0),
    ],
)
def test_the_server_announces_the_end_of_the_connection(
    talk: Any, left: object, in_s: float
) -> None:
    events = talk.hear(goAway={"timeLeft": left})

    assert events == [ConnectionExpires(in_s=in_s, ahead_s=in_s)]


@pytest.mark.parametrize(
    ("update", "offered"),
    [
        ({"newHandle": "h", "resumable": True}, True),
        ({"newHandle": "h", "resumable": False}, False),
        ({"newHandle": "h"}, False),
        ({"newHandle": "", "resumable": True}, False),
        ({"resumable": True}, False),
    ],
)
def test_a_handle_is_offered_if_it_can_be_used(
    talk: Any, update: dict[str, Any], offered: bool
) -> None:
    events = talk.hear(sessionResumptionUpdate=update)

    expected = [ResumptionOffered(handle="h", lifetime_s=7_200.0)]
    assert events == (expected if offered else [])


def test_a_setup_that_nobody_asked_for_changes_nothing(
    make_talk: Callable[..., Any],
) -> None:
    talk = make_talk()

    assert talk.hear(setupComplete={}) == []
    assert not talk.codec.ready


RESUMED = Opening(resume=Resumption(handle="h"))


@pytest.mark.parametrize("code", ["1007", "1008"])
def test_a_server_that_refuses_right_after_it_resumed_refuses_the_handle(
    make_talk: Callable[..., Any], code: str
) -> None:
    talk = make_talk(fault=lambda *_: ProviderError("no")).open(RESUMED)
    talk.wait(9.9)

    talk.close(code, "invalid argument")

    assert talk.of(ResumptionOffered) == [ResumptionOffered(handle=None)]
    assert talk.codec.failure is None


@pytest.mark.parametrize(
    ("opening", "code", "after_s"),
    [(RESUMED, "1007", 10.0), (RESUMED, "1011", 1.0), (Opening(), "1007", 1.0)],
)
def test_else_a_close_means_what_it_says(
    make_talk: Callable[..., Any], opening: Opening, code: str, after_s: float
) -> None:
    talk = make_talk(fault=lambda *_: ProviderError("no")).open(opening)
    talk.wait(after_s)

    talk.close(code, "invalid argument")

    assert talk.of(ResumptionOffered) == []
    assert talk.codec.failure is not None
