"""Whatever a client sends, the service answers, goes on, or sends it away."""

import base64
import json
from collections import Counter
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from realtime_run.core.pcm import Pcm
from realtime_run.simulation.tones import spoken
from realtime_run_gemini.simulator.habits import kind_of

LOUD = base64.b64encode(spoken("one two").resample(16_000).data[:12_800]).decode()
QUIET = base64.b64encode(Pcm.silence(600, 16_000).data).decode()
PCM = "audio/pcm;rate=16000"
FUNCTIONS = [{"functionDeclarations": [{"name": "f"}, {"name": "g"}]}]
BLOCKING = [{"functionDeclarations": [{"name": "f", "behavior": "BLOCKING"}]}]
MODELS = (
    "gemini-3.8-live",
    "gemini-3.8-live-extended-thinking",
    "gemini-3.1-flash-live-preview",
    "gemini-2.5-flash-native-audio-preview-12-2025",
)

_setups = st.fixed_dictionaries(
    {"model": st.sampled_from([f"models/{model}" for model in MODELS])},
    optional={
        "tools": st.sampled_from([FUNCTIONS, [{"googleSearch": {}}]]),
        "sessionResumption": st.just({}),
        "inputAudioTranscription": st.just({}),
        "outputAudioTranscription": st.just({}),
        "historyConfig": st.just({"initialHistoryInClientContent": True}),
        "realtimeInputConfig": st.sampled_from(
            [
                {"activityHandling": "NO_INTERRUPTION"},
                {"automaticActivityDetection": {"disabled": True}},
                {"automaticActivityDetection": {"silenceDurationMs": 200}},
            ]
        ),
    },
)
_audio = st.sampled_from([LOUD, QUIET, ""]).map(
    lambda data: {"audio": {"mimeType": PCM, "data": data}}
)
_inputs = _audio | st.sampled_from(
    [
        {"text": "hi"},
        {"activityStart": {}},
        {"activityEnd": {}},
        {"audioStreamEnd": True},
        {"mediaChunks": [{"mimeType": PCM, "data": LOUD}]},
    ]
)
_contents = st.sampled_from(
    [
        {"turnComplete": True},
        {"turns": [{"role": "user", "parts": [{"text": "hi"}]}], "turnComplete": True},
        {"turns": [{"role": "model", "parts": [{"text": "hi"}]}]},
    ]
)
_messages = (
    _inputs.map(lambda given: {"realtimeInput": given})
    | _contents.map(lambda given: {"clientContent": given})
    | st.sampled_from(["results", "one result"])
    | st.just({"contextUpdate": {"tools": {"tools": BLOCKING}}})
)
_steps = st.lists(st.tuples(_messages, st.floats(0, 2)), max_size=12)
_quietly = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=50,
    deadline=None,
)


def results(client: Any, given: object) -> dict[str, Any]:
    """Return results for the functions that still run."""
    cancelled = [
        call_id
        for event in client.of("toolCallCancellation")
        for call_id in event["toolCallCancellation"]["ids"]
    ]
    running = [
        call
        for call in client.calls
        if call["id"] not in (*cancelled, *client.answered)
    ]
    taken = running[:1] if given == "one result" else running
    client.answered.extend(call["id"] for call in taken)
    responses = [
        {"id": call["id"], "name": call["name"], "response": {"output": "ok"}}
        for call in taken
    ]
    return {"toolResponse": {"functionResponses": responses}}


def act(client: Any, message: Any) -> None:
    given = results(client, message) if isinstance(message, str) else message
    if given.get("toolResponse") != {"functionResponses": []}:
        client.send(**given)


@_quietly
@given(_setups, _steps)
def test_every_answer_ends_once_and_the_service_comes_to_rest(
    connect_unjudged: Any, setup: dict[str, Any], steps: list[tuple[Any, float]]
) -> None:
    client = connect_unjudged(lifetime_s=10_000)
    client.answered = []
    client.send(setup=setup)

    for message, pause_s in steps:
        act(client, message)
        client.wait(pause_s)
    client.wait(120)

    kinds: Counter[str] = Counter(kind_of(event) for event in client.events)
    if client.closed is None:
        kept = [kind for kind in client.kinds if kind != "toolCallCancellation"]
        ends = [after for kind, after in pairwise(kept) if kind == "interrupted"]
        # An answer that was whole may still be interrupted while it is played.
        begun = kinds["generationComplete"] + kinds["interrupted"]
        assert ends == ["turnComplete"] * kinds["interrupted"]
        assert kinds["turnComplete"] <= begun
        assert client.wait(60) == []
    else:
        assert client.closed.code in {1007, 1008}
        assert len(client.closed.reason) > 10


@_quietly
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text() | st.just(LOUD[:64]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "setup", "clientContent", "client_content", "realtimeInput",
                        "toolResponse", "contextUpdate", "turns", "parts", "text",
                        "audio", "data", "mimeType", "tools", "functionResponses",
                        "model", "generationConfig", "id",
                    ]
                )
                | st.text(max_size=3),
                inner,
                max_size=4,
            )
        ),
        max_leaves=10,
    ),
    st.booleans(),
)  # fmt: skip
def test_whatever_is_sent_is_obeyed_or_ends_the_connection(
    connect_unjudged: Any, message: Any, is_set_up: bool
) -> None:
    client = connect_unjudged()
    if is_set_up:
        client.setup()

    client.send_raw(json.dumps(message))
    client.wait(1)

    assert client.closed is None or client.closed.code in {1007, 1008}
    assert client.closed is not None or isinstance(message, dict)


@_quietly
@given(st.binary(max_size=40))
def test_bytes_that_are_no_json_end_the_connection(
    connect_unjudged: Any, content: bytes
) -> None:
    client = connect_unjudged()

    client.send_raw(content)

    assert client.closed.code == 1007
