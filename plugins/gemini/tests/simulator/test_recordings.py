"""The simulator speaks in the order in which the service was recorded."""

from itertools import groupby
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from realtime_run.simulation.script import ScriptedCall, ScriptedTurn
from realtime_run_gemini.simulator.habits import kind_of

_SPEECH = ("outputTranscription", "modelTurn")
_CALL = ScriptedTurn(
    calls=(
        ScriptedCall(
            name="record_reading",
            arguments={"zqx_measurement": 5, "qbf_note": "steady"},
        ),
    )
)


def interactions(shared: Path, name: str) -> list[dict[str, Any]]:
    file = shared / "recordings" / "cassettes" / "google_ws" / f"{name}.yaml"
    text = file.read_text(encoding="utf-8")
    return cast(
        "list[dict[str, Any]]", yaml.load(text, yaml.CSafeLoader)["interactions"]
    )


def order(events: list[dict[str, Any]]) -> list[str]:
    """Return kinds in order, speech and its words as one; thoughts left out."""
    kinds = [kind_of(event) for event in events if not _is_thought(event)]
    return [kind for kind, _ in groupby("speech" if k in _SPEECH else k for k in kinds)]


def _is_thought(event: dict[str, Any]) -> bool:
    turn = event.get("serverContent", {}).get("modelTurn", {})
    return any(part.get("thought") for part in turn.get("parts", ()))


def replay(client: Any, messages: list[dict[str, Any]]) -> None:
    """Send what the client sent; a result once its function was called."""
    for message in messages:
        given = message
        if "tool_response" in message:
            client.wait(30)
            (response,) = message["tool_response"]["functionResponses"]
            answer = {**response, "id": client.calls[0]["id"]}
            given = {"tool_response": {"functionResponses": [answer]}}
        client.send(**given)
    client.wait(30)


@pytest.mark.parametrize(
    ("name", "turns"),
    [
        ("text_in_audio_out_turn", []),
        ("message_history_seeding", []),
        ("tool_call_round", [_CALL]),
    ],
)
def test_a_recorded_conversation_is_had_again(
    shared: Path, connect: Any, name: str, turns: list[ScriptedTurn]
) -> None:
    recorded = interactions(shared, name)
    client = connect(*turns)

    replay(client, [one["data"] for one in recorded if one["direction"] == "sent"])

    received = [one["data"] for one in recorded if one["direction"] == "received"]
    assert order(client.events) == order(received)


@pytest.mark.parametrize(
    "kind",
    ["setupComplete", "toolCall", "modelTurn", "outputTranscription", "turnComplete"],
)
def test_messages_have_the_fields_that_were_recorded(
    shared: Path, connect: Any, kind: str
) -> None:
    recorded = interactions(shared, "tool_call_round")
    client = connect(_CALL)

    replay(client, [one["data"] for one in recorded if one["direction"] == "sent"])

    received = [one["data"] for one in recorded if one["direction"] == "received"]
    theirs = next(event for event in received if kind_of(event) == kind)
    assert _shape(client.of(kind)[0]) == _shape(theirs)


def _shape(value: object) -> object:
    if isinstance(value, dict):
        known = cast("dict[str, object]", value)
        return {key: _shape(inner) for key, inner in known.items()}
    if isinstance(value, list):
        # How many there are, such as modalities, is another question.
        return [_shape(inner) for inner in cast("list[object]", value)][:1]
    return type(value).__name__
