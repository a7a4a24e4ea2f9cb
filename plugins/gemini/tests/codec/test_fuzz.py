"""Nothing a server sends may raise, or be reported as what it is not."""

import gc
import json
from collections.abc import Callable
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from realtime_run.core.commands import (
    AppendAudio,
    CancelResponse,
    Command,
    CreateResponse,
    EndTurn,
    SendText,
    SendToolResults,
    StartTurn,
    ToolResult,
    Truncate,
)
from realtime_run.core.pcm import Pcm
from realtime_run.core.provider_events import (
    ProviderEvent,
    ResponseDone,
    ResponseStarted,
    SpeechEnded,
    SpeechStarted,
    UserTranscript,
)
from realtime_run_gemini.codec.codec import MEMBERS

NAMES = (  # noqa: SIM905 - as a list, one a line, nobody would read it
    "serverContent modelTurn parts inlineData mimeType data text thought finished"
    " outputTranscription inputTranscription interimInputTranscription interrupted"
    " generationComplete turnComplete turnCompleteReason interactionStatus toolCall"
    " functionCalls id name args ids usageMetadata totalTokenCount promptTokensDetails"
    " modality tokenCount goAway timeLeft newHandle resumable type audioOffset"
    " vadSignalType sessionId model_turn inline_data"
).split()
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.just(10**400),
    st.floats(),
    st.sampled_from(("AQACAA==", "_-8", "AA", "audio/pcm;rate=16000", "a", "look")),
    st.text(max_size=6),
)
TREES: st.SearchStrategy[Any] = st.recursive(
    VALUES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5)
    ),
    max_leaves=12,
)
PART = {"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": "AQACAA=="}}
CONTENT = st.fixed_dictionaries(
    {},
    optional={
        "modelTurn": st.just({"parts": [PART]}),
        "outputTranscription": st.just({"text": "Hi"}),
        "inputTranscription": st.just({"text": "Yo"}) | st.just({"finished": True}),
        "interimInputTranscription": st.just({"text": "Y"}),
        "interrupted": st.booleans(),
        "turnComplete": st.booleans(),
        "interactionStatus": st.sampled_from(("IDLE", "IN_PROGRESS")),
        "turnCompleteReason": st.just("BLOCKLIST"),
    },
)
CALLS = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from(("look", "wait", ""))},
        optional={"id": st.sampled_from("abcdef")},
    ),
    max_size=2,
).map(lambda calls: {"functionCalls": calls})
SENSE = st.one_of(
    CONTENT.map(lambda content: {"serverContent": content}),
    CALLS.map(lambda calls: {"toolCall": calls}),
    st.sampled_from("abc").map(lambda id_: {"toolCallCancellation": {"ids": [id_]}}),
    st.sampled_from(("ACTIVITY_START", "ACTIVITY_END")).map(
        lambda type_: {"voiceActivity": {"type": type_}}
    ),
    st.just({"usageMetadata": {"totalTokenCount": 3}}),
)
NONSENSE = st.dictionaries(
    st.sampled_from(sorted({name for name, _ in MEMBERS})) | st.text(max_size=3),
    TREES,
    max_size=3,
)
MESSAGES = st.lists(SENSE, min_size=1, max_size=2).map(
    lambda some: json.dumps({k: v for each in some for k, v in each.items()})
) | NONSENSE.map(json.dumps)
RESPONSES = st.integers(1, 4).map(lambda number: f"turn_{number}")
COMMANDS: st.SearchStrategy[Command] = st.one_of(
    st.just(CreateResponse()),
    st.just(SendText(text="Hi")),
    st.integers(0, 60).map(lambda ms: AppendAudio(pcm=Pcm(bytes(32 * ms), 16_000))),
    st.builds(CancelResponse, response_id=st.none() | RESPONSES),
    st.builds(
        Truncate,
        response_id=RESPONSES,
        item_id=st.none(),
        played_ms=st.just(1),
        heard=st.sampled_from(("", "Hi")),
    ),
    st.builds(
        lambda id_, respond: SendToolResults(
            results=(ToolResult(call_id=id_, name="look", output="{}"),),
            respond=respond,
        ),
        st.sampled_from("abcx"),
        st.booleans(),
    ),
)
TURNS: st.SearchStrategy[Command] = st.sampled_from((StartTurn(), EndTurn()))
History = list[str | Command | float]


def _held(talk: Any, history: History) -> list[ProviderEvent]:
    for happening in history:
        if isinstance(happening, str):
            talk.hear_raw(happening)
        elif isinstance(happening, float):
            talk.wait(happening)
        else:
            talk.ask(happening)
    events: list[ProviderEvent] = talk.events
    return events


@pytest.mark.parametrize("manual_turns", [False, True])
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=80,
    deadline=None,
)
@given(data=st.data())
def test_whatever_comes_responses_begin_and_end_in_turn(
    make_talk: Callable[..., Any],
    official: Any,
    manual_turns: bool,
    data: st.DataObject,
) -> None:
    talk = make_talk(manual_turns=manual_turns, non_blocking=frozenset({"wait"})).open()
    asked = COMMANDS | TURNS if manual_turns else COMMANDS
    history = data.draw(st.lists(MESSAGES | asked | st.floats(0, 5), max_size=25))

    events = _held(talk, history)
    talk.close("1006")

    _check_responses(events)
    _check_speech(events)
    for message in talk.sent:
        official.client(message)


def _check_responses(events: list[ProviderEvent]) -> None:
    current: str | None = None
    done: set[str] = set()
    for event in events:
        if isinstance(event, ResponseStarted):
            assert current in {None, event.response_id}
            assert event.response_id not in done
            current = event.response_id
        elif isinstance(event, ResponseDone):
            assert event.response_id == current
            done.add(event.response_id)
            current = None
        elif (response_id := getattr(event, "response_id", None)) is not None:
            assert response_id == current


def _check_speech(events: list[ProviderEvent]) -> None:
    speaking = False
    last: dict[str, str] = {}
    for event in events:
        if isinstance(event, SpeechStarted | SpeechEnded):
            assert speaking is isinstance(event, SpeechEnded)
            speaking = not speaking
        elif isinstance(event, UserTranscript) and event.item_id is not None:
            assert last.get(event.item_id) != "final", "it was closed"
            last[event.item_id] = event.mode
    assert set(last.values()) <= {"final"}


@pytest.mark.parametrize("value", [10**400, -(10**400), 1e308, "1e999", True, [], {}])
def test_no_value_of_a_field_raises(
    make_talk: Callable[..., Any], value: object
) -> None:
    fields = dict.fromkeys(NAMES, value)

    for name, _ in MEMBERS:
        talk = make_talk().open()
        talk.hear(**{name: fields})
        talk.hear(**{name: dict.fromkeys(NAMES, fields)})
        talk.hear(**{name: {key: [fields] for key in NAMES}})
        assert talk.codec.failure is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.text() | st.binary())
def test_no_garbage_raises(make_talk: Callable[..., Any], text: str | bytes) -> None:
    talk = make_talk()

    talk.hear_raw(text)

    assert talk.codec.failure is None


def test_what_is_remembered_does_not_grow_with_the_conversation(talk: Any) -> None:
    def converse(turns: range) -> int:
        for number in turns:
            talk.user("Hi")
            talk.hear(**{f"unknown{number}": {}})
            talk.call({"id": f"c{number}", "name": "look"})
            talk.says("Hello")
            talk.hear(usageMetadata={f"count{number}": 1})
            talk.content(interrupted=True)
            talk.turn_complete()
            talk.ask(
                Truncate(
                    response_id=f"turn_{number}", item_id=None, played_ms=1, heard="H"
                )
            )
            talk.wait(5.0)
            talk.forget()
        return _reachable(talk.codec)

    before = converse(range(1_000, 1_600))

    after = converse(range(2_000, 2_600))

    assert abs(after - before) < 50


def _reachable(root: object) -> int:
    """Return how many objects something holds."""
    known, waiting = {id(root)}, [root]
    while waiting:
        for each in gc.get_referents(waiting.pop()):
            if id(each) not in known and not isinstance(each, _SHARED):
                known.add(id(each))
                waiting.append(each)
    return len(known)


_SHARED = (type, FunctionType, BuiltinFunctionType, ModuleType)
