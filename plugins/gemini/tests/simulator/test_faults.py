"""Whatever can go wrong on request."""

from typing import Any

import pytest
from pydantic import ValidationError

from realtime_run.core.pcm import Pcm
from realtime_run.simulation.faults import FaultError
from realtime_run.simulation.outputs import Drop, Message, Raw
from realtime_run.simulation.script import ScriptedTurn
from realtime_run_gemini.simulator.faults import NAMES, Faults, parse_faults
from realtime_run_gemini.simulator.habits import kind_of
from realtime_run_gemini.simulator.settings import GeminiSimulatorSettings

WORDS = {"inputAudioTranscription": {}, "outputAudioTranscription": {}}
LONG = "This is a long answer that goes on for a while, and then some more of it."


def test_an_unknown_fault_is_told_with_all_there_are() -> None:
    with pytest.raises(FaultError) as caught:
        parse_faults({"explode": ""})

    assert caught.value.message == "no fault 'explode'"
    assert caught.value.hint == f"the faults are: {', '.join(NAMES)}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("close", "999"),
        ("close", "1006"),
        ("close", "1001@x"),
        ("deadline", ""),
        ("expire", "nan"),
        ("go_away", "-1"),
        ("handshake", "402"),
        ("handshake", ""),
        ("oversized", ""),
        ("quota", "yes"),
        ("resume_refused", "1011"),
        ("stall", "-1"),
        ("trickle", "fast"),
        ("usage_gap", "1001"),
    ],
)
def test_a_value_that_makes_no_sense_is_told_with_what_does(
    name: str, value: str
) -> None:
    with pytest.raises(FaultError) as caught:
        parse_faults({name: value})

    assert caught.value.message == f"fault '{name}' does not take '{value}'"
    assert caught.value.hint == f"{name}: {NAMES[name]}"


def test_settings_check_their_faults() -> None:
    with pytest.raises(ValidationError, match="no fault 'explode'"):
        GeminiSimulatorSettings.model_validate({"faults": {"explode": ""}})


@pytest.mark.parametrize("name", NAMES)
def test_every_fault_takes_a_plausible_value(name: str) -> None:
    values = {
        "close": "1011@2",
        "deadline": "5",
        "expire": "5",
        "go_away": "5",
        "handshake": "401",
        "late_transcripts": "500",
        "oversized": "1000",
        "trickle": "5",
    }

    assert parse_faults({name: values.get(name, "")}) != Faults()


def test_a_connection_may_close_at_once_or_after_turns(connect: Any) -> None:
    at_once = connect(faults={"close": "1011"})
    later = connect(faults={"close": "1008@2"})

    at_once.setup()
    later.setup()
    for _ in range(3):
        later.write("hello")
        later.wait(30)

    assert (at_once.kinds, at_once.closed.code) == (["setupComplete"], 1011)
    assert (len(later.of("turnComplete")), later.closed.code) == (2, 1008)


def test_a_deadline_strikes_without_a_warning(connect: Any) -> None:
    client = connect(faults={"deadline": "3"})
    client.setup()

    client.wait(10)

    assert client.kinds == ["setupComplete"]
    reason = "Deadline expired before operation could complete."
    assert (client.closed.code, client.closed.reason) == (1011, reason)


def test_a_connection_may_expire_early(connect: Any) -> None:
    client = connect(faults={"expire": "30"})
    client.setup()

    client.wait(21)
    told = client.of("goAway")
    client.wait(10)

    assert told == [{"goAway": {"timeLeft": "10s"}}]
    assert client.closed.code == 1011


def test_go_away_may_come_at_once(connect: Any) -> None:
    client = connect(faults={"go_away": "2.5"})
    client.setup()

    client.wait(0)
    told = client.events[1:]
    client.wait(3)

    assert told == [{"goAway": {"timeLeft": "2.5s"}}]
    assert client.closed.code == 1011


def test_a_setup_may_be_refused(connect: Any) -> None:
    client = connect(faults={"reject_setup": "proactivity"})
    client.setup()

    reason = (
        "Invalid JSON payload received. Unknown name \"proactivity\" at 'setup':"
        " Cannot find field."
    )
    assert (client.closed.code, client.closed.reason) == (1007, reason)


def test_a_quota_may_be_exceeded(connect: Any) -> None:
    client = connect(faults={"quota": ""})
    client.setup()

    assert client.kinds == ["setupComplete"]
    assert client.closed.code == 1011
    assert "quota" in client.closed.reason


def test_parts_of_an_interrupted_turn_may_come_late(connect: Any) -> None:
    client = connect(ScriptedTurn(say=LONG), faults={"late_deltas": "3"})
    client.setup()
    client.write("go on")
    client.wait(0.3)
    client.forget()

    client.send(clientContent={"turns": []})

    kinds = [kind_of(event) for event in client.events]
    assert kinds == ["interrupted", *["modelTurn"] * 3, "turnComplete"]


def test_transcripts_may_come_after_the_answer(connect: Any, voice: Pcm) -> None:
    client = connect(faults={"late_transcripts": "20000"})
    client.setup(**WORDS)

    client.speak(voice)
    client.wait(30)

    assert client.kinds[-2:] == ["turnComplete", "inputTranscription"]


def test_nothing_may_tell_that_the_user_speaks(connect: Any, voice: Pcm) -> None:
    client = connect(faults={"no_voice_activity": ""})
    client.setup()

    client.speak(voice)
    client.wait(30)

    assert client.of("voiceActivity") == []
    assert client.of("turnComplete") != []


def test_tokens_may_stay_unexplained(connect: Any) -> None:
    client = connect(faults={"usage_gap": "40"})
    client.setup()

    client.write("hello")
    client.wait(30)

    used = client.of("turnComplete")[-1]["usageMetadata"]
    explained = sum(one["tokenCount"] for one in used["promptTokensDetails"])
    assert used["promptTokenCount"] == explained + 40


def test_transcripts_may_come_one_message_late(connect: Any) -> None:
    client = connect(faults={"out_of_order": ""})
    client.setup(**WORDS)

    client.write("hello")
    client.wait(30)

    assert client.kinds[1:3] == ["modelTurn", "outputTranscription"]
    assert client.said == 'You wrote: "hello".'


def test_a_connection_may_stall_or_drop(connect: Any) -> None:
    stalled, dropped = connect(faults={"stall": "1"}), connect(faults={"drop": "2"})

    for client in (stalled, dropped):
        client.setup()
        client.write("hello")
        client.wait(30)

    assert (stalled.kinds, stalled.closed) == (["setupComplete"], None)
    assert stalled.service.deadline is not None
    assert isinstance(dropped.outputs[-1], Drop)
    assert len(dropped.events) == 2


def test_garbage_comes_between_good_messages(connect: Any) -> None:
    client = connect(faults={"garbage": ""})
    client.setup(**WORDS)

    client.write("hello")
    client.wait(30)

    messages = [one for one in client.outputs if isinstance(one, Message)]
    garbage = [one for one in client.outputs if isinstance(one, Raw)]
    assert len(messages) == len(garbage)
    assert client.said == 'You wrote: "hello".'


def test_one_message_may_be_huge(connect: Any) -> None:
    client = connect(faults={"oversized": "100000"})
    client.setup()

    (raw,) = (one for one in client.outputs if isinstance(one, Raw))
    assert len(raw.content) == 100_000


def test_unknown_events_and_fields_may_come(connect: Any) -> None:
    client = connect(faults={"unknown_event": ""})
    client.setup()
    client.write("hello")
    client.wait(30)

    assert "simulatorUnknown" in client.kinds
    assert all(
        "simulatorExtra" in event
        for event in client.events
        if "simulatorUnknown" not in event
    )
