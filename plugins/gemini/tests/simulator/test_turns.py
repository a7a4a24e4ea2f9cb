"""Turns of the user and of the model, and how one ends the other."""

import base64
from typing import Any

import pytest

from realtime_run.core.pcm import Pcm
from realtime_run.simulation.script import ScriptedTurn
from realtime_run.simulation.tones import spoken
from realtime_run_gemini.simulator.place import Place

WORDS = {"inputAudioTranscription": {}, "outputAudioTranscription": {}}
MANUAL = {"automaticActivityDetection": {"disabled": True}}
LONG = "This is a long answer that goes on for a while, and then some more of it."
QUIET = Pcm.silence(100, 16_000)


def reply(client: Any) -> dict[str, Any]:
    """Let an answer end, and return the message that ended it."""
    client.wait(30)
    found: dict[str, Any] = client.of("turnComplete")[-1]
    return found


def test_a_text_is_answered_in_the_order_of_the_service(client: Any) -> None:
    client.write("hello")
    client.wait(30)

    assert client.said == 'You wrote: "hello".'
    kinds = [kind for kind in client.kinds if kind != "modelTurn"]
    assert kinds == ["outputTranscription"] * 3 + ["generationComplete", "turnComplete"]
    assert client.kinds[:2] == ["outputTranscription", "modelTurn"]


def test_an_answer_is_made_faster_than_it_is_played(connect: Any) -> None:
    client = connect(ScriptedTurn(say=LONG), speed=10, playback=1, latency_s=0)
    client.setup()
    client.write("go on")
    played_s = len(spoken(LONG).data) / 48_000

    client.wait(played_s / 10 + 0.2)
    made = client.kinds[-1]
    client.wait(played_s * 0.9 - 0.4)
    before = client.kinds[-1]
    client.wait(0.4)

    assert (made, before) == ("generationComplete", "generationComplete")
    assert client.kinds[-1] == "turnComplete"


def test_playing_is_as_much_faster_as_speaking_unless_told(connect: Any) -> None:
    client = connect(ScriptedTurn(say=LONG), speed=100, latency_s=0)
    client.setup()
    client.write("go on")

    client.wait(len(spoken(LONG).data) / 48_000 / 100 * 2 + 0.2)

    assert client.kinds[-1] == "turnComplete"


def test_speech_is_heard_written_down_and_answered(client: Any, voice: Pcm) -> None:
    client.speak(voice)
    client.wait(30)

    start, end = client.of("voiceActivity")
    assert start["voiceActivity"]["type"] == "ACTIVITY_START"
    assert end["voiceActivity"]["type"] == "ACTIVITY_END"
    assert start["voiceActivity"]["audioOffset"] == "0.06s"
    assert client.heard.endswith("seconds of speech)")
    assert len(client.of("inputTranscription")) == 4
    assert client.said.startswith("I heard you for 0.9 seconds.")


def test_words_are_told_only_if_they_are_asked_for(connect: Any, voice: Pcm) -> None:
    silent = connect()
    silent.setup()
    # This model's input transcription cannot be turned off (ai.google.dev).
    talkative = connect()
    talkative.setup(model="models/gemini-3.1-flash-live-preview")

    for client in (silent, talkative):
        client.speak(voice)
        client.wait(30)

    assert (silent.heard, silent.said) == ("", "")
    assert (bool(talkative.heard), talkative.said) == (True, "")


def test_what_is_heard_may_be_told_while_it_is_said(connect: Any, voice: Pcm) -> None:
    client = connect(ScriptedTurn(heard="one two three four"), interim=True)
    client.setup(**WORDS)

    client.speak(voice)
    client.wait(1)

    interim = client.of("interimInputTranscription")
    texts = [
        one["serverContent"]["interimInputTranscription"]["text"] for one in interim
    ]
    assert texts == ["one", "one two", "one two three"]
    assert client.heard == "one two three four"


def test_speech_interrupts_without_a_generation_complete(
    connect: Any, voice: Pcm
) -> None:
    client = connect(ScriptedTurn(say=LONG))
    client.setup(**WORDS)
    client.write("go on")
    client.wait(0.3)
    client.forget()

    client.speak(voice)

    kinds = [kind for kind in client.kinds if "Transcription" not in kind]
    at = kinds.index("voiceActivity")
    assert kinds[at : at + 3] == ["voiceActivity", "interrupted", "turnComplete"]
    assert "generationComplete" not in kinds[: at + 3]
    assert "usageMetadata" in client.of("turnComplete")[0]


def test_an_answer_that_is_being_played_is_interrupted_too(
    connect: Any, voice: Pcm
) -> None:
    client = connect(ScriptedTurn(say=LONG), speed=100, playback=1)
    client.setup()
    client.write("go on")
    client.wait(0.5)
    client.forget()

    client.speak(voice)

    assert client.kinds[:3] == ["voiceActivity", "interrupted", "turnComplete"]


def test_without_interruption_what_is_said_meanwhile_is_answered_after(
    connect: Any, voice: Pcm
) -> None:
    client = connect(ScriptedTurn(say=LONG), speed=1)
    client.setup(realtimeInputConfig={"activityHandling": "NO_INTERRUPTION"}, **WORDS)
    client.write("go on")
    client.wait(0.3)

    client.speak(voice)
    client.wait(60)

    assert client.of("interrupted") == []
    assert client.said.startswith(f"{LONG}I heard you for")
    assert client.kinds.count("turnComplete") == 2


@pytest.mark.parametrize(("padding_ms", "began"), [(100, True), (400, False)])
def test_prefix_padding_is_how_much_speech_begins_a_turn(
    connect: Any, padding_ms: int, began: bool
) -> None:
    client = connect()
    detection = {"prefixPaddingMs": padding_ms}
    client.setup(realtimeInputConfig={"automaticActivityDetection": detection})
    cough = Pcm(spoken("hello").resample(16_000).data[: 32 * 200], 16_000)

    client.speak(cough + Pcm.silence(300, 16_000))

    assert ("voiceActivity" in client.kinds) is began


@pytest.mark.parametrize(
    ("detection", "silence_ms"),
    [
        ({}, 500),
        ({"silenceDurationMs": 200}, 200),
        ({"endOfSpeechSensitivity": "END_SENSITIVITY_LOW"}, 900),
    ],
)
def test_a_turn_ends_after_so_much_silence(
    connect: Any, detection: dict[str, Any], silence_ms: int
) -> None:
    client = connect()
    client.setup(realtimeInputConfig={"automaticActivityDetection": detection})
    sound = spoken("hello").resample(16_000)

    client.speak(sound + Pcm.silence(silence_ms - 80, 16_000))
    before = len(client.of("voiceActivity"))
    client.speak(Pcm.silence(160, 16_000))

    assert (before, len(client.of("voiceActivity"))) == (1, 2)


def test_a_low_start_sensitivity_needs_louder_speech(connect: Any) -> None:
    soft = Pcm(b"\x90\x01\x70\xfe" * 4_000, 16_000)  # -38 dB
    found: list[bool] = []

    for sensitivity in ("START_SENSITIVITY_HIGH", "START_SENSITIVITY_LOW"):
        client = connect()
        detection = {"startOfSpeechSensitivity": sensitivity}
        client.setup(realtimeInputConfig={"automaticActivityDetection": detection})
        client.speak(soft)
        found.append("voiceActivity" in client.kinds)

    assert found == [True, False]


def test_the_end_of_the_stream_ends_the_turn(client: Any) -> None:
    client.speak(spoken("hello there").resample(16_000))

    client.send(realtimeInput={"audioStreamEnd": True})
    client.wait(30)

    assert [one["voiceActivity"]["type"] for one in client.of("voiceActivity")] == [
        "ACTIVITY_START",
        "ACTIVITY_END",
    ]
    assert client.said.startswith("I heard you")


def test_turns_may_be_told_by_the_client(connect: Any, voice: Pcm) -> None:
    client = connect()
    client.setup(realtimeInputConfig=MANUAL, **WORDS)

    client.send(realtimeInput={"activityStart": {}})
    client.speak(voice)
    client.send(realtimeInput={"text": "and this"})
    client.wait(5)
    quiet = list(client.kinds)
    client.send(realtimeInput={"activityEnd": {}})
    client.wait(30)

    assert quiet == ["setupComplete"]
    assert client.of("voiceActivity") == []
    assert client.said.startswith("I heard you for 1.")


def test_the_clients_start_of_activity_interrupts(connect: Any) -> None:
    client = connect(ScriptedTurn(say=LONG))
    client.setup(realtimeInputConfig=MANUAL)
    client.write("go on")
    client.wait(0.3)
    client.forget()

    client.send(realtimeInput={"activityStart": {}})

    assert client.kinds == ["interrupted", "turnComplete"]


@pytest.mark.parametrize(
    ("config", "given", "reason"),
    [
        (
            {},
            {"activityStart": {}},
            "activity_start requires automatic activity detection to be disabled.",
        ),
        (
            {},
            {"activityEnd": {}},
            "activity_end requires automatic activity detection to be disabled.",
        ),
        (
            MANUAL,
            {"audioStreamEnd": True},
            "audio_stream_end requires automatic activity detection.",
        ),
        (
            {},
            {"audio": {"mimeType": "audio/ogg", "data": ""}},
            "Unsupported audio format 'audio/ogg'.",
        ),
        (
            {},
            {"audio": {"mimeType": "audio/pcm", "data": "AA=="}},
            "Request contains an invalid argument.",
        ),
        (
            {},
            {"video": {"mimeType": "image/jpeg", "data": "AAAA"}},
            "Unable to process input image.",
        ),
    ],
)
def test_input_that_makes_no_sense_ends_the_connection(
    connect: Any, config: dict[str, Any], given: dict[str, Any], reason: str
) -> None:
    client = connect()
    client.setup(realtimeInputConfig=config)

    client.send(realtimeInput=given)

    assert (client.closed.code, client.closed.reason) == (1007, reason)


def test_of_chunks_of_media_only_the_first_counts(client: Any) -> None:
    good = {"mimeType": "audio/pcm;rate=16000", "data": ""}

    client.send(realtimeInput={"mediaChunks": [good, {"mimeType": "audio/ogg"}]})

    assert client.closed is None


def test_other_rates_are_resampled_by_the_service(client: Any) -> None:
    client.speak(spoken("hello there you") + Pcm.silence(600, 24_000))
    client.wait(30)

    assert client.said.startswith("I heard you for 0.9 seconds.")


def test_another_rate_ends_the_turn_that_lasts(client: Any) -> None:
    client.speak(spoken("hello there").resample(16_000))
    client.speak(Pcm.silence(40, 24_000))
    client.wait(30)

    assert len(client.of("voiceActivity")) == 2
    assert client.said.startswith("I heard you")


def test_vertex_signals_speech_in_two_ways_if_it_is_asked_to(
    connect: Any, voice: Pcm
) -> None:
    client = connect(place=Place(service="vertex", version="v1beta1"))
    model = "projects/p/locations/l/publishers/google/models/gemini-3.8-live"
    client.setup(model=model, explicitVadSignal=True)

    client.speak(voice)

    signals = client.of("voiceActivityDetectionSignal")
    assert [
        one["voiceActivityDetectionSignal"]["vadSignalType"] for one in signals
    ] == ["VAD_SIGNAL_TYPE_SOS", "VAD_SIGNAL_TYPE_EOS"]


def test_a_script_knows_what_was_said_before(connect: Any) -> None:
    client = connect(ScriptedTurn(say="{before}"))
    client.setup(**WORDS)

    client.tell(("user", "My name is Ada."), ("user", "And now?"), complete=True)
    client.wait(30)

    assert client.said == "My name is Ada."


def test_content_interrupts_and_is_stored_or_answered(connect: Any) -> None:
    client = connect(ScriptedTurn(say=LONG))
    client.setup(**WORDS)
    client.write("go on")
    client.wait(0.3)
    client.forget()

    client.tell(("user", "My name is Ada."))
    stored = list(client.kinds)
    client.wait(5)
    still = list(client.kinds)
    client.tell(("user", "Do you know it?"), complete=True)
    client.wait(30)

    assert stored == still == ["interrupted", "turnComplete"]
    assert client.said == 'You wrote: "Do you know it?".'


def test_an_empty_content_asks_for_an_answer_to_what_stands(client: Any) -> None:
    client.tell(("user", "What was my first word?"))

    client.send(clientContent={"turnComplete": True})
    client.wait(30)

    assert client.said == 'The first thing you said was "What was my first word?".'


def test_asked_to_speak_first_it_greets(client: Any) -> None:
    client.send(clientContent={"turnComplete": True})
    client.wait(30)

    assert client.said.startswith("Hello, this is the voice of the simulator.")


def test_a_role_that_does_not_exist_ends_the_connection(client: Any) -> None:
    client.tell(("assistant", "Hello."))

    reason = "Please use a valid role: user, model."
    assert (client.closed.code, client.closed.reason) == (1007, reason)


def test_some_models_take_a_history_only_at_the_beginning(connect: Any) -> None:
    model = "models/gemini-3.1-flash-live-preview"
    seeded, unasked = connect(), connect()
    history = {"initialHistoryInClientContent": True}
    seeded.setup(model=model, historyConfig=history, **WORDS)
    unasked.setup(model=model)

    unasked.tell(("user", "My name is Ada."), complete=True)
    seeded.tell(("user", "My name is Ada."), ("model", "Hello, Ada."), complete=True)
    seeded.wait(5)
    quiet = list(seeded.kinds)
    seeded.write("What did I say first?")
    seeded.wait(30)
    seeded.tell(("user", "And now?"), complete=True)

    reason = (
        "client_content is only supported for the initial history of this model, with"
        " history_config."
    )
    assert quiet == ["setupComplete"]
    assert seeded.said == 'The first thing you said was "My name is Ada.".'
    assert (unasked.closed.code, unasked.closed.reason) == (1007, reason)
    assert (seeded.closed.code, seeded.closed.reason) == (1007, reason)


def test_a_history_that_is_awaited_is_answered_by_nobody(connect: Any) -> None:
    client = connect()
    client.setup(historyConfig={"initialHistoryInClientContent": True}, **WORDS)

    client.tell(("user", "One."), complete=False)
    client.tell(("user", "Two."), complete=True)
    client.wait(5)
    quiet = client.kinds[-1]
    client.tell(("user", "What came first?"), complete=True)
    client.wait(30)

    assert quiet == "setupComplete"
    assert client.said == 'The first thing you said was "One.".'


def test_instructions_and_tools_may_be_replaced_on_the_way(connect: Any) -> None:
    client = connect(ScriptedTurn(say="{instructions}"), ScriptedTurn(say="{results}"))
    old = {"parts": [{"text": "Be brief."}]}
    client.setup(systemInstruction=old, outputAudioTranscription={})

    new = {"parts": [{"text": "Be merry."}]}
    client.send(contextUpdate={"systemInstruction": new})
    client.write("who are you")
    client.wait(30)

    assert client.said == "Be merry."


def test_only_newer_models_take_a_context_update(connect: Any) -> None:
    client = connect()
    client.setup(model="models/gemini-2.5-flash-native-audio-preview-12-2025")

    client.send(contextUpdate={"tools": {"tools": []}})

    reason = "context_update is not supported for this model."
    assert (client.closed.code, client.closed.reason) == (1007, reason)


def test_the_model_may_stay_silent(connect: Any, voice: Pcm) -> None:
    client = connect(ScriptedTurn(say=""))
    client.setup(**WORDS)

    client.speak(voice)
    client.wait(30)

    kinds = [kind for kind in client.kinds if kind != "inputTranscription"]
    assert kinds[-2:] == ["generationComplete", "turnComplete"]
    assert client.of("modelTurn") == []


def test_an_answer_may_be_in_text_only(connect: Any) -> None:
    client = connect(ScriptedTurn(write="Just text."))
    client.setup(**WORDS)

    client.write("hello")
    client.wait(30)

    parts = [
        one["serverContent"]["modelTurn"]["parts"] for one in client.of("modelTurn")
    ]
    assert parts == [[{"text": "Just"}], [{"text": " text."}]]


def test_thoughts_are_told_if_they_are_asked_for(connect: Any) -> None:
    client = connect()
    thinking = {"thinkingConfig": {"includeThoughts": True}}
    model = "models/gemini-3.1-flash-live-preview"
    client.setup(model=model, generationConfig=thinking)

    client.write("hello")
    used = reply(client)["usageMetadata"]

    (part,) = client.of("modelTurn")[0]["serverContent"]["modelTurn"]["parts"]
    assert part["thought"] is True
    assert used["thoughtsTokenCount"] > 0


def test_an_answer_stops_at_the_most_tokens(connect: Any) -> None:
    client = connect(ScriptedTurn(say=LONG))
    client.setup(generationConfig={"maxOutputTokens": 25}, **WORDS)

    client.write("go on")
    used = reply(client)["usageMetadata"]

    assert used["responseTokenCount"] == 25
    assert LONG.startswith(client.said)
    assert client.said != LONG


def test_a_search_is_told_with_the_answer(connect: Any) -> None:
    client = connect()
    client.setup(tools=[{"googleSearch": {}}])

    client.write("hello")
    client.wait(30)

    assert client.kinds[-3:] == [
        "groundingMetadata",
        "generationComplete",
        "turnComplete",
    ]


def test_a_model_that_thinks_at_length_answers_in_several_turns(connect: Any) -> None:
    client = connect()
    client.setup(model="models/gemini-3.8-live-extended-thinking", **WORDS)

    client.write("hello")
    client.wait(30)

    ends = [one["serverContent"] for one in client.of("turnComplete")]
    assert [one["interactionStatus"] for one in ends] == ["IN_PROGRESS", "IDLE"]
    assert client.said == 'Let me think about that.You wrote: "hello".'


def test_an_interruption_ends_a_long_thought(connect: Any) -> None:
    client = connect()
    client.setup(model="models/gemini-3.8-live-extended-thinking", **WORDS)
    client.write("hello")
    client.wait(0.2)

    client.send(clientContent={"turns": []})
    client.wait(30)

    ends = [one["serverContent"] for one in client.of("turnComplete")]
    assert [one["interactionStatus"] for one in ends] == ["IDLE"]
    assert client.kinds.count("interrupted") == 1


PNG = base64.b64encode(
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x02\x80\x00\x00\x01\xe0"
).decode()


def test_one_frame_of_video_a_second_is_looked_at_and_all_count(connect: Any) -> None:
    client = connect()
    client.setup(**WORDS)

    for _ in range(9):
        client.send(realtimeInput={"video": {"mimeType": "image/png", "data": PNG}})
        client.wait(0.25)
    client.write("what do you see")
    used = reply(client)["usageMetadata"]

    assert client.said.endswith("I see 3 pictures, the last 640 by 480.")
    video = {"modality": "VIDEO", "tokenCount": 9 * 258}
    assert video in used["promptTokensDetails"]


def test_pictures_in_the_history_are_seen(connect: Any) -> None:
    client = connect()
    low = {"mediaResolution": "MEDIA_RESOLUTION_LOW"}
    client.setup(generationConfig=low, **WORDS)
    picture = {"inlineData": {"mimeType": "image/png", "data": PNG}}
    parts = [{"text": "look"}, picture]

    turn = {"role": "user", "parts": parts}
    client.send(clientContent={"turns": [turn], "turnComplete": True})
    used = reply(client)["usageMetadata"]

    assert client.said.endswith("I see 1 picture, 640 by 480.")
    assert {"modality": "IMAGE", "tokenCount": 66} in used["promptTokensDetails"]


def test_a_model_without_eyes_refuses_video(connect: Any) -> None:
    client = connect()
    client.setup(model="models/gemini-3.5-live-translate-preview")

    client.send(realtimeInput={"video": {"mimeType": "image/png", "data": PNG}})

    assert client.closed.code == 1007


def test_a_turn_is_charged_for_the_whole_context(client: Any, voice: Pcm) -> None:
    client.speak(voice)
    first = reply(client)["usageMetadata"]
    client.speak(voice)
    second = reply(client)["usageMetadata"]

    assert second["promptTokenCount"] > first["totalTokenCount"]
    for used in (first, second):
        details = used["promptTokensDetails"]
        total = sum(one["tokenCount"] for one in details)
        assert used["promptTokenCount"] == total
        assert used["totalTokenCount"] == total + used["responseTokenCount"]


def test_a_context_that_is_too_long_ends_the_connection(connect: Any) -> None:
    client = connect()
    client.setup()

    client.tell(("user", "x" * 600_000))
    client.write("hello")

    assert client.closed.code == 1007
    assert client.closed.reason.startswith("The input token count (150002) exceeds")


def test_compression_forgets_the_oldest_turns(connect: Any) -> None:
    client = connect()
    window = {"triggerTokens": 100, "slidingWindow": {"targetTokens": 60}}
    client.setup(contextWindowCompression=window, **WORDS)

    client.tell(("user", "x" * 400))
    client.tell(("user", "y"))
    client.write("What came first?")
    client.wait(30)

    assert client.said == 'The first thing you said was "y".'
    assert client.closed is None
