"""The setup message, field for field."""

from typing import Any

import pytest

from realtime_run.core.turn_detection import TurnDetection
from realtime_run.plugin.provider_api import (
    HistoryItem,
    Opening,
    Resumption,
    ToolDefinition,
)
from realtime_run_gemini.codec_options import codec_options
from realtime_run_gemini.settings import GeminiSettings
from realtime_run_gemini.setup import setup_object

MOVE = ToolDefinition(
    name="move",
    description="Drive.",
    parameters={"type": "object", "properties": {"meters": {"type": "number"}}},
)
WAIT = ToolDefinition(name="wait", description="", parameters={"type": "object"})
HISTORY = (HistoryItem(role="user", text="Hi."),)
AT_3_1 = "gemini-3.1-flash-live-preview"
INTERPRETER = "gemini-3.5-live-translate-preview"
INTO_GERMAN = {
    "generation_config": {"translation_config": {"target_language_code": "de"}}
}
PLAIN: dict[str, Any] = {
    "model": "models/gemini-3.8-live",
    "generationConfig": {
        "responseModalities": ["AUDIO"],
        "speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Puck"}}},
    },
    "sessionResumption": {},
    "contextWindowCompression": {"slidingWindow": {}},
    "inputAudioTranscription": {},
    "outputAudioTranscription": {},
}


def settings(**fields: Any) -> GeminiSettings:
    return GeminiSettings.model_validate({"api_key": "k", **fields})


def setup(opening: Opening | None = None, **fields: Any) -> dict[str, Any]:
    return setup_object(settings(**fields), opening or Opening())


def turns(opening: Opening, **fields: Any) -> Any:
    return setup(opening, **fields).get("realtimeInputConfig")


def test_without_settings_only_what_is_needed_is_sent() -> None:
    assert setup() == PLAIN


def test_the_portable_keys_have_their_fields() -> None:
    opening = Opening(instructions="Be brief.", tools=(MOVE, WAIT))

    found = setup(opening, voice="Kore", language="de-DE", google_search=True)

    assert found["systemInstruction"] == {"parts": [{"text": "Be brief."}]}
    assert found["tools"] == [
        {
            "functionDeclarations": [
                {
                    "name": "move",
                    "description": "Drive.",
                    "parametersJsonSchema": MOVE.parameters,
                },
                {"name": "wait", "parametersJsonSchema": {"type": "object"}},
            ]
        },
        {"googleSearch": {}},
    ]
    assert found["generationConfig"]["speechConfig"] == {
        "voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Kore"}},
        "languageCode": "de-DE",
    }


@pytest.mark.parametrize(
    ("vertex", "path"),
    [
        (
            {"project": "p-1", "location": "global", "access_token": "t"},
            "projects/p-1/locations/global/publishers/google/models/gemini-3.8-live",
        ),
        ({"api_key": "express"}, "publishers/google/models/gemini-3.8-live"),
    ],
)
def test_vertex_calls_the_model_by_its_project(
    vertex: dict[str, str], path: str
) -> None:
    assert setup(api_key=None, vertex=vertex)["model"] == path


@pytest.mark.parametrize(
    ("opening", "config"),
    [
        (Opening(), None),
        (Opening(turn=TurnDetection(end="server", nudge_after_ms=9000)), None),
        (
            Opening(turn=TurnDetection(eagerness="low")),
            {
                "automaticActivityDetection": {
                    "endOfSpeechSensitivity": "END_SENSITIVITY_LOW",
                    "silenceDurationMs": 1000,
                }
            },
        ),
        (
            Opening(turn=TurnDetection(eagerness="medium")),
            {
                "automaticActivityDetection": {
                    "endOfSpeechSensitivity": "END_SENSITIVITY_HIGH",
                    "silenceDurationMs": 500,
                }
            },
        ),
        (
            Opening(turn=TurnDetection(eagerness="high")),
            {
                "automaticActivityDetection": {
                    "endOfSpeechSensitivity": "END_SENSITIVITY_HIGH",
                    "silenceDurationMs": 250,
                }
            },
        ),
        (
            Opening(turn=TurnDetection(silence_ms=700), min_speech_ms=250),
            {
                "automaticActivityDetection": {
                    "silenceDurationMs": 700,
                    "prefixPaddingMs": 250,
                }
            },
        ),
        (Opening(interruptible=False), {"activityHandling": "NO_INTERRUPTION"}),
        (
            Opening(
                manual_turns=True,
                interruptible=False,
                turn=TurnDetection(end="local", silence_ms=700),
            ),
            {"automaticActivityDetection": {"disabled": True}},
        ),
    ],
)
def test_turns_are_found_as_the_spec_says(opening: Opening, config: Any) -> None:
    assert turns(opening) == config


def test_what_the_setup_says_wins_over_what_is_derived() -> None:
    opening = Opening(
        turn=TurnDetection(eagerness="low"), min_speech_ms=250, interruptible=False
    )
    written = {
        "automatic_activity_detection": {
            "start_of_speech_sensitivity": "START_SENSITIVITY_LOW",
            "silence_duration_ms": 300,
        },
        "activity_handling": "START_OF_ACTIVITY_INTERRUPTS",
        "turn_coverage": "TURN_INCLUDES_ALL_INPUT",
    }

    config = turns(opening, setup={"realtime_input_config": written})

    assert config == {
        "automaticActivityDetection": {
            "startOfSpeechSensitivity": "START_SENSITIVITY_LOW",
            "endOfSpeechSensitivity": "END_SENSITIVITY_LOW",
            "silenceDurationMs": 300,
            "prefixPaddingMs": 250,
        },
        "activityHandling": "START_OF_ACTIVITY_INTERRUPTS",
        "turnCoverage": "TURN_INCLUDES_ALL_INPUT",
    }


def test_with_manual_turns_the_written_detection_is_not_sent() -> None:
    written = {"automatic_activity_detection": {"silence_duration_ms": 300}}
    opening = Opening(manual_turns=True, turn=TurnDetection(end="push_to_talk"))

    config = turns(opening, setup={"realtime_input_config": written})

    assert config == {"automaticActivityDetection": {"disabled": True}}


@pytest.mark.parametrize(
    ("model", "behavior", "declared", "non_blocking"),
    [
        ("gemini-3.8-live", "auto", None, True),
        ("gemini-3.8-live", "blocking", "BLOCKING", False),
        ("gemini-3.8-live", "non_blocking", "NON_BLOCKING", True),
        ("gemini-3.8-live-extended-thinking", "auto", None, True),
        ("gemini-3.8-live-extended-thinking", "non_blocking", None, True),
        (AT_3_1, "auto", None, False),
        (AT_3_1, "blocking", None, False),
        ("gemini-live-2.5-flash-native-audio", "auto", None, False),
        ("gemini-live-2.5-flash-native-audio", "non_blocking", "NON_BLOCKING", True),
        ("gemini-9-live", "auto", None, True),
    ],
)
def test_a_function_says_how_it_is_called_where_the_model_has_a_choice(
    model: str, behavior: str, declared: str | None, *, non_blocking: bool
) -> None:
    given = settings(model=model, tools={"behavior": behavior})
    opening = Opening(tools=(WAIT,))

    found: Any = setup_object(given, opening)

    (function,) = found["tools"][0]["functionDeclarations"]
    assert function.get("behavior") == declared
    assert codec_options(given, opening).non_blocking == (
        frozenset({"wait"}) if non_blocking else frozenset()
    )


def test_one_function_may_be_called_otherwise_than_the_others() -> None:
    tools = {
        "behavior": "blocking",
        "scheduling": "silent",
        "functions": {
            "move": {"behavior": "non_blocking", "scheduling": "interrupt"},
            "wait": {"scheduling": "when_idle"},
        },
    }
    other = ToolDefinition(name="other", description="", parameters={})
    opening = Opening(tools=(MOVE, WAIT, other))

    options = codec_options(settings(tools=tools), opening)

    assert options.non_blocking == {"move"}
    assert options.scheduling == {"move": "INTERRUPT", "other": "SILENT"}


def test_a_handle_is_asked_for_and_gone_on_by() -> None:
    resume = Opening(resume=Resumption(handle="h-1"), history=HISTORY)

    assert setup(Opening())["sessionResumption"] == {}
    assert setup(resume)["sessionResumption"] == {"handle": "h-1"}
    assert "sessionResumption" not in setup(resume=False)


@pytest.mark.parametrize(
    ("model", "opening", "announced"),
    [
        (AT_3_1, Opening(history=HISTORY), True),
        (AT_3_1, Opening(), False),
        (
            AT_3_1,
            Opening(history=HISTORY, resume=Resumption(handle="h", later=HISTORY)),
            False,
        ),
        ("gemini-3.8-live", Opening(history=HISTORY), False),
    ],
)
def test_a_history_is_announced_where_the_model_takes_one_only_to_begin_with(
    model: str, opening: Opening, *, announced: bool
) -> None:
    found = setup(opening, model=model).get("historyConfig")

    assert found == ({"initialHistoryInClientContent": True} if announced else None)


def test_transcripts_and_compression_can_be_switched_off() -> None:
    off = {
        "input_audio_transcription": None,
        "output_audio_transcription": None,
        "context_window_compression": None,
    }

    assert setup(setup=off).keys() == {
        "model",
        "generationConfig",
        "sessionResumption",
    }


def test_an_interpreter_compresses_nothing_unless_it_is_told_to() -> None:
    compress = {**INTO_GERMAN, "context_window_compression": {}}

    plain = setup(model=INTERPRETER, setup=INTO_GERMAN)
    told = setup(model=INTERPRETER, setup=compress)

    assert "contextWindowCompression" not in plain
    assert told["contextWindowCompression"] == {"slidingWindow": {}}


EVERYTHING: dict[str, Any] = {
    "generation_config": {
        "temperature": 0.5,
        "top_p": 0.9,
        "top_k": 40,
        "max_output_tokens": 100,
        "seed": 1,
        "media_resolution": "MEDIA_RESOLUTION_LOW",
        "speech_config": {
            "voice_config": {
                "replicated_voice_config": {
                    "voice_sample_audio": "AAAA",
                    "voice_consent_signature": {"signature": "s"},
                }
            },
            "language_code": "de-DE",
        },
        "thinking_config": {"include_thoughts": True, "thinking_level": "LOW"},
        "enable_affective_dialog": True,
        "translation_config": {
            "target_language_code": "de",
            "echo_target_language": True,
        },
    },
    "input_audio_transcription": {
        "language_codes": ["de-DE"],
        "custom_vocabulary": ["realtime"],
        "word_timestamp": True,
        "diarization": True,
        "mode": "VERBATIM",
    },
    "context_window_compression": {
        "trigger_tokens": 2000,
        "sliding_window": {"target_tokens": 1000},
    },
    "proactivity": {"proactive_audio": True, "proactive_video": True},
    "safety_settings": [
        {"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}
    ],
    "labels": {"team_name": "a_b"},
}


def test_every_field_of_the_setup_is_sent_as_it_is_written() -> None:
    found = setup(model="gemini-9-live", setup=EVERYTHING)

    assert found["generationConfig"] == {
        "temperature": 0.5,
        "topP": 0.9,
        "topK": 40,
        "maxOutputTokens": 100,
        "seed": 1,
        "mediaResolution": "MEDIA_RESOLUTION_LOW",
        "responseModalities": ["AUDIO"],
        "speechConfig": {
            "voiceConfig": {
                "replicatedVoiceConfig": {
                    "mimeType": "audio/pcm;rate=24000",
                    "voiceSampleAudio": "AAAA",
                    "voiceConsentSignature": {"signature": "s"},
                }
            },
            "languageCode": "de-DE",
        },
        "thinkingConfig": {"includeThoughts": True, "thinkingLevel": "LOW"},
        "enableAffectiveDialog": True,
        "translationConfig": {"targetLanguageCode": "de", "echoTargetLanguage": True},
    }
    assert found["inputAudioTranscription"] == {
        "languageCodes": ["de-DE"],
        "customVocabulary": ["realtime"],
        "wordTimestamp": True,
        "diarization": True,
        "mode": "VERBATIM",
    }
    assert found["contextWindowCompression"] == {
        "triggerTokens": 2000,
        "slidingWindow": {"targetTokens": 1000},
    }
    assert found["proactivity"] == {"proactiveAudio": True, "proactiveVideo": True}
    assert found["safetySettings"] == [
        {"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}
    ]
    assert found["labels"] == {"team_name": "a_b"}


OPENINGS = (
    Opening(
        instructions="Be brief.",
        tools=(MOVE, WAIT),
        turn=TurnDetection(eagerness="low"),
        min_speech_ms=250,
        interruptible=False,
        resume=Resumption(handle="h-1"),
    ),
    Opening(manual_turns=True, history=HISTORY, turn=TurnDetection(end="local")),
)


@pytest.mark.parametrize("opening", OPENINGS)
@pytest.mark.parametrize(
    "fields",
    [
        {"google_search": True, "tools": {"behavior": "blocking"}},
        {"model": AT_3_1},
        {"model": INTERPRETER, "setup": INTO_GERMAN},
        {"model": "gemini-9-live", "setup": EVERYTHING},
        {
            "api_key": None,
            "vertex": {"api_key": "k"},
            "setup": {"explicit_vad_signal": True},
        },
    ],
)
def test_every_setup_is_one_of_googles(
    official: Any, opening: Opening, fields: dict[str, Any]
) -> None:
    official.client({"setup": setup(opening, **fields)})
