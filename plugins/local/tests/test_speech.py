import pytest

from realtime_run.core.errors import ProviderError
from realtime_run_local.plugin import realtime_run_speech
from realtime_run_local.speech import EspeakSpeech, SpeechSettings


async def test_a_text_becomes_speech_that_lasts_as_long_as_it_takes_to_say() -> None:
    speech = realtime_run_speech().make(SpeechSettings())

    short = await speech.say("Hello.")
    long = await speech.say("Hello, and welcome to the bakery in the old town.")

    assert (short.rate_hz, short.channels) == (speech.rate_hz, 1)
    assert 300 < short.duration_ms < 1500
    assert long.duration_ms > 2 * short.duration_ms
    assert any(short.data)


async def test_voices_sound_different() -> None:
    spoken = [
        (await EspeakSpeech(SpeechSettings(voice=voice)).say("Hello.")).data
        for voice in ("en-us", "en-us+f2")
    ]

    assert spoken[0] != spoken[1]


async def test_a_voice_that_does_not_exist_is_named_with_the_nearest() -> None:
    speech = EspeakSpeech(SpeechSettings(voice="en-uss"))

    with pytest.raises(ProviderError, match=r"no voice 'en-uss'; did you mean 'en-us'"):
        await speech.say("Hello.")
