"""What goes wrong on purpose."""

from typing import Any

import pytest
from pydantic import ValidationError

from realtime_run.core.pcm import Pcm
from realtime_run.simulation.faults import FaultError
from realtime_run.simulation.outputs import Close, Drop, Raw
from realtime_run.simulation.script import ScriptedCall, ScriptedTurn
from realtime_run_openai.simulator.faults import NAMES as SHARED
from realtime_run_qwen.simulator.faults import FAULTS, parse_faults
from realtime_run_qwen.simulator.settings import QwenSimulatorSettings

CALL = ScriptedCall(name="f", arguments={})
TOOL = {"type": "function", "function": {"name": "f"}}
TRANSCRIPTION = "conversation.item.input_audio_transcription"


def test_all_that_can_go_wrong_at_openai_can_go_wrong_here() -> None:
    assert set(SHARED) < set(FAULTS)


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_takes_a_plausible_value(name: str) -> None:
    values = {
        "close": "1011@2",
        "expire": "5",
        "handshake": "404",
        "idle": "5",
        "oversized": "1000",
        "trickle": "5",
    }

    assert parse_faults({name: values.get(name, "")}) != parse_faults({})


@pytest.mark.parametrize(
    ("name", "value"),
    [("handshake", "418"), ("idle", ""), ("common_error", "-1"), ("arrearage", "yes")],
)
def test_a_value_that_makes_no_sense_is_told_with_what_does(
    name: str, value: str
) -> None:
    with pytest.raises(FaultError) as caught:
        parse_faults({name: value})

    assert caught.value.message == f"fault '{name}' does not take '{value}'"
    assert caught.value.hint == f"{name}: {FAULTS[name].meaning}"


def test_settings_check_their_faults() -> None:
    with pytest.raises(ValidationError, match="no fault 'explode'"):
        QwenSimulatorSettings.model_validate({"faults": {"explode": ""}})


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("arrearage", "Arrearage"),
        ("access_denied", "Model.AccessDenied"),
        ("quota", "AllocationQuota.FreeTierOnly"),
        ("throttled", "Throttling.RateQuota"),
    ],
)
def test_an_account_may_be_at_fault(make_talk: Any, fault: str, code: str) -> None:
    talk = make_talk(faults={fault: ""})

    assert talk.types == ["session.created", "error"]
    assert talk.events[1]["error"]["code"] == code
    assert talk.outputs[-1].code == 1011


def test_who_asks_too_early_may_be_sent_away(make_talk: Any) -> None:
    talk = make_talk(faults={"active_closes": ""})
    talk.send("response.create")

    talk.send("response.create")

    message = "Conversation already has an active response"
    assert talk.events[-1]["error"]["message"] == message
    assert talk.outputs[-1] == Close(1011, message)


def test_the_service_may_be_out_of_order(make_talk: Any) -> None:
    talk = make_talk(faults={"common_error": "1"})
    talk.ask("hello")
    assert talk.of("error") == []

    talk.ask("hello again")

    assert talk.events[-1]["error"]["code"] == "InternalError"
    assert talk.outputs[-1] == Close(
        1011, "COMMON_ERROR: an internal error has occurred."
    )


def test_an_idle_client_may_be_dropped_early(make_talk: Any) -> None:
    talk = make_talk(faults={"idle": "2"})

    (error,) = talk.wait(3)

    assert error["error"]["message"].endswith("no response was generated for 2 seconds")


def test_a_language_may_break_the_server(make_talk: Any) -> None:
    session = {"input_audio_transcription": {"model": None, "language": "en"}}
    broken = make_talk(faults={"language_error": ""})

    broken.update(**session)
    (taken,) = make_talk().update(**session)

    assert broken.outputs[-1].code == 1011
    assert taken["type"] == "session.updated"


@pytest.mark.parametrize(
    ("fault", "told"),
    [("no_transcript", []), ("transcript_failed", [f"{TRANSCRIPTION}.failed"])],
)
def test_there_may_be_no_transcript(
    make_talk: Any, voice: Pcm, fault: str, told: list[str]
) -> None:
    talk = make_talk(faults={fault: ""})

    talk.speak(voice)
    talk.wait(30)

    assert [one for one in talk.types if TRANSCRIPTION in one] == told
    assert talk.of("response.done")


@pytest.mark.parametrize(
    ("text", "is_broken"),
    [
        ("it runs at localhost:5432 now", True),
        ("ping 10.0.0.1", True),
        ("see /var/log/syslog", True),
        ("see https://example.org/a/b/c", False),
        ("see /var/log", False),
        ("version 1.2.3", False),
    ],
)
@pytest.mark.parametrize("place", ["result", "instructions"])
def test_what_looks_like_an_address_may_end_the_session_later(
    make_talk: Any, text: str, place: str, is_broken: bool
) -> None:
    talk = make_talk(ScriptedTurn(calls=(CALL,)), faults={"url_error": ""})
    told = text if place == "instructions" else ""
    talk.update(tools=[TOOL], instructions=told)
    if place == "result":
        talk.ask("hello")
        (made,) = talk.of("response.function_call_arguments.done")
        item = {
            "type": "function_call_output",
            "call_id": made["call_id"],
            "output": text,
        }
        (created,) = talk.send("conversation.item.create", item=item)
        assert created["type"] == "conversation.item.created"
    assert talk.of("error") == []

    talk.send("response.create")

    codes = [one["error"]["code"] for one in talk.of("error")]
    assert codes == (["InvalidParameter"] if is_broken else [])
    assert isinstance(talk.outputs[-1], Close) is is_broken


def test_the_first_update_may_be_refused(make_talk: Any) -> None:
    talk = make_talk(faults={"reject_update": ""})

    (refused,), (updated,) = talk.update(), talk.update()

    assert refused["error"]["param"] == "session.voice"
    assert updated["type"] == "session.updated"


def test_the_server_may_begin_a_response_of_its_own(make_talk: Any) -> None:
    talk = make_talk(faults={"duplicate_create": ""})

    created, error = talk.send("response.create")

    assert created["type"] == "response.created"
    assert "already has an active response" in error["error"]["message"]


def test_a_response_may_never_begin(make_talk: Any) -> None:
    talk = make_talk(faults={"no_created": ""})

    assert talk.send("response.create") == []
    assert talk.wait(30) == []


def test_deltas_may_come_late(make_talk: Any, voice: Pcm) -> None:
    talk = make_talk(faults={"late_deltas": "3"})
    talk.send("response.create")
    talk.wait(0.3)

    talk.speak(Pcm(voice.data[:9_600], 16_000))

    started = talk.types.index("input_audio_buffer.speech_started")
    assert talk.types[started + 1 : started + 4] == ["response.audio.delta"] * 3


def test_a_connection_may_close_break_or_fall_silent(make_talk: Any) -> None:
    closing = make_talk(faults={"close": "1012@1"})
    breaking = make_talk(faults={"drop": "3"})
    silent = make_talk(faults={"stall": "2"})
    for talk in (closing, breaking, silent):
        talk.update()
        talk.ask("hello")

    assert closing.outputs[-1] == Close(1012, "fault: close")
    assert breaking.outputs[-1] == Drop()
    assert silent.types == ["session.created", "session.updated"]


def test_nonsense_may_come_between(make_talk: Any) -> None:
    talk = make_talk(faults={"garbage": "", "unknown_event": "", "oversized": "9999"})
    talk.update()
    talk.ask("hello")

    raw = [one.content for one in talk.outputs if isinstance(one, Raw)]
    assert {type(one) for one in raw} == {str, bytes}
    assert max(map(len, raw)) == 9_999
    assert talk.of("simulator.unknown_event")
    assert talk.of("response.done")
