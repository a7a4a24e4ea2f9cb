"""A virtual microphone and loudspeaker, for tests and benchmarks.

A private PulseAudio server plays both: what is played into the sink `rr_mic_in` is what
the microphone hears, and what the loudspeaker plays can be recorded. It needs no sound
card, no session bus and no user: Debian's `pulseaudio` and `pulseaudio-utils`. Programs
find it by the environment it gives them.
"""

import shutil
import subprocess
import tempfile
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from realtime_run.core.errors import AudioError
from realtime_run_devices.virtual_recording import Recording
from realtime_run_devices.virtual_server import (
    environment_of,
    socket_in,
    sound_server,
)

MICROPHONE = "Virtual Microphone"
SPEAKER = "Virtual Speaker"
LOOP = "Virtual Loop"
"""What they are called in a list of devices."""
RATE_HZ = 48_000
PATIENCE_S = 8.0
# Without `norewinds` a null sink renders 2 s ahead, and callbacks stall.
_SINK = f"rate={RATE_HZ} norewinds=1"
_SPEAKER = (
    f"{_SINK} sink_name=rr_speaker sink_properties=\"device.description='{SPEAKER}'\""
)
_MICROPHONE = (
    "source_name=rr_mic master=rr_mic_in.monitor"
    f" source_properties=\"device.description='{MICROPHONE}'\""
)
_SCRIPT = f"""\
.fail
load-module module-native-protocol-unix auth-anonymous=1 socket={{socket}}
load-module module-null-sink {_SPEAKER}
load-module module-null-sink {_SINK} sink_name=rr_mic_in
load-module module-remap-source {_MICROPHONE}
set-default-sink rr_speaker
set-default-source rr_mic
"""


class VirtualAudio:
    """A running sound server with one microphone and one loudspeaker."""

    def __init__(self, server: "subprocess.Popen[str]", folder: Path) -> None:
        self._server = server
        self._folder = folder
        self._speaking: list[subprocess.Popen[bytes]] = []

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables by which a program finds this server and no other."""
        return environment_of(self._folder)

    def speak(self, wav: Path) -> "subprocess.Popen[bytes]":
        """Begin to play a WAV file into the microphone.

        Returns:
            The process that plays it: it ends with the file, or with the server.
        """
        command = ("paplay", "--latency-msec=20", "-d", "rr_mic_in", str(wav))
        speaking = subprocess.Popen(  # noqa: S603 - a fixed program
            command, env=self.environment, stderr=subprocess.DEVNULL
        )
        self._speaking.append(speaking)
        return speaking

    def hush(self) -> None:
        """End what is still spoken."""
        while self._speaking:
            speaking = self._speaking.pop()
            speaking.kill()
            speaking.wait()

    @contextmanager
    def listening(self, rate_hz: int = RATE_HZ) -> Generator[Recording]:
        """Record what the loudspeaker plays, from now on, until the context ends."""
        command = (
            *("parec", "--raw", "--format=s16le", "--channels=1"),
            *(f"--rate={rate_hz}", "--latency-msec=5", "-d", "rr_speaker.monitor"),
        )
        with subprocess.Popen(  # noqa: S603 - a fixed program
            command, env=self.environment, stdout=subprocess.PIPE, bufsize=0
        ) as process:
            recording = Recording(rate_hz)
            reader = threading.Thread(target=recording.take_from, args=(process,))
            reader.start()
            try:
                yield recording
            finally:
                process.kill()
                reader.join()

    def unplug_speaker(self) -> None:
        """Take the loudspeaker away."""
        self._pactl("unload-module", self._module("sink_name=rr_speaker"))

    def plug_in_speaker(self) -> None:
        """Bring it back, as the default."""
        self._pactl("load-module", "module-null-sink", _SPEAKER)
        self._pactl("set-default-sink", "rr_speaker")

    def unplug_microphone(self) -> None:
        """Take the microphone away."""
        self._pactl("unload-module", self._module("source_name=rr_mic"))

    def plug_in_microphone(self) -> None:
        """Bring it back, as the default."""
        self._pactl("load-module", "module-remap-source", _MICROPHONE)
        self._pactl("set-default-source", "rr_mic")

    @contextmanager
    def echoing(self, *, delay_ms: int, gain_db: float) -> Generator[None]:
        """Let the microphone hear the loudspeaker, that much later and louder.

        Args:
            delay_ms: What the loop is asked to take; the server's own buffers add some.
            gain_db: Below 0 for an echo that is quieter than the voice.
        """
        module = self._pactl(
            "load-module",
            "module-loopback",
            *("source=rr_speaker.monitor", "sink=rr_mic_in", "adjust_time=0"),
            f"latency_msec={delay_ms}",
        )
        try:
            self._pactl("set-sink-input-volume", self._input_of(module), f"{gain_db}dB")
            yield
        finally:
            self._pactl("unload-module", module)

    @contextmanager
    def looped(self) -> Generator[str]:
        """Add a microphone that hears the loudspeaker at once, and give its name."""
        module = self._pactl(
            *("load-module", "module-remap-source", "source_name=rr_loop"),
            "master=rr_speaker.monitor",
            f"source_properties=\"device.description='{LOOP}'\"",
        )
        try:
            yield LOOP
        finally:
            self._pactl("unload-module", module)

    def kill(self) -> None:
        """End the server as a crash would."""
        self._server.kill()
        self._server.wait()

    def _module(self, argument: str) -> str:
        """Return the number of the module with that argument."""
        for line in self._pactl("list", "short", "modules").splitlines():
            number, _, arguments = line.split("\t")[:3]
            if argument in arguments.split():
                return number
        message = f"the virtual sound server has no module with {argument!r}"
        raise AudioError(message)

    def _input_of(self, module: str) -> str:
        """Return the number of the sink input that a module owns."""
        number = ""
        for line in self._pactl("list", "sink-inputs").splitlines():
            if line.startswith("Sink Input #"):
                number = line.removeprefix("Sink Input #")
            elif line.strip() == f"Owner Module: {module}":
                return number
        message = f"the virtual sound server's module {module} plays nothing"
        raise AudioError(message)

    def _pactl(self, *arguments: str) -> str:
        command = ("pactl", *arguments)
        done = subprocess.run(  # noqa: S603 - a fixed program
            command,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        if done.returncode:
            message = f"pactl {' '.join(arguments)}: {done.stderr.strip()}"
            raise AudioError(message)
        return done.stdout.strip()


@contextmanager
def virtual_audio() -> Generator[VirtualAudio]:
    """Run a sound server of its own, in a folder of its own.

    Raises:
        AudioError: If PulseAudio is not installed or does not start.
    """
    if shutil.which("pulseaudio") is None or shutil.which("pactl") is None:
        message = (
            "virtual sound devices need PulseAudio: apt-get install pulseaudio"
            " pulseaudio-utils"
        )
        raise AudioError(message)
    # A socket's path has at most 107 characters: not below the folder of a test.
    folder = Path(tempfile.mkdtemp(prefix="rr-audio-"))
    try:
        script = _SCRIPT.format(socket=socket_in(folder))
        with sound_server(folder, script) as server:
            sound = VirtualAudio(server, folder)
            try:
                yield sound
            finally:
                sound.hush()
    finally:
        shutil.rmtree(folder)
