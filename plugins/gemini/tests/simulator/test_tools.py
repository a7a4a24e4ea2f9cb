"""Functions that the model waits for, and those that let it talk on."""

from typing import Any

import pytest

from realtime_run.core.pcm import Pcm
from realtime_run.simulation.script import ScriptedCall, ScriptedTurn
from realtime_run.simulation.tones import spoken
from realtime_run_gemini.simulator.talking import FILLER

OLDER = "models/gemini-2.5-flash-native-audio-preview-12-2025"
TURN = ScriptedTurn(
    calls=(ScriptedCall(name="f", arguments={"city": "Rome"}),), say="It is {results}."
)
SPOKEN = spoken("hello there you").resample(16_000)


def functions(behavior: str = "UNSPECIFIED", *names: str) -> list[dict[str, Any]]:
    declared = [{"name": name, "behavior": behavior} for name in names or ("f",)]
    return [{"functionDeclarations": declared}]


@pytest.fixture
def blocked(connect: Any) -> Any:
    """A session whose model waits for a function."""
    client = connect(TURN)
    client.setup(tools=functions("BLOCKING"), outputAudioTranscription={})
    client.write("How is it?")
    client.wait(5)
    return client


@pytest.fixture
def talking_on(connect: Any) -> Any:
    """A session whose model called a function, and is about to talk on."""
    client = connect(TURN)
    client.setup(tools=functions(), outputAudioTranscription={})
    client.write("How is it?")
    client.wait(0.06)
    return client


def test_the_model_waits_for_a_function_and_answers_in_the_same_turn(
    blocked: Any,
) -> None:
    quiet = list(blocked.kinds)

    blocked.answer_calls("sunny")
    blocked.wait(30)

    (call,) = blocked.calls
    assert quiet == ["setupComplete", "toolCall"]
    assert (call["name"], call["args"]) == ("f", {"city": "Rome"})
    assert blocked.said == "It is sunny."
    assert blocked.kinds.count("turnComplete") == 1


def test_several_calls_come_in_one_message_and_are_answered_in_several(
    connect: Any,
) -> None:
    calls = (ScriptedCall(name="f"), ScriptedCall(name="g"))
    client = connect(ScriptedTurn(calls=calls, say="{results}"))
    client.setup(tools=functions("BLOCKING", "f", "g"), outputAudioTranscription={})
    client.write("go")
    client.wait(5)

    for call, output in zip(client.calls, ("one", "two"), strict=True):
        quiet = client.said
        result = {**call, "response": {"output": output}}
        del result["args"]
        client.send(toolResponse={"functionResponses": [result]})
        client.wait(10)

    assert len(client.of("toolCall")) == 1
    assert quiet == ""
    assert client.said == "one and two"


def test_speech_cancels_the_function_that_is_waited_for(
    blocked: Any, voice: Pcm
) -> None:
    ids = [call["id"] for call in blocked.calls]
    blocked.forget()

    blocked.speak(voice)

    kinds = [kind for kind in blocked.kinds if kind != "voiceActivity"]
    assert kinds[:3] == ["interrupted", "toolCallCancellation", "turnComplete"]
    (event,) = blocked.of("toolCallCancellation")
    assert event["toolCallCancellation"] == {"ids": ids}


def test_a_result_that_crosses_its_cancellation_is_ignored(blocked: Any) -> None:
    blocked.send(clientContent={"turns": []})

    blocked.answer_calls("sunny")
    blocked.wait(30)

    assert blocked.closed is None
    assert blocked.said == ""


def test_the_model_talks_on_and_speaks_of_the_result_once_it_is_idle(
    talking_on: Any,
) -> None:
    talking_on.answer_calls("sunny")
    talking_on.wait(30)

    assert talking_on.said == f"{FILLER}It is sunny."
    assert talking_on.kinds.count("turnComplete") == 2
    assert "interrupted" not in talking_on.kinds


def test_a_turn_may_be_complete_before_the_result_is_there(talking_on: Any) -> None:
    talking_on.wait(30)
    before = talking_on.kinds[-1]
    talking_on.answer_calls("sunny")
    talking_on.wait(30)

    assert before == "turnComplete"
    assert talking_on.said == f"{FILLER}It is sunny."


def test_a_result_may_interrupt_the_model(talking_on: Any) -> None:
    talking_on.wait(0.1)

    talking_on.answer_calls("sunny", scheduling="INTERRUPT")
    talking_on.wait(30)

    assert talking_on.kinds.count("interrupted") == 1
    assert talking_on.said.endswith("It is sunny.")
    assert FILLER not in talking_on.said


def test_a_silent_result_is_only_known(talking_on: Any) -> None:
    talking_on.answer_calls("sunny", scheduling="SILENT")
    talking_on.wait(30)

    assert talking_on.said == FILLER


@pytest.mark.parametrize(("model", "waits"), [(None, True), (OLDER, False)])
def test_newer_models_let_the_user_finish_before_they_speak_of_a_result(
    connect: Any, model: str | None, waits: bool
) -> None:
    client = connect(TURN)
    fields = {} if model is None else {"model": model}
    client.setup(tools=functions("NON_BLOCKING"), outputAudioTranscription={}, **fields)
    client.write("How is it?")
    client.wait(30)
    client.speak(SPOKEN)

    client.answer_calls("sunny", scheduling="INTERRUPT")
    client.wait(0.5)

    assert ("It is" not in client.said) is waits


def test_results_may_come_in_several_parts(talking_on: Any) -> None:
    talking_on.wait(30)
    talking_on.answer_calls("cloudy", willContinue=True)
    talking_on.wait(30)
    talking_on.answer_calls("sunny")
    talking_on.wait(30)

    assert talking_on.said == f"{FILLER}It is cloudy.It is sunny."


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": ""}, "Function response has no id."),
        ({"name": ""}, "Function response name cannot be empty."),
        ({"id": "x"}, "Function response id 'x' matches no function call."),
        ({"name": "g"}, "was not of 'g'."),
        (
            {"response": "sunny"},
            "Invalid value at 'tool_response.function_responses[0]",
        ),
        ({"result": 1}, 'Invalid JSON payload received. Unknown name "result" at'),
    ],
)
def test_a_malformed_result_ends_the_connection(
    blocked: Any, change: dict[str, Any], reason: str
) -> None:
    blocked.answer_calls("sunny", **change)

    assert blocked.closed.code == 1007
    assert reason in blocked.closed.reason


def test_a_call_is_answered_once(blocked: Any) -> None:
    blocked.answer_calls("sunny")
    blocked.answer_calls("sunny")

    assert blocked.closed.reason.endswith("matches no function call.")


def test_without_a_script_the_first_function_is_called_as_its_schema_asks(
    connect: Any,
) -> None:
    client = connect()
    schema = {
        "type": "OBJECT",
        "properties": {"day": {"type": "STRING", "enum": ["today"]}},
        "required": ["day"],
    }
    one = {"name": "weather", "parameters": schema}
    client.setup(tools=[{"functionDeclarations": [one]}])

    client.write("hello")
    client.wait(1)

    assert client.calls[0]["args"] == {"day": "today"}


def test_tools_may_be_taken_away(connect: Any) -> None:
    client = connect()
    client.setup(tools=functions())

    client.send(contextUpdate={"tools": {"tools": []}})
    client.write("hello")
    client.wait(30)

    assert client.calls == []


def test_an_error_is_a_result_too(blocked: Any) -> None:
    blocked.answer_calls("", response={"error": "no such city"})
    blocked.wait(30)

    assert blocked.said == "It is no such city."


def test_an_interaction_lasts_until_its_functions_have_returned(connect: Any) -> None:
    client = connect(TURN)
    model = "models/gemini-3.8-live-extended-thinking"
    client.setup(model=model, tools=functions(), outputAudioTranscription={})

    client.write("How is it?")
    client.wait(30)
    client.answer_calls("sunny")
    client.wait(30)

    ends = [one["serverContent"] for one in client.of("turnComplete")]
    assert [one["interactionStatus"] for one in ends] == ["IN_PROGRESS", "IDLE"]
    assert client.said == f"{FILLER}It is sunny."
