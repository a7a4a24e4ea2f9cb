"""What a session may be set up with, and what the service says otherwise."""

import json
from typing import Any

import pytest

from realtime_run_gemini.simulator.place import Place, place_of

V1ALPHA = Place(version="v1alpha")
VERTEX = Place(service="vertex", version="v1beta1")
CANNOT_FIND = "Cannot find field."


def closed(client: Any, **fields: Any) -> tuple[int, str]:
    client.setup(**fields)
    end = client.closed
    return (end.code, end.reason) if end else (0, "")


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (
            (
                "/ws/google.ai.generativelanguage.v1beta.GenerativeService"
                ".BidiGenerateContent"
            ),
            Place(),
        ),
        (
            (
                "/some/where/ws/google.ai.generativelanguage.v1alpha.GenerativeService"
                ".BidiGenerateContentConstrained"
            ),
            Place(version="v1alpha", constrained=True),
        ),
        (
            "/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent",
            VERTEX,
        ),
        ("/ws/google.ai.generativelanguage.v2.GenerativeService", None),
        ("/", None),
    ],
)
def test_a_path_tells_the_service_and_its_version(
    path: str, place: Place | None
) -> None:
    assert place_of(path) == place


def test_a_setup_is_acknowledged_by_an_empty_object(connect: Any) -> None:
    assert connect().setup() == [{"setupComplete": {}}]


def test_a_session_may_be_named(connect: Any) -> None:
    (event,) = connect(session_id=True).setup()

    assert event["setupComplete"]["sessionId"].startswith("session-")


def test_snake_case_camel_case_and_both_base64_alphabets_are_read(
    client: Any,
) -> None:
    for key, mime, data in (
        ("realtimeInput", "mimeType", "//8="),
        ("realtimeInput", "mimeType", "//8"),
        ("realtime_input", "mime_type", "__8="),
        ("realtime_input", "mime_type", "__8"),
    ):
        client.send(**{key: {"audio": {mime: "audio/pcm;rate=16000", "data": data}}})

    assert client.closed is None


def test_numbers_may_be_texts_and_null_is_absent(connect: Any) -> None:
    config = {"temperature": "0.5", "maxOutputTokens": "100", "seed": 3.0, "topP": None}

    assert closed(connect(), generationConfig=config, tools=None) == (0, "")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (
            {"foo": 1},
            "Invalid JSON payload received. Unknown name \"foo\" at 'setup': "
            + CANNOT_FIND,
        ),
        (
            {"generationConfig": {"speechConfig": {"voice": "Kore"}}},
            (
                'Invalid JSON payload received. Unknown name "voice" at'
                f" 'setup.generation_config.speech_config': {CANNOT_FIND}"
            ),
        ),
        (
            {"generationConfig": {"temperature": "hot"}},
            (
                "Invalid value at 'setup.generation_config.temperature' (TYPE_FLOAT),"
                ' "hot"'
            ),
        ),
        (
            {"generationConfig": {"mediaResolution": "LOW"}},
            (
                "Invalid value at 'setup.generation_config.media_resolution'"
                ' (TYPE_ENUM), "LOW"'
            ),
        ),
        (
            {
                "tools": [
                    {
                        "functionDeclarations": [
                            {"name": "f", "parameters": {"additionalProperties": False}}
                        ]
                    }
                ]
            },
            (
                'Invalid JSON payload received. Unknown name "additionalProperties" at'
                f" 'setup.tools[0].function_declarations[0].parameters': {CANNOT_FIND}"
            ),
        ),
        ({"model": ""}, "Invalid resource name: ''"),
        ({"model": "gemini-3.8-live"}, "Invalid resource name: 'gemini-3.8-live'"),
        (
            {"generationConfig": {"responseModalities": ["AUDIO", "TEXT"]}},
            "At most one response modality can be specified.",
        ),
        (
            {"generationConfig": {"responseModalities": ["TEXT"]}},
            "Response modality TEXT is not supported for this model.",
        ),
        (
            {"generationConfig": {"responseMimeType": "text/plain"}},
            "generation_config.response_mime_type is not supported for Live API.",
        ),
        (
            {
                "generationConfig": {
                    "speechConfig": {
                        "voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Bob"}}
                    }
                }
            },
            (
                "Requested voice api_name 'Bob' is not available for model"
                " models/gemini-3.8-live"
            ),
        ),
        (
            {"explicitVadSignal": True},
            (
                'Invalid JSON payload received. Unknown name "explicitVadSignal" at'
                f" 'setup': {CANNOT_FIND}"
            ),
        ),
    ],
)
def test_what_is_wrong_is_told_in_the_services_words(
    connect: Any, fields: dict[str, Any], reason: str
) -> None:
    assert closed(connect(), **fields) == (1007, reason)


@pytest.mark.parametrize(
    ("model", "place", "fields", "reason"),
    [
        (
            "gemini-3.8-live",
            None,
            {"generationConfig": {"thinkingConfig": {"thinkingLevel": "LOW"}}},
            "Thinking config is not supported for this model.",
        ),
        (
            "gemini-3.1-flash-live-preview",
            None,
            {"generationConfig": {"thinkingConfig": {"thinkingBudget": 5}}},
            "Thinking budget is not supported for this model.",
        ),
        (
            "gemini-3.8-live-extended-thinking",
            None,
            {"generationConfig": {"thinkingConfig": {"thinkingLevel": "MINIMAL"}}},
            "Thinking level MINIMAL is not supported.",
        ),
        (
            "gemini-2.5-flash-native-audio-preview-12-2025",
            None,
            {"generationConfig": {"thinkingConfig": {"thinkingLevel": "LOW"}}},
            "Thinking level is not supported for this model.",
        ),
        (
            "gemini-3.8-live",
            None,
            {"proactivity": {"proactiveAudio": False}},
            "Proactive audio cannot be turned off for this model.",
        ),
        (
            "gemini-3.1-flash-live-preview",
            None,
            {"proactivity": {"proactiveAudio": True}},
            "Proactive audio is not supported for this model.",
        ),
        (
            "gemini-2.5-flash-native-audio-preview-12-2025",
            None,
            {"proactivity": {"proactiveAudio": True}},
            "Invalid JSON payload received. Unknown name \"proactivity\" at 'setup': "
            + CANNOT_FIND,
        ),
        (
            "gemini-2.5-flash-native-audio-preview-12-2025",
            V1ALPHA,
            {
                "proactivity": {"proactiveAudio": True},
                "generationConfig": {"enableAffectiveDialog": True},
            },
            "",
        ),
        (
            "gemini-2.5-flash-native-audio-preview-12-2025",
            None,
            {"generationConfig": {"enableAffectiveDialog": True}},
            (
                'Invalid JSON payload received. Unknown name "enableAffectiveDialog" at'
                f" 'setup.generation_config': {CANNOT_FIND}"
            ),
        ),
        (
            "gemini-3.8-live",
            V1ALPHA,
            {"generationConfig": {"enableAffectiveDialog": True}},
            "Affective dialog is not supported for this model.",
        ),
        (
            "gemini-3.1-flash-live-preview",
            None,
            {
                "tools": [
                    {
                        "functionDeclarations": [
                            {"name": "f", "behavior": "NON_BLOCKING"}
                        ]
                    }
                ]
            },
            "Function calling behavior NON_BLOCKING is not supported.",
        ),
        (
            "gemini-3.5-live-translate-preview",
            None,
            {"tools": [{"functionDeclarations": [{"name": "f"}]}]},
            "Tool use is not supported for this model.",
        ),
        (
            "gemini-3.8-live",
            None,
            {"generationConfig": {"translationConfig": {"targetLanguageCode": "de"}}},
            "Translation config is not supported for this model.",
        ),
    ],
)
def test_a_model_takes_only_what_it_can(
    connect: Any,
    model: str,
    place: Place | None,
    fields: dict[str, Any],
    reason: str,
) -> None:
    found = closed(connect(place=place), model=f"models/{model}", **fields)

    assert found == ((1007, reason) if reason else (0, ""))


@pytest.mark.parametrize(
    "model", ["gemini-9-live", "gemini-2.5-flash", "gemini-2.0-flash-live-001"]
)
def test_a_model_that_does_not_exist_or_does_not_speak_is_not_found(
    connect: Any, model: str
) -> None:
    code, reason = closed(connect(), model=f"models/{model}")

    assert code == 1008
    assert reason.startswith(f"models/{model} is not found for API version v1beta, or")


def test_a_further_model_may_exist(connect: Any) -> None:
    client = connect(models=("gemini-9-live",))

    assert closed(client, model="models/gemini-9-live") == (0, "")


VERTEX_MODEL = "projects/p/locations/l/publishers/google/models/"


def test_vertex_takes_its_own_names_of_models(connect: Any) -> None:
    fields = {"model": f"{VERTEX_MODEL}gemini-3.8-live", "explicitVadSignal": True}

    assert closed(connect(place=VERTEX), **fields) == (0, "")


def test_vertex_has_models_of_its_own(connect: Any) -> None:
    model = "gemini-live-2.5-flash-native-audio"

    assert closed(connect(place=VERTEX), model=VERTEX_MODEL + model) == (0, "")
    assert closed(connect(), model=f"models/{model}")[0] == 1008


def test_a_setup_has_to_come_first_and_only_once(connect: Any) -> None:
    early, twice = connect(), connect()
    early.write("hello")
    twice.setup()

    twice.setup()

    first = "setup must be the first message and only the first."
    assert (early.closed.code, early.closed.reason) == (1007, first)
    assert (twice.closed.code, twice.closed.reason) == (1007, first)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("no JSON", "Invalid JSON payload received. Unable to parse the message."),
        ("[1]", "Invalid JSON payload received. Unable to parse the message."),
        ("{}", "Request contains an invalid argument."),
        (
            '{"foo": 1}',
            f'Invalid JSON payload received. Unknown name "foo": {CANNOT_FIND}',
        ),
        (
            '{"realtimeInput": {}, "client_content": {}}',
            (
                "Invalid value (oneof), oneof field 'message_type' is already set."
                " Cannot set 'client_content'"
            ),
        ),
    ],
)
def test_a_message_has_exactly_one_member_that_is_known(
    client: Any, message: str, reason: str
) -> None:
    client.send_raw(message)

    assert (client.closed.code, client.closed.reason) == (1007, reason)
    assert client.send_raw(json.dumps({"realtimeInput": {"text": "hi"}})) == []
