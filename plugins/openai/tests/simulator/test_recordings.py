"""The simulator speaks in the order in which the service was recorded."""

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from realtime_run.core.pcm import Pcm
from realtime_run.simulation.script import ScriptedCall, ScriptedTurn

_ASYNCHRONOUS = "conversation.item.input_audio_transcription."
"""Comes whenever it is ready."""
_DELTAS = {
    "response.output_audio_transcript.delta": "speech",
    "response.output_audio.delta": "speech",
}
_NOT_ALWAYS_RECORDED = {"rate_limits.updated"}


def order(types: Iterable[str]) -> list[str]:
    """Return types in order, a run of deltas as one."""
    kept = (
        _DELTAS.get(kind, kind)
        for kind in types
        if not kind.startswith(_ASYNCHRONOUS) and kind not in _NOT_ALWAYS_RECORDED
    )
    return [kind for kind, _ in groupby(kept)]


def recorded(file: Path) -> list[dict[str, Any]]:
    text = file.read_text(encoding="utf-8")
    found = yaml.load(text, yaml.CSafeLoader)["interactions"]
    return [one["data"] for one in found if one["direction"] == "received"]


def sent(file: Path) -> list[dict[str, Any]]:
    text = file.read_text(encoding="utf-8")
    found = yaml.load(text, yaml.CSafeLoader)["interactions"]
    return [one["data"] for one in found if one["direction"] == "sent"]


def replay(talk: Any, messages: list[dict[str, Any]]) -> None:
    """Send what the client sent; a function's output once it was called."""
    for message in messages:
        fields = {key: value for key, value in message.items() if key != "type"}
        item = fields.get("item", {})
        if item.get("type") == "function_call_output":
            talk.wait(30)
            (done,) = talk.of("response.function_call_arguments.done")
            fields["item"] = {**item, "call_id": done["call_id"]}
        talk.send(message["type"], **fields)
    talk.wait(30)


@pytest.mark.parametrize(
    "name",
    [
        "openai_ws/text_in_audio_out_turn.yaml",
        "openai_ws/message_history_seeding.yaml",
        "azure_ws/text_in_audio_out_turn.yaml",
        "azure_ws/message_history_seeding.yaml",
        "azure_ws/tool_call_round.yaml",
    ],
)
def test_a_recorded_conversation_is_had_again(
    shared: Path, make_talk: Any, name: str
) -> None:
    file = shared / "recordings" / "cassettes" / name
    talk = make_talk(model="gpt-realtime")

    replay(talk, sent(file))

    assert order(talk.types) == order(one["type"] for one in recorded(file))


@pytest.mark.parametrize(
    ("name", "turns"),
    [
        ("openai_ws/audio_in_server_vad_turn.yaml", []),
        (
            "azure_ws/spoken_turn_transcribed_drives_a_tool_and_answers_in_audio.yaml",
            [ScriptedTurn(calls=(ScriptedCall(name="get_weather"),))],
        ),
    ],
)
def test_a_recorded_spoken_turn_is_had_again(
    shared: Path, make_talk: Any, name: str, turns: list[ScriptedTurn]
) -> None:
    file = shared / "recordings" / "cassettes" / name
    messages = sent(file)
    kinds = [one["type"] for one in messages]
    first = kinds.index("input_audio_buffer.append")
    last = len(kinds) - kinds[::-1].index("input_audio_buffer.append")
    pcm = Pcm((shared / "recordings" / "speech_24khz.pcm").read_bytes(), 24_000)
    talk = make_talk(*turns, model="gpt-realtime")

    for message in messages[:first]:
        talk.send(message["type"], session=_patient(message["session"]))
    talk.speak(pcm + Pcm.silence(1000, 24_000))
    replay(talk, messages[last:])

    assert order(talk.types) == order(one["type"] for one in recorded(file))


def _patient(session: dict[str, Any]) -> dict[str, Any]:
    """Return a session that lets the speaker pause between his words."""
    audio = session["audio"]
    patient = {**audio["input"]["turn_detection"], "silence_duration_ms": 800}
    return {
        **session,
        "audio": {**audio, "input": {**audio["input"], "turn_detection": patient}},
    }


@pytest.mark.parametrize("name", ["audio", "text"])
def test_a_recorded_call_is_had_again(shared: Path, make_talk: Any, name: str) -> None:
    folder = shared / "recordings" / "cassettes" / "openai_ws_sideband"
    file = folder / f"webrtc_sideband_{name}_turn.yaml"
    talk = make_talk(model="gpt-realtime", transport="webrtc")

    replay(talk, sent(file))

    expected = order(one["type"] for one in recorded(file))
    found = order(talk.types[1:])
    if name == "audio":
        # Speech was made so fast that all of its text came before it began to sound.
        found = [kind for kind, _ in groupby(found) if kind != "speech"]
        expected = [kind for kind in expected if kind != "speech"]
    assert found == expected


def test_session_objects_have_the_fields_that_were_recorded(
    shared: Path, make_talk: Any
) -> None:
    file = shared / "recordings/cassettes/openai_ws/text_in_audio_out_turn.yaml"
    created, updated = recorded(file)[:2]
    talk = make_talk(model="gpt-realtime")

    replay(talk, sent(file)[:1])

    ours_created, ours_updated = talk.events[:2]
    assert _shape(ours_created) == _shape(created)
    assert _shape(ours_updated) == _shape(updated)
    updated["session"].update(id="", expires_at=0)
    ours_updated["session"].update(id="", expires_at=0)
    assert ours_updated["session"] == updated["session"]


@pytest.mark.parametrize(
    "kind",
    [
        "conversation.item.added",
        "response.created",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_audio.delta",
        "response.output_audio_transcript.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.done",
    ],
)
def test_events_have_the_fields_that_were_recorded(
    shared: Path, make_talk: Any, kind: str
) -> None:
    file = shared / "recordings/cassettes/openai_ws/text_in_audio_out_turn.yaml"
    theirs = next(one for one in recorded(file) if one["type"] == kind)
    talk = make_talk(model="gpt-realtime")

    replay(talk, sent(file))

    assert _shape(talk.of(kind)[0]) == _shape(theirs)


def _shape(value: object) -> object:
    if isinstance(value, dict):
        known = cast("dict[str, object]", value)
        return {
            key: _shape(inner)
            for key, inner in known.items()
            if key != "obfuscation"  # padding against eavesdroppers
        }
    if isinstance(value, list):
        return [_shape(inner) for inner in cast("list[object]", value)]
    return type(value).__name__
