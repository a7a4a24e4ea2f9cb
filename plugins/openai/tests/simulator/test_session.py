from typing import Any

import pytest


def error_of(events: list[dict[str, Any]]) -> tuple[str, str | None]:
    (event,) = events
    assert event["type"] == "error"
    return event["error"]["code"], event["error"]["param"]


def audio_in(**fields: Any) -> dict[str, Any]:
    return {"audio": {"input": fields}}


def test_what_an_update_leaves_out_stays(talk: Any) -> None:
    talk.update(instructions="Be brief.", audio={"output": {"voice": "cedar"}})

    (updated,) = talk.update(**audio_in(turn_detection=None))

    session = updated["session"]
    assert session["instructions"] == "Be brief."
    assert session["audio"]["output"]["voice"] == "cedar"
    assert session["audio"]["input"]["turn_detection"] is None


def test_empty_values_clear(talk: Any) -> None:
    talk.update(tools=[{"type": "function", "name": "f"}])

    (updated,) = talk.update(instructions="", tools=[])

    assert (updated["session"]["instructions"], updated["session"]["tools"]) == ("", [])


def test_turn_detection_keeps_what_is_not_given_and_fills_in_what_is_new(
    talk: Any,
) -> None:
    (server,) = talk.update(
        **audio_in(turn_detection={"type": "server_vad", "threshold": 0.8})
    )
    (semantic,) = talk.update(**audio_in(turn_detection={"type": "semantic_vad"}))

    assert server["session"]["audio"]["input"]["turn_detection"] == {
        "type": "server_vad",
        "threshold": 0.8,
        "prefix_padding_ms": 300,
        "silence_duration_ms": 200,
        "idle_timeout_ms": None,
        "create_response": True,
        "interrupt_response": True,
    }
    assert semantic["session"]["audio"]["input"]["turn_detection"] == {
        "type": "semantic_vad",
        "eagerness": "auto",
        "create_response": True,
        "interrupt_response": True,
    }


@pytest.mark.parametrize(
    ("session", "code", "param"),
    [
        ({"instruction": ""}, "unknown_parameter", "session.instruction"),
        (
            {"audio": {"output": {"voice": "bob"}}},
            "invalid_value",
            "session.audio.output.voice",
        ),
        (
            audio_in(format={"type": "audio/pcm", "rate": 16000}),
            "integer_below_min_value",
            "session.audio.input.format.rate",
        ),
        (
            audio_in(turn_detection={"threshold": 0.5}),
            "missing_required_parameter",
            "session.audio.input.turn_detection.type",
        ),
        (
            audio_in(turn_detection={"type": "magic"}),
            "invalid_value",
            "session.audio.input.turn_detection.type",
        ),
        ({"output_modalities": ["text", "audio"]}, "array_above_max_length", None),
        ({"model": "gpt-realtime"}, "invalid_value", "session.model"),
        ({"max_output_tokens": 5000}, None, "session.max_output_tokens"),
        ({"tools": [{"type": "function"}]}, None, "session.tools[0].name"),
        ({"instructions": 5}, "invalid_type", "session.instructions"),
    ],
)
def test_one_bad_field_refuses_the_whole_update(
    talk: Any, session: dict[str, Any], code: str | None, param: str | None
) -> None:
    before = talk.service.session

    found_code, found_param = error_of(
        talk.update(**{"tool_choice": "none", **session})
    )

    assert found_code == (code or found_code)
    assert found_param == (param or found_param)
    assert talk.service.session == before


def test_the_type_of_a_session_is_required(talk: Any) -> None:
    events = talk.send("session.update", session={"instructions": ""})

    assert error_of(events) == ("missing_required_parameter", "session.type")


def test_a_voice_stays_once_it_was_heard(talk: Any) -> None:
    talk.update(audio={"output": {"voice": "cedar"}})
    talk.send("response.create")
    talk.wait(30)

    same = talk.update(audio={"output": {"voice": "cedar"}})
    other = talk.update(audio={"output": {"voice": "marin"}})

    assert same[0]["type"] == "session.updated"
    assert error_of(other) == ("cannot_update_voice", "session.audio.output.voice")


def test_tracing_is_set_once(talk: Any) -> None:
    talk.update(tracing="auto")

    assert error_of(talk.update(tracing=None)) == ("invalid_value", "session.tracing")


def test_only_models_that_reason_take_reasoning(make_talk: Any) -> None:
    for model, reasons in (
        ("gpt-realtime-2.1", True),
        ("gpt-realtime-2.1-mini", True),
        ("gpt-realtime-1.5", False),
        ("gpt-realtime-2025-08-28", False),
    ):
        (event,) = make_talk(model=model).update(reasoning={"effort": "low"})

        assert (event["type"] == "session.updated") is reasons


def test_an_error_names_the_event_that_caused_it(talk: Any) -> None:
    (event,) = talk.send("response.cancel", event_id="mine")

    assert event["error"]["event_id"] == "mine"
    assert event["error"]["code"] == "response_cancel_not_active"


def test_a_session_says_when_it_expires(make_talk: Any) -> None:
    talk = make_talk(lifetime_s=60.0)

    assert talk.events[0]["session"]["expires_at"] == 1_000_060


def test_a_session_that_expires_says_so_and_closes(make_talk: Any) -> None:
    talk = make_talk(lifetime_s=60.0)

    (event,) = talk.wait(61)

    assert event["error"]["code"] == "session_expired"
    assert talk.outputs[-1].code == 1001
    assert talk.service.deadline is None
    assert talk.send("response.create") == []
