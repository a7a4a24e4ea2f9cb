"""A private PulseAudio server: no sound card, no session bus, no user."""

import os
import subprocess
import threading
from collections import deque
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from realtime_run.core.errors import AudioError

START_S = 8.0
END_S = 2.0
_READY = "Daemon startup complete"


@contextmanager
def sound_server(folder: Path, script: str) -> Generator["subprocess.Popen[str]"]:
    """Run a server in a folder of its own until the context ends.

    Args:
        folder: Empty; keeps its files and its socket, see `socket_in`.
        script: What it is told first, in PulseAudio's own words.

    Raises:
        AudioError: If it does not start, or refuses the script.
    """
    file = folder / "virtual.pa"
    file.write_text(script, encoding="utf-8")
    (folder / "home").mkdir()
    command = (
        *("pulseaudio", "-n", "-F", str(file), "--daemonize=no"),
        *("--exit-idle-time=-1", "--use-pid-file=no", "--realtime=no"),
        *("--high-priority=no", "--log-target=stderr", "--log-level=info"),
    )
    with subprocess.Popen(  # noqa: S603 - a fixed program
        command, env=environment_of(folder), stderr=subprocess.PIPE, text=True
    ) as server:
        log = _Log(server)
        reader = threading.Thread(target=log.read)
        reader.start()
        try:
            if not (log.told.wait(START_S) and log.ready):
                lines = "\n  ".join(log.lines)
                message = f"PulseAudio does not start:\n  {lines}"
                raise AudioError(message)
            yield server
        finally:
            server.terminate()
            try:
                server.wait(END_S)
            except subprocess.TimeoutExpired:
                server.kill()
            reader.join()


class _Log:
    """What the server says of itself."""

    def __init__(self, server: "subprocess.Popen[str]") -> None:
        self._server = server
        self.lines: deque[str] = deque(maxlen=20)
        self.ready = False
        self.told = threading.Event()
        """It is ready, or has ended."""

    def read(self) -> None:
        """Read to the end, lest the server waits for room to write."""
        for line in self._server.stderr or ():
            self.lines.append(line.strip())
            if _READY in line:
                self.ready = True
                self.told.set()
        self.told.set()


def socket_in(folder: Path) -> Path:
    """Return where the server of a folder is to be reached."""
    return folder / "socket"


def environment_of(folder: Path) -> dict[str, str]:
    """Return the variables by which a program finds that server and no other."""
    others = {k: v for k, v in os.environ.items() if not k.startswith("PULSE_")}
    return others | {
        "HOME": str(folder / "home"),
        "LC_ALL": "C.UTF-8",
        "PULSE_RUNTIME_PATH": str(folder / "runtime"),
        "PULSE_SERVER": f"unix:{socket_in(folder)}",
        "PULSE_STATE_PATH": str(folder / "state"),
        "XDG_RUNTIME_DIR": str(folder),
    }
