"""The session object: golden and recorded ones, and the vendor's types take all."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from openai.types.realtime import RealtimeSessionCreateRequest
from pydantic import BaseModel

from realtime_run.core.errors import ProviderError
from realtime_run.core.turn_detection import TurnDetection
from realtime_run.plugin.provider_api import Opening, ToolDefinition
from realtime_run_openai.session_object import call_session, session_object
from realtime_run_openai.settings import OpenAISettings

PCM = {"type": "audio/pcm", "rate": 24000}
MOVE = ToolDefinition(
    name="move",
    description="Drive the rover.",
    parameters={"type": "object", "properties": {"meters": {"type": "number"}}},
)
XAI = {
    "base_url": "https://api.x.ai/v1",
    "model": "grok-voice-latest",
    "voice": "ara",
}


def settings_of(**given: Any) -> OpenAISettings:
    return OpenAISettings.model_validate({"api_key": "k", **given})


def session_of(opening: Opening | None = None, **given: Any) -> dict[str, Any]:
    settings = settings_of(**given)
    return session_object(settings, opening or Opening(), settings.spoken)


def turns(opening: Opening | None = None, **given: Any) -> Any:
    return session_of(opening, **given)["audio"]["input"]["turn_detection"]


def raw_turns(**turn_detection: Any) -> dict[str, Any]:
    return {"session": {"audio": {"input": {"turn_detection": turn_detection}}}}


def test_the_shortest_spec_makes_the_shortest_session() -> None:
    assert session_of() == {
        "type": "realtime",
        "audio": {
            "input": {
                "format": PCM,
                "transcription": {"model": "gpt-realtime-whisper"},
                "turn_detection": {
                    "type": "semantic_vad",
                    "create_response": True,
                    "interrupt_response": True,
                },
            },
            "output": {"format": PCM, "voice": "marin"},
        },
    }


def test_everything_that_is_written_is_said() -> None:
    opening = Opening(
        instructions="Be brief.",
        tools=(MOVE,),
        turn=TurnDetection(end="server", silence_ms=700),
    )

    session = session_of(
        opening,
        voice={"id": "voice_1"},
        session={
            "output_modalities": ["audio"],
            "max_output_tokens": 512,
            "tools": [
                {
                    "type": "mcp",
                    "server_label": "docs",
                    "server_url": "https://example.com/mcp",
                    "authorization": "token",
                    "headers": {"X-Key": "secret"},
                    "allowed_tools": ["search"],
                    "require_approval": {"never": {"read_only": True}},
                }
            ],
            "tool_choice": {"type": "function", "name": "move"},
            "parallel_tool_calls": False,
            "reasoning": {"effort": "low"},
            "prompt": {"id": "pmpt_1", "variables": {"name": "Ada"}},
            "include": ["item.input_audio_transcription.logprobs"],
            "tracing": {"workflow_name": "w", "metadata": {"run": 7, "of": None}},
            "truncation": {
                "type": "retention_ratio",
                "retention_ratio": 0.8,
                "token_limits": {"post_instructions": 8000},
            },
            "audio": {
                "input": {
                    "transcription": {"model": "gpt-transcribe", "keywords": ["rover"]},
                    "noise_reduction": {"type": "far_field", "strength": 0.5},
                },
                "output": {"speed": 1.2},
            },
        },
    )

    assert session == {
        "type": "realtime",
        "instructions": "Be brief.",
        "output_modalities": ["audio"],
        "max_output_tokens": 512,
        "tools": [
            {
                "type": "function",
                "name": "move",
                "description": "Drive the rover.",
                "parameters": MOVE.parameters,
            },
            {
                "type": "mcp",
                "server_label": "docs",
                "server_url": "https://example.com/mcp",
                "authorization": "token",
                "headers": {"X-Key": "secret"},
                "allowed_tools": ["search"],
                "require_approval": {"never": {"read_only": True}},
            },
        ],
        "tool_choice": {"type": "function", "name": "move"},
        "parallel_tool_calls": False,
        "reasoning": {"effort": "low"},
        "prompt": {"id": "pmpt_1", "variables": {"name": "Ada"}},
        "include": ["item.input_audio_transcription.logprobs"],
        "tracing": {"workflow_name": "w", "metadata": {"run": 7, "of": None}},
        "truncation": {
            "type": "retention_ratio",
            "retention_ratio": 0.8,
            "token_limits": {"post_instructions": 8000},
        },
        "audio": {
            "input": {
                "format": PCM,
                "transcription": {"model": "gpt-transcribe", "keywords": ["rover"]},
                "noise_reduction": {"type": "far_field", "strength": 0.5},
                "turn_detection": {
                    "type": "server_vad",
                    "silence_duration_ms": 700,
                    "create_response": True,
                    "interrupt_response": True,
                },
            },
            "output": {"format": PCM, "voice": {"id": "voice_1"}, "speed": 1.2},
        },
    }


def test_a_call_names_its_model_and_an_update_does_not() -> None:
    settings = settings_of()

    call = call_session(settings, Opening(), settings.spoken)

    assert call == {**session_of(), "model": "gpt-realtime-2.1"}


def test_null_is_said_where_it_switches_something_off() -> None:
    session = session_of(
        session={
            "tracing": None,
            "prompt": None,
            "audio": {
                "input": {
                    "transcription": None,
                    "noise_reduction": None,
                    "turn_detection": {"type": "server_vad", "idle_timeout_ms": None},
                }
            },
        }
    )

    heard = session["audio"]["input"]
    assert (heard["transcription"], heard["noise_reduction"]) == (None, None)
    assert heard["turn_detection"]["idle_timeout_ms"] is None
    assert session["tracing"] is None
    assert "prompt" not in session


def test_the_session_object_of_the_spec_wins_over_its_portable_keys() -> None:
    session = session_of(
        Opening(instructions="portable", turn=TurnDetection(silence_ms=900)),
        voice="cedar",
        session={
            "instructions": "raw",
            "audio": {
                "input": {"turn_detection": {"type": "semantic_vad"}},
                "output": {"voice": "ash"},
            },
        },
    )

    assert session["instructions"] == "raw"
    assert session["audio"]["output"]["voice"] == "ash"
    assert session["audio"]["input"]["turn_detection"]["type"] == "semantic_vad"


@pytest.mark.parametrize(
    ("turn", "lowered"),
    [
        (TurnDetection(), {"type": "semantic_vad"}),
        (TurnDetection(end="semantic"), {"type": "semantic_vad"}),
        (TurnDetection(end="server"), {"type": "server_vad"}),
        (
            TurnDetection(eagerness="low"),
            {"type": "semantic_vad", "eagerness": "low"},
        ),
        (
            TurnDetection(silence_ms=300),
            {"type": "server_vad", "silence_duration_ms": 300},
        ),
        (
            TurnDetection(nudge_after_ms=8000, eagerness="high"),
            {"type": "semantic_vad", "eagerness": "high"},
        ),
        (
            TurnDetection(end="server", eagerness="low"),
            {"type": "server_vad", "silence_duration_ms": 1000},
        ),
    ],
)
def test_a_portable_turn_is_put_into_the_servers_words(
    turn: TurnDetection, lowered: dict[str, Any]
) -> None:
    acts = {"create_response": True, "interrupt_response": True}

    assert turns(Opening(turn=turn)) == {**lowered, **acts}


@pytest.mark.parametrize("end", ["local", "push_to_talk"])
@pytest.mark.parametrize("written", [{}, {"turn_detection": None}])
def test_where_the_runner_finds_the_turns_the_server_looks_for_none(
    end: Any, written: dict[str, Any]
) -> None:
    opening = Opening(turn=TurnDetection(end=end), manual_turns=True)

    session = session_of(opening, session={"audio": {"input": written}})

    assert session["audio"]["input"]["turn_detection"] is None


def test_where_the_session_answers_the_server_only_listens() -> None:
    opening = Opening(interruptible=False, answers=False)

    assert turns(opening) == {
        "type": "semantic_vad",
        "create_response": False,
        "interrupt_response": False,
    }


@pytest.mark.parametrize(
    ("opening", "written", "said"),
    [
        (
            Opening(),
            None,
            (
                "'session.audio.input.turn_detection: null' would leave nobody to end"
                " the user's turns; leave it out, or write turn: {end: push_to_talk}"
            ),
        ),
        (
            Opening(turn=TurnDetection(end="local"), manual_turns=True),
            {"type": "server_vad"},
            (
                "'session.audio.input.turn_detection' lets the server find turns, which"
                " 'turn.end: local' leaves to the runner; leave it out"
            ),
        ),
    ],
)
def test_somebody_and_only_one_finds_the_turns(
    opening: Opening, written: Any, said: str
) -> None:
    with pytest.raises(ProviderError) as refused:
        session_of(opening, session={"audio": {"input": {"turn_detection": written}}})

    assert refused.value.message == said
    assert refused.value.setting == "provider.session.audio.input.turn_detection"
    assert not refused.value.is_recoverable


def test_without_interruption_the_server_neither_answers_nor_interrupts() -> None:
    silent = {"create_response": False, "interrupt_response": False}
    opening = Opening(interruptible=False)

    assert turns(opening) == {"type": "semantic_vad", **silent}
    assert turns(opening, **raw_turns(type="server_vad")) == {
        "type": "server_vad",
        **silent,
    }


def test_what_the_server_does_by_itself_can_be_written() -> None:
    written = raw_turns(
        type="server_vad", create_response=False, interrupt_response=True
    )

    for interruptible in (True, False):
        assert turns(Opening(interruptible=interruptible), **written) == {
            "type": "server_vad",
            "create_response": False,
            "interrupt_response": True,
        }


def test_xai_has_its_voice_and_its_turns_at_the_top() -> None:
    assert session_of(Opening(instructions="Be brief."), **XAI) == {
        "instructions": "Be brief.",
        "voice": "ara",
        "turn_detection": {
            "type": "server_vad",
            "create_response": True,
            "interrupt_response": True,
        },
        "audio": {
            "input": {"format": PCM, "transcription": {"model": "grok-transcribe"}},
            "output": {"format": PCM},
        },
    }
    assert session_of(**{**XAI, "voice": {"id": "nlbqfwie"}})["voice"] == "nlbqfwie"


@pytest.mark.parametrize(
    ("recording", "given"),
    [
        (
            "openai_ws/audio_in_server_vad_turn.yaml",
            {
                "output_modalities": ["audio"],
                "audio": {"input": {"turn_detection": {"type": "server_vad"}}},
            },
        ),
        (
            "azure_ws/spoken_turn_transcribed_drives_a_tool_and_answers_in_audio.yaml",
            {
                "output_modalities": ["audio"],
                "audio": {
                    "input": {
                        "turn_detection": {"type": "server_vad"},
                        "transcription": {"model": "gpt-4o-transcribe"},
                    }
                },
            },
        ),
        ("xai_ws/thinking_disabled.yaml", {"reasoning": {"effort": "none"}}),
        ("xai_ws/text_in_audio_out_turn.yaml", {}),
    ],
)
def test_a_session_is_made_as_it_was_recorded(
    shared: Path, recording: str, given: dict[str, Any]
) -> None:
    path = shared / "recordings" / "cassettes" / recording
    traffic = yaml.safe_load(path.read_text(encoding="utf-8"))["interactions"]
    sent = next(
        one["data"]["session"]
        for one in traffic
        if one["direction"] == "sent" and one["data"]["type"] == "session.update"
    )
    tools = tuple(
        ToolDefinition(
            name=tool["name"],
            description=tool["description"],
            parameters=tool["parameters"],
        )
        for tool in sent.get("tools", ())
    )

    session = session_of(
        Opening(instructions=sent["instructions"], tools=tools),
        session=given,
        **(XAI if recording.startswith("xai") else {}),
    )

    # The recorded client left the choice of a voice to the server.
    session.pop("voice", None)
    session["audio"]["output"].pop("voice", None)
    assert session == sent


def unknown_fields(value: object, path: str = "session") -> list[str]:
    """Return what a model of the vendor's took without knowing it."""
    found: list[str] = []
    if isinstance(value, BaseModel):
        found += [f"{path}.{key}" for key in value.model_extra or ()]
        for key in type(value).model_fields:
            found += unknown_fields(getattr(value, key), f"{path}.{key}")
    elif isinstance(value, list):
        for item in value:
            found += unknown_fields(item, f"{path}[]")
    return found


def test_an_unknown_field_would_be_noticed() -> None:
    odd = {"type": "realtime", "audio": {"input": {"fromat": PCM}}, "tols": []}

    made = RealtimeSessionCreateRequest.model_validate(odd, strict=True)

    assert unknown_fields(made) == ["session.tols", "session.audio.input.fromat"]


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return mappings with some of the keys."""
    return st.fixed_dictionaries({}, optional=fields)


def typed(
    kind: str, **fields: st.SearchStrategy[Any]
) -> st.SearchStrategy[dict[str, Any]]:
    return some(**fields).map(lambda found: {"type": kind, **found})


WORD = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1)
WORDS = st.lists(WORD, max_size=3)
FILTER = some(tool_names=WORDS, read_only=st.booleans())
ACTS = {"create_response": st.booleans(), "interrupt_response": st.booleans()}
MILLISECONDS = st.integers(0, 10_000)
TURNS = typed(
    "server_vad",
    threshold=st.floats(0, 1),
    prefix_padding_ms=MILLISECONDS,
    silence_duration_ms=MILLISECONDS,
    idle_timeout_ms=st.none() | st.integers(1, 60_000),
    **ACTS,
) | typed(
    "semantic_vad", eagerness=st.sampled_from(["low", "medium", "high", "auto"]), **ACTS
)
TRANSCRIPTION = (
    some(
        model=st.just("gpt-realtime-whisper"),
        language=st.just("en"),
        delay=st.sampled_from(["minimal", "low", "medium", "high", "xhigh"]),
    )
    | some(languages=WORDS, keywords=WORDS, prompt=WORD, language=st.just("de")).map(
        lambda found: {"model": "gpt-transcribe", **found}
    )
    | st.none()
)
AUDIO = some(
    input=some(
        format=st.just(PCM),
        transcription=TRANSCRIPTION,
        noise_reduction=st.none()
        | typed("near_field", strength=st.floats(0, 2))
        | typed("far_field"),
        turn_detection=TURNS,
    ),
    output=some(
        format=st.just({"type": "audio/pcm"}),
        voice=WORD | WORD.map(lambda name: {"id": name}),
        speed=st.floats(0.25, 1.5),
    ),
)
SERVER = st.tuples(
    st.sampled_from([{"server_url": "https://example.com"}, {"tunnel_id": "tunnel_1"}]),
    typed(
        "mcp",
        server_label=WORD,
        server_description=WORD,
        authorization=WORD,
        headers=st.dictionaries(WORD, WORD, max_size=2),
        allowed_tools=WORDS | FILTER,
        require_approval=st.sampled_from(["always", "never"])
        | some(always=FILTER, never=FILTER),
        defer_loading=st.booleans(),
        allowed_callers=st.lists(st.sampled_from(["direct", "programmatic"])),
    ),
).map(lambda both: {"server_label": "a", **both[0], **both[1]})
SESSION = some(
    instructions=WORD,
    output_modalities=st.sampled_from([["audio"], ["text"]]),
    max_output_tokens=st.just("inf") | st.integers(1, 4096),
    tools=st.lists(SERVER, max_size=2),
    tool_choice=st.sampled_from(
        [
            "auto",
            "none",
            "required",
            {"type": "function", "name": "move"},
            {"type": "mcp", "server_label": "a"},
            {"type": "mcp", "server_label": "a", "name": "b"},
        ]
    ),
    parallel_tool_calls=st.booleans(),
    reasoning=st.sampled_from(["minimal", "low", "medium", "high", "xhigh"]).map(
        lambda effort: {"effort": effort}
    ),
    prompt=some(version=WORD, variables=st.dictionaries(WORD, WORD)).map(
        lambda found: {"id": "pmpt_1", **found}
    ),
    include=st.just(["item.input_audio_transcription.logprobs"]),
    tracing=st.none()
    | st.just("auto")
    | some(workflow_name=WORD, group_id=WORD, metadata=st.dictionaries(WORD, WORD)),
    truncation=st.sampled_from(
        [
            "auto",
            "disabled",
            {"type": "retention_ratio", "retention_ratio": 0.5},
            {
                "type": "retention_ratio",
                "retention_ratio": 1,
                "token_limits": {"post_instructions": 5000},
            },
        ]
    ),
    audio=AUDIO,
)
SETTINGS = some(
    model=st.sampled_from(["gpt-realtime-2.1", "gpt-realtime-2", "one-of-2030"]),
    voice=WORD | WORD.map(lambda name: {"id": name}),
    session=SESSION,
)
OPENINGS = st.builds(
    Opening,
    instructions=st.text(max_size=20),
    tools=st.sampled_from([(), (MOVE,)]),
    interruptible=st.booleans(),
    answers=st.booleans(),
    turn=st.sampled_from(
        [
            TurnDetection(),
            TurnDetection(eagerness="medium"),
            TurnDetection(silence_ms=500),
            TurnDetection(end="server"),
        ]
    ),
)


@given(given=SETTINGS, opening=OPENINGS)
def test_every_session_is_one_that_the_vendors_own_types_know(
    given: dict[str, Any], opening: Opening
) -> None:
    settings = settings_of(**given)

    session = call_session(settings, opening, settings.spoken)

    sent = json.loads(json.dumps(session))
    assert sent == session
    made = RealtimeSessionCreateRequest.model_validate(sent, strict=True)
    assert unknown_fields(made) == []
    # An attribute of a union could have been taken for another: nothing may be lost.
    assert made.model_dump(exclude_unset=True, mode="json") == sent
