from typing import Any

import pytest
from pydantic import ValidationError

from realtime_run.core.pcm import Pcm
from realtime_run.simulation.faults import FaultError
from realtime_run.simulation.outputs import Close, Drop, Message, Raw
from realtime_run_openai.simulator.faults import NAMES, parse_faults
from realtime_run_openai.simulator.settings import OpenAISimulatorSettings


def test_an_unknown_fault_is_told_with_all_there_are() -> None:
    with pytest.raises(FaultError) as caught:
        parse_faults({"explode": ""})

    assert caught.value.message == "no fault 'explode'"
    assert caught.value.hint == f"the faults are: {', '.join(NAMES)}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("expire", ""),
        ("expire", "nan"),
        ("expire", "-1"),
        ("close", "999"),
        ("close", "1006"),
        ("close", "1001@x"),
        ("handshake", "404"),
        ("quota", "yes"),
        ("stall", "-1"),
        ("oversized", ""),
        ("trickle", "fast"),
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
        OpenAISimulatorSettings.model_validate({"faults": {"explode": ""}})


@pytest.mark.parametrize("name", NAMES)
def test_every_fault_takes_a_plausible_value(name: str) -> None:
    values = {
        "close": "1011@2",
        "expire": "5",
        "handshake": "401",
        "oversized": "1000",
        "trickle": "5",
    }

    assert parse_faults({name: values.get(name, "")}) != parse_faults({})


def test_a_session_may_expire_early(make_talk: Any) -> None:
    talk = make_talk(faults={"expire": "2"})

    (event,) = talk.wait(3)

    assert event["error"]["code"] == "session_expired"
    assert talk.outputs[-1].code == 1001
    assert talk.events[0]["session"]["expires_at"] == 1_000_002


def test_a_connection_may_close_at_once_or_after_responses(make_talk: Any) -> None:
    at_once = make_talk(faults={"close": "1011"})
    at_once.update()
    later = make_talk(faults={"close": "1000@2"})
    later.update()
    for _ in range(3):
        later.send("response.create")
        later.wait(30)

    assert at_once.outputs[-1] == Close(1011, "fault: close")
    assert later.types.count("response.done") == 2
    assert later.outputs[-1] == Close(1000, "fault: close")


def test_a_call_is_ready_when_it_begins(make_talk: Any) -> None:
    talk = make_talk(transport="webrtc", faults={"close": "1001"})

    assert talk.types == ["session.created"]
    assert talk.outputs[-1] == Close(1001, "fault: close")


def test_a_connection_may_break(make_talk: Any) -> None:
    talk = make_talk(faults={"drop": "3"})
    talk.send("response.create")
    talk.wait(30)

    assert len(talk.events) == 3
    assert talk.outputs[-1] == Drop()


def test_there_may_be_no_quota(make_talk: Any) -> None:
    talk = make_talk(faults={"quota": ""})

    assert talk.events[1]["error"]["code"] == "insufficient_quota"
    assert talk.outputs[-1] == Close(1000)


def test_the_first_update_may_be_refused(make_talk: Any) -> None:
    talk = make_talk(faults={"reject_update": "session.audio.input"})

    (refused,), (updated,) = talk.update(), talk.update()

    assert refused["error"]["param"] == "session.audio.input"
    assert updated["type"] == "session.updated"


def test_the_service_may_begin_a_response_of_its_own(make_talk: Any) -> None:
    talk = make_talk(faults={"duplicate_create": ""})

    created, error = talk.send("response.create")

    assert created["type"] == "response.created"
    assert error["error"]["code"] == "conversation_already_has_active_response"


def test_a_response_may_never_begin(make_talk: Any) -> None:
    talk = make_talk(faults={"no_created": ""})

    assert talk.send("response.create") == []
    assert talk.wait(30) == []


def test_deltas_may_come_late(make_talk: Any, voice: Pcm) -> None:
    talk = make_talk(faults={"late_deltas": "3"})
    talk.send("response.create")
    talk.wait(0.3)

    talk.speak(Pcm(voice.data[:9_600], 24_000))

    started = talk.types.index("input_audio_buffer.speech_started")
    assert talk.types[started + 1 : started + 5] == [
        *["response.output_audio.delta"] * 3,
        "response.output_audio.done",
    ]


def test_events_may_come_that_nobody_knows(make_talk: Any) -> None:
    talk = make_talk(faults={"unknown_event": ""})

    first, second = talk.events

    assert first["simulator_extra"] == {"unknown": [1, None]}
    assert second["type"] == "simulator.unknown_event"


def test_the_service_may_fall_silent(make_talk: Any) -> None:
    silent = make_talk(faults={"stall": ""})
    later = make_talk(faults={"stall": "2"})
    for talk in (silent, later):
        talk.update()
        talk.send("response.create")
        talk.wait(30)

    assert silent.outputs == []
    assert later.types == ["session.created", "session.updated"]


def test_a_message_may_be_very_large(make_talk: Any) -> None:
    talk = make_talk(faults={"oversized": "100000"})
    talk.update()
    talk.update()

    (raw,) = [one for one in talk.outputs if isinstance(one, Raw)]
    assert len(raw.content) == 100_000


def test_garbage_may_come_between_good_messages(make_talk: Any) -> None:
    talk = make_talk(faults={"garbage": ""})
    talk.send("response.create")
    talk.wait(30)

    assert talk.of("response.done")
    for good, bad in zip(talk.outputs[::2], talk.outputs[1::2], strict=True):
        assert isinstance(good, Message)
        assert isinstance(bad, Raw)
    kinds = {type(one.content).__name__ for one in talk.outputs[1::2]}
    assert kinds == {"str", "bytes"}


def test_events_may_come_out_of_order_but_all_come(make_talk: Any) -> None:
    talks = [make_talk(), make_talk(faults={"out_of_order": ""})]
    for talk in talks:
        talk.send("response.create")
        talk.wait(30)

    ordered, mixed = (talk.types for talk in talks)
    assert mixed != ordered
    assert sorted(mixed) == sorted(ordered)
    assert mixed.index("response.content_part.added") > mixed.index(
        "response.output_audio_transcript.delta"
    )
    assert mixed.index("response.output_item.done") > mixed.index("response.done")
