"""Sessions that go on over another connection, and connections that end."""

from typing import Any

import pytest

from realtime_run.core.pcm import Pcm
from realtime_run.simulation.script import ScriptedCall, ScriptedTurn
from realtime_run_gemini.simulator.place import Place

UPDATE = "sessionResumptionUpdate"
FIRST = 'The first thing you said was "My name is Ada.".'
ASK = "What did I say first?"


def begun(client: Any, **fields: Any) -> Any:
    client.setup(outputAudioTranscription={}, sessionResumption={}, **fields)
    return client


def resumed(client: Any, handle: str, **fields: Any) -> Any:
    client.setup(
        outputAudioTranscription={}, sessionResumption={"handle": handle}, **fields
    )
    return client


def test_handles_come_after_each_turn_if_they_are_asked_for(connect: Any) -> None:
    asking, other = begun(connect()), connect()
    other.setup()

    for client in (asking, other):
        client.write("hello")
        client.wait(30)

    (event,) = asking.of(UPDATE)
    assert event[UPDATE]["resumable"] is True
    assert asking.kinds[-2:] == ["turnComplete", UPDATE]
    assert other.of(UPDATE) == []


def test_a_session_cannot_be_resumed_while_the_model_answers(connect: Any) -> None:
    client = begun(connect())
    client.write("hello")
    client.wait(30)
    client.forget()

    client.write("more")
    client.wait(30)

    first, last = client.of(UPDATE)
    assert first == {UPDATE: {}}
    assert last[UPDATE]["resumable"] is True
    assert client.kinds[0] == UPDATE


def test_no_handle_comes_while_a_function_runs(connect: Any) -> None:
    client = connect(ScriptedTurn(calls=(ScriptedCall(name="f"),)))
    begun(client, tools=[{"functionDeclarations": [{"name": "f"}]}])
    client.write("hello")
    client.wait(30)
    before = client.of(UPDATE)

    client.answer_calls("done", scheduling="SILENT")

    assert before == []
    assert len(client.of(UPDATE)) == 1


def test_what_was_said_is_known_on_the_next_connection(connect: Any) -> None:
    first = begun(connect())
    first.write("My name is Ada.")
    first.wait(30)

    second = resumed(connect(at_s=100.0), first.handle)
    second.write(ASK)
    second.wait(30)

    assert second.said == FIRST


def test_what_is_told_without_an_answer_is_in_the_next_handle(connect: Any) -> None:
    first = begun(connect())
    first.tell(("user", "My name is Ada."), ("model", "Hello, Ada."))

    second = resumed(connect(at_s=100.0), first.handle)
    second.write(ASK)
    second.wait(30)

    assert second.said == FIRST


def test_an_older_handle_knows_less(connect: Any) -> None:
    first = begun(connect())
    first.write("One.")
    first.wait(30)
    handle = first.handle
    first.write("Two.")
    first.wait(30)

    second = resumed(connect(at_s=100.0), handle)
    second.write("Six.")
    second.wait(30)

    last = second.of("turnComplete")[-1]["usageMetadata"]
    known = last["promptTokensDetails"]
    newer = first.of("turnComplete")[-1]["usageMetadata"]["promptTokensDetails"]
    assert known == newer


def test_a_script_goes_on_where_it_was(connect: Any) -> None:
    first = begun(connect(ScriptedTurn(say="One."), ScriptedTurn(say="Two.")))
    first.write("a")
    first.wait(30)

    second = resumed(connect(at_s=100.0), first.handle)
    second.write("b")
    second.wait(30)

    assert second.said == "Two."


def test_all_but_the_model_may_change(connect: Any) -> None:
    first = begun(connect())
    first.write("My name is Ada.")
    first.wait(30)
    instructions = {"parts": [{"text": "Be brief."}]}
    other = "models/gemini-3.8-live-extended-thinking"

    changed = resumed(connect(), first.handle, systemInstruction=instructions)
    refused = resumed(connect(), first.handle, model=other)

    assert changed.closed is None
    assert refused.closed.code == 1007
    assert refused.closed.reason.endswith("a model cannot change.")
    assert refused.events == []


@pytest.mark.parametrize(
    ("at_s", "reason"),
    [
        (7_000.0, None),
        (7_300.0, "BidiGenerateContent session expired"),
    ],
)
def test_a_handle_is_good_for_two_hours(
    connect: Any, at_s: float, reason: str | None
) -> None:
    first = begun(connect())
    first.write("My name is Ada.")
    first.wait(30)

    second = resumed(connect(at_s=at_s), first.handle)

    assert (second.closed and second.closed.reason) == reason


def test_a_handle_that_nobody_made_is_refused(connect: Any) -> None:
    client = resumed(connect(), "handle-x")

    assert client.closed.code == 1008
    assert client.closed.reason == "BidiGenerateContent session not found"


@pytest.mark.parametrize(("value", "code"), [("", 1008), ("1007", 1007)])
def test_every_handle_may_be_refused(connect: Any, value: str, code: int) -> None:
    first = begun(connect())
    first.write("hello")
    first.wait(30)

    second = resumed(connect(faults={"resume_refused": value}), first.handle)
    fresh = begun(connect(faults={"resume_refused": value}))

    assert second.closed.code == code
    assert fresh.closed is None


def test_vertex_counts_the_messages_that_a_handle_includes(connect: Any) -> None:
    client = connect(place=Place(service="vertex", version="v1beta1"))
    model = "projects/p/locations/l/publishers/google/models/gemini-3.8-live"
    client.setup(model=model, sessionResumption={"transparent": True})

    client.tell(("user", "One."))
    client.write("Two.")
    client.wait(30)

    index = "lastConsumedClientMessageIndex"
    updates = [one[UPDATE].get(index) for one in client.of(UPDATE)]
    assert updates == ["1", None, "2"]
    assert "candidatesTokenCount" in client.of("turnComplete")[-1]["usageMetadata"]


def test_a_connection_ends_and_says_so_before(connect: Any) -> None:
    client = begun(connect())

    client.wait(591)
    told = client.of("goAway")
    before = client.closed
    client.wait(10)

    assert told == [{"goAway": {"timeLeft": "10s"}}]
    assert before is None
    assert (client.closed.code, client.closed.reason) == (
        1011,
        "The operation was aborted.",
    )


def test_speech_may_be_under_way_when_the_connection_ends(
    connect: Any, voice: Pcm
) -> None:
    client = begun(connect(lifetime_s=1, go_away_s=0.5))

    client.speak(voice)

    assert client.kinds[:3] == ["setupComplete", "voiceActivity", "goAway"]
    assert client.closed.code == 1011
    assert client.service.deadline is None
