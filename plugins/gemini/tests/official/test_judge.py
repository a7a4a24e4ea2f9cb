"""Google's types, as our tests ask them, let through what is right, and that only."""

import base64
from pathlib import Path
from typing import Any

import pytest
import yaml

SETUP: dict[str, Any] = {
    "model": "models/gemini-3.8-live",
    "generationConfig": {
        "responseModalities": ["AUDIO"],
        "temperature": 0.5,
        "mediaResolution": "MEDIA_RESOLUTION_LOW",
        "speechConfig": {
            "voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Puck"}},
        },
    },
    "systemInstruction": {"parts": [{"text": "Be brief."}]},
    "tools": [
        {
            "functionDeclarations": [
                {
                    "name": "add",
                    "description": "Add.",
                    "parametersJsonSchema": {"type": "object", "properties": {}},
                    "behavior": "NON_BLOCKING",
                }
            ]
        },
        {"googleSearch": {}},
    ],
    "realtimeInputConfig": {
        "automaticActivityDetection": {
            "disabled": False,
            "startOfSpeechSensitivity": "START_SENSITIVITY_HIGH",
            "prefixPaddingMs": 250,
            "silenceDurationMs": 500,
        },
        "activityHandling": "NO_INTERRUPTION",
        "turnCoverage": "TURN_INCLUDES_ONLY_ACTIVITY",
    },
    "sessionResumption": {"handle": "h"},
    "contextWindowCompression": {"slidingWindow": {}},
    "inputAudioTranscription": {},
    "outputAudioTranscription": {"languageCodes": ["en-US"]},
    "historyConfig": {"initialHistoryInClientContent": True},
}
SOUND = {
    "mimeType": "audio/pcm;rate=16000",
    "data": base64.b64encode(b"\xff\xd8\xff\xe0").decode(),
}
RESULT = {"id": "a", "name": "add", "response": {"output": 5}, "scheduling": "SILENT"}


@pytest.mark.parametrize(
    "message",
    [
        {"setup": SETUP},
        {"clientContent": {"turns": [], "turnComplete": True}},
        {
            "clientContent": {
                "turns": [{"role": "user", "parts": [{"text": "hello"}]}],
                "turnComplete": False,
            }
        },
        {"realtimeInput": {"audio": SOUND}},
        {"realtimeInput": {"video": {**SOUND, "mimeType": "image/jpeg"}}},
        {"realtimeInput": {"text": "hello"}},
        {"realtimeInput": {"activityStart": {}}},
        {"realtimeInput": {"audioStreamEnd": True}},
        {"toolResponse": {"functionResponses": [RESULT]}},
        {"contextUpdate": {"tools": {"tools": []}}},
    ],
)
def test_what_a_client_may_say_is_let_through(official: Any, message: Any) -> None:
    official.client(message)


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ({}, "the message has not one member but none"),
        ({"setup": SETUP, "realtimeInput": {"text": "hello"}}, "has not one member"),
        ({"realtimeInput": {"text": "a", "audio": SOUND}}, "realtimeInput has not one"),
        ({"realtimeInput": {"sound": SOUND}}, "realtimeInput.sound: Extra inputs"),
        (
            {"setup": {**SETUP, "generationConfig": {"voice": "Puck"}}},
            "setup.generationConfig.voice: Extra inputs",
        ),
        (
            {"setup": {**SETUP, "realtimeInputConfig": {"activityHandling": "STOP"}}},
            "STOP is not a valid ActivityHandling",
        ),
        (
            {"realtimeInput": {"audio": {**SOUND, "data": "!"}}},
            "data: ",
        ),
        (
            {"setup": {**SETUP, "systemInstruction": "Be brief."}},
            "setup.systemInstruction",
        ),
        (
            {"toolResponse": {"functionResponses": [{**RESULT, "response": "5"}]}},
            "functionResponses.0.response",
        ),
    ],
)
def test_what_no_client_may_say_is_refused_with_the_reason(
    official: Any, message: Any, why: str
) -> None:
    with pytest.raises(AssertionError) as refused:
        official.client(message)

    assert why in str(refused.value)


@pytest.mark.parametrize(
    "message",
    [
        {"setupComplete": {"sessionId": "s"}},
        {
            "serverContent": {
                "modelTurn": {"role": "model", "parts": [{"inlineData": SOUND}]},
                "outputTranscription": {"text": "Hel", "finished": False},
            }
        },
        {"serverContent": {"interrupted": True}},
        {
            "serverContent": {"turnComplete": True, "interactionStatus": "IDLE"},
            "usageMetadata": {
                "promptTokenCount": 2,
                "responseTokenCount": 3,
                "promptTokensDetails": [{"modality": "AUDIO", "tokenCount": 2}],
            },
        },
        {
            "usageMetadata": {
                "candidatesTokenCount": 3,
                "candidatesTokensDetails": [{"modality": "AUDIO", "tokenCount": 3}],
            }
        },
        {"toolCall": {"functionCalls": [{"id": "a", "name": "add", "args": {"a": 2}}]}},
        {"toolCallCancellation": {"ids": ["a"]}},
        {"goAway": {"timeLeft": "9.5s"}},
        {"sessionResumptionUpdate": {"newHandle": "h", "resumable": True}},
        {"voiceActivity": {"type": "ACTIVITY_START", "audioOffset": "1.5s"}},
        {
            "voiceActivityDetectionSignal": {
                "vadSignalType": "VAD_SIGNAL_TYPE_SOS",
            }
        },
    ],
)
def test_what_the_server_may_say_is_let_through(official: Any, message: Any) -> None:
    official.server(message)


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ({}, "the message has not one member but none"),
        ({"goAway": {}, "setupComplete": {}}, "has not one member"),
        ({"goAway": {"timeLeft": 9}}, "goAway.timeLeft"),
        ({"serverContent": {"turnCompleted": True}}, "Extra inputs"),
        ({"voiceActivity": {"type": "LOUD"}}, "LOUD is not a valid VoiceActivityType"),
        ({"error": {"code": 400}}, "error: Extra inputs"),
    ],
)
def test_what_no_server_says_is_refused_with_the_reason(
    official: Any, message: Any, why: str
) -> None:
    with pytest.raises(AssertionError) as refused:
        official.server(message)

    assert why in str(refused.value)


@pytest.mark.parametrize(
    "cassette",
    ["message_history_seeding", "text_in_audio_out_turn", "tool_call_round"],
)
def test_every_message_of_googles_that_was_recorded_is_let_through(
    official: Any, shared: Path, cassette: str
) -> None:
    text = (shared / f"recordings/cassettes/google_ws/{cassette}.yaml").read_text()
    recorded = yaml.safe_load(text)["interactions"]
    judges = {"sent": official.client, "received": official.server}

    for each in recorded:
        judges[each["direction"]](each["data"])

    assert {each["direction"] for each in recorded} == set(judges)
