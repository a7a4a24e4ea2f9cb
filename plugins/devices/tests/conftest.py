import json
import signal
import subprocess
import sys
import threading
import wave
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from realtime_run_devices.virtual_audio import VirtualAudio, virtual_audio
from realtime_run_devices.virtual_recording import AUDIBLE

PATIENCE_S = 8.0
HZ = 16_000
RECORDINGS = Path(__file__).parents[3] / "configs" / "recordings"
TELLER = """
import json
from array import array

from realtime_run import on
from realtime_run.core.events import RealtimeAudioOutputEvent, RealtimeEvent

AUDIO = {"realtime_audio_input", "realtime_audio_output", "realtime_audio_played"}


@on(RealtimeEvent)
def tell(event: RealtimeEvent) -> None:
    if isinstance(event, RealtimeAudioOutputEvent):
        loud = sum(abs(sample) > AUDIBLE for sample in array("h", event.data.data))
        say(event, audible_ms=loud * 1000 / event.data.rate_hz)
    elif event.type not in AUDIO:
        say(event, **{name: getattr(event, name) for name in event.__struct_fields__})


def say(event: RealtimeEvent, **fields: object) -> None:
    print(json.dumps({"type": event.type, **fields}, default=repr), flush=True)
""".replace("AUDIBLE", str(AUDIBLE))


@pytest.fixture(name="virtual_audio")
def running_virtual_audio() -> Iterator[VirtualAudio]:
    """A sound server of this test's own: it is up within 40 ms.

    Mark the test with `debian("pulseaudio")` and
    `debian("pulseaudio-utils", program="pactl")`.
    """
    with virtual_audio() as sound:
        yield sound


Heard = Mapping[str, Any]


class Program:
    """The program at work, and the events it has told of."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._told: list[Heard] = []
        self._said: list[str] = []
        self._changed = threading.Condition()
        self._over = False
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def all_of(self, kind: str) -> list[Heard]:
        with self._changed:
            return [event for event in self._told if event["type"] == kind]

    def until(
        self, kind: str, count: int = 1, *, within_s: float = PATIENCE_S, **fields: Any
    ) -> Heard:
        """Wait for the `count`th event of that type and those fields."""

        def found() -> list[Heard]:
            return [
                event
                for event in self._told
                if event["type"] == kind and fields.items() <= event.items()
            ]

        with self._changed:
            self._changed.wait_for(
                lambda: len(found()) >= count or self._over, within_s
            )
            if len(found()) < count:
                told = "\n".join(map(str, self._told))
                said = "\n".join(self._said)
                pytest.fail(f"no {kind} {count} {fields}:\n{told}\n{said}")
            return found()[count - 1]

    def interrupt(self) -> int:
        """Press Ctrl-C, and return the exit code."""
        self._process.send_signal(signal.SIGINT)
        return self.wait()

    def wait(self) -> int:
        try:
            code = self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._reader.join()
            pytest.fail("it does not end:\n" + "\n".join(self._said))
        self._reader.join()
        return code

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()

    @property
    def said(self) -> str:
        """What it wrote that was no event."""
        return "\n".join(self._said)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._changed:
                try:
                    self._told.append(json.loads(line))
                except ValueError:
                    self._said.append(line.rstrip())
                self._changed.notify_all()
        with self._changed:
            self._over = True
            self._changed.notify_all()


Running = Callable[..., AbstractContextManager[Program]]


@pytest.fixture
def running(virtual_audio: VirtualAudio, tmp_path: Path) -> Running:
    """Run the program on the virtual devices until the context ends."""

    @contextmanager
    def run(spec: str) -> Iterator[Program]:
        (tmp_path / "agent.yaml").write_text(
            f"{spec}\nhandlers: [./teller.py]\n", encoding="utf-8"
        )
        (tmp_path / "teller.py").write_text(TELLER, encoding="utf-8")
        with subprocess.Popen(
            [sys.executable, "-m", "realtime_run", "agent.yaml"],
            cwd=tmp_path,
            env=virtual_audio.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            program = Program(process)
            try:
                yield program
            finally:
                program.end()

    return run


def recorded(name: str) -> bytes:
    with wave.open(str(RECORDINGS / name)) as wav:
        assert wav.getframerate() == HZ
        return wav.readframes(wav.getnframes())


@pytest.fixture
def spoken(tmp_path: Path) -> Callable[..., Path]:
    """Join recordings, pieces of them and pauses (all in seconds) into one WAV file."""

    def join(*parts: str | float | tuple[str, float, float]) -> Path:
        samples: list[bytes] = []
        for part in parts:
            if isinstance(part, str):
                samples.append(recorded(part))
            elif isinstance(part, tuple):
                name, begin, end = part
                samples.append(recorded(name)[2 * int(HZ * begin) : 2 * int(HZ * end)])
            else:
                samples.append(bytes(2 * int(HZ * part)))
        file = tmp_path / "spoken.wav"
        with wave.open(str(file), "wb") as wav:
            wav.setparams((1, 2, HZ, 0, "NONE", ""))
            wav.writeframes(b"".join(samples))
        return file

    return join
