from typing import Any

from realtime_run.core import events as public
from realtime_run.core import provider_events as reported
from realtime_run.plugin.api import HistoryItem, Resumption
from realtime_run.testing.scripted import ScriptedConnection
from realtime_run.testing.time import settle

ANN = HistoryItem(role="user", text="I am Ann")
HELLO = HistoryItem(role="assistant", text="Hello Ann")


async def reconnected(t: Any, number: int = 2) -> ScriptedConnection:
    t.provider.connections[-1].drop()
    await t.seen.until(public.RealtimeDisconnectedEvent, number - 1)
    await t.clock.forward(1)
    connection: ScriptedConnection = await t.connection(number)
    return connection


async def introduced(t: Any, connection: ScriptedConnection) -> None:
    connection.report(reported.UserTranscript(text=ANN.text, mode="final"))
    connection.report(reported.ResponseStarted(response_id="r1"))
    said = reported.AgentTranscript(response_id="r1", text=HELLO.text, mode="final")
    connection.report(said)
    connection.report(reported.ResponseDone(response_id="r1"))
    await t.seen.until(public.RealtimeAgentSpeechTranscriptionEvent)


async def test_a_new_connection_is_given_the_last_handle(talk: Any) -> None:
    t = await talk()
    first = await t.connection()
    await introduced(t, first)
    first.report(reported.ResumptionOffered(handle="h1", lifetime_s=7200))
    first.report(reported.ResumptionOffered(handle="h2", lifetime_s=7200))
    await settle()

    second = await reconnected(t)

    assert first.opening.resume is None
    assert second.opening.resume == Resumption(handle="h2")
    assert second.opening.history == (ANN, HELLO)


async def test_what_was_said_since_the_handle_goes_with_it(talk: Any) -> None:
    t = await talk()
    first = await t.connection()
    first.report(reported.UserTranscript(text="Hm", mode="final"))
    first.report(reported.ResumptionOffered(handle="h"))
    await introduced(t, first)

    second = await reconnected(t)

    assert second.opening.resume == Resumption(handle="h", later=(ANN, HELLO))


async def test_what_is_still_being_heard_is_known_to_the_handle(talk: Any) -> None:
    t = await talk()
    first = await t.connection()
    first.report(reported.UserTranscript(text=ANN.text, mode="final"))
    first.report(reported.ResponseStarted(response_id="r1"))
    first.report(reported.AudioOutput(response_id="r1", pcm=bytes(960)))
    said = reported.AgentTranscript(response_id="r1", text=HELLO.text, mode="final")
    first.report(said)
    first.report(reported.ResponseDone(response_id="r1"))
    first.report(reported.ResumptionOffered(handle="h"))
    await settle()
    await t.play(100)
    await t.seen.until(public.RealtimeAudioOutputDoneEvent)

    second = await reconnected(t)

    assert second.opening.history == (ANN, HELLO)
    assert second.opening.resume == Resumption(handle="h")


async def test_a_text_that_waits_for_its_answer_came_after_the_handle(
    talk: Any,
) -> None:
    t = await talk()
    first = await t.connection()
    await introduced(t, first)
    await t.realtime.simple_response("What is my name?")
    await settle()
    first.report(reported.ResumptionOffered(handle="h"))
    await settle()

    second = await reconnected(t)

    asked = HistoryItem(role="user", text="What is my name?")
    assert second.opening.resume == Resumption(handle="h", later=(asked,))


async def test_a_handle_that_is_too_old_is_not_used(talk: Any) -> None:
    t = await talk()
    first = await t.connection()
    first.report(reported.ResumptionOffered(handle="h", lifetime_s=60))
    await settle()
    await t.clock.forward(60)

    second = await reconnected(t)

    assert second.opening.resume is None


async def test_a_handle_that_was_taken_back_is_not_used(talk: Any) -> None:
    t = await talk()
    first = await t.connection()
    first.report(reported.ResumptionOffered(handle="h"))
    first.report(reported.ResumptionOffered(handle=None))
    await settle()

    second = await reconnected(t)

    assert second.opening.resume is None
