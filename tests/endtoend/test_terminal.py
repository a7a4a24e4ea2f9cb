"""The program at a real terminal, with a shell that has job control around it."""

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    not Path("/dev/ptmx").exists(), reason="needs pseudo-terminals"
)

PATIENCE_S = 6.0
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
AGENT = "provider: echo\nsession: {quiet: 100ms}\n"
FILE = "provider: echo\naudio: {use: file, input: quiet.raw}\n"
SHELL = """
exec <{tty} >{tty} 2>&1
set -m
echo "before $(stty -g)"
{program}
echo "code $?"
echo "after $(stty -g)"
{then}
"""


class Shell:
    """A shell on a terminal of its own, which runs the program."""

    def __init__(
        self, folder: Path, *arguments: str, then: str = "", **env: str
    ) -> None:
        self.master, self._slave = os.openpty()
        self.resize(80)
        tty = os.ttyname(self._slave)
        program = f"{sys.executable} -m realtime_run {' '.join(arguments)}"
        clean = {
            k: v for k, v in os.environ.items() if k not in {"NO_COLOR", "COLUMNS"}
        }
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", SHELL.format(tty=tty, program=program, then=then)],
            cwd=folder,
            env={**clean, "TERM": "xterm-256color", **env},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.output = ""

    def resize(self, columns: int) -> None:
        size = struct.pack("HHHH", 24, columns, 0, 0)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, size)

    def press(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def until(self, pattern: str, *, after: str = "") -> "re.Match[str]":
        """Read until a pattern stands in what came behind `after`."""
        end = time.monotonic() + PATIENCE_S
        while True:
            behind = COLOURS.sub("", self.output)
            if after:
                behind = behind.partition(after)[2]
            if found := re.search(pattern, behind):
                return found
            left_s = end - time.monotonic()
            if left_s <= 0 or not select.select([self.master], [], [], left_s)[0]:
                pytest.fail(f"never said {pattern!r}: {self.output!r}")
            try:
                self.output += os.read(self.master, 65536).decode("utf-8", "replace")
            except OSError:
                pytest.fail(f"ended without {pattern!r}: {self.output!r}")

    def restored(self) -> str:
        """Wait for the end, and return its code, if the terminal is as it was."""
        code = self.until(r"code (\d+)").group(1)
        before = self.until(r"before (\S+)").group(1)
        after = self.until(r"after (\S+)").group(1)
        assert after == before
        assert self.output.count("\x1b[?2004h") == self.output.count("\x1b[?2004l")
        return code

    def takes_single_keys(self) -> bool:
        return not termios.tcgetattr(self.master)[3] & termios.ICANON

    def pid(self) -> int:
        """The program's process id: that of the job in the foreground."""
        return os.tcgetpgrp(self.master)

    def close(self) -> None:
        os.close(self.master)  # hangs up
        os.close(self._slave)
        self.process.wait(5)


@pytest.fixture
def shells(tmp_path: Path) -> Iterator[list[Shell]]:
    (tmp_path / "agent.yaml").write_text(AGENT, encoding="utf-8")
    (tmp_path / "file.yaml").write_text(FILE, encoding="utf-8")
    (tmp_path / "quiet.raw").write_bytes(bytes(32_000 * 60))
    # Whoever runs these tests by nohup, or in the background, has these ignored.
    ending = (signal.SIGHUP, signal.SIGQUIT)
    before = {number: signal.signal(number, signal.SIG_DFL) for number in ending}
    started: list[Shell] = []
    yield started
    for shell in started:
        shell.close()
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_line_is_edited_sent_and_brought_back(
    shells: list[Shell], tmp_path: Path
) -> None:
    shell = Shell(tmp_path, "agent.yaml")
    shells.append(shell)
    shell.until(r"connected to echo\r\n> ")

    shell.press("one twi\x7fo thee\x1b[D\x1b[Dr\r")
    shell.until("you: one two three\r\n")
    shell.until("agent: one two three\r\n> ")
    shell.press("\x1b[A!\r")
    shell.until("agent: one two three!\r\n> ")
    shell.press("\x04")

    assert shell.restored() == "0"


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGTERM, "143"), (signal.SIGHUP, "129"), (signal.SIGQUIT, "131")],
)
def test_a_signal_leaves_the_terminal_as_it_was(
    shells: list[Shell], tmp_path: Path, number: signal.Signals, code: str
) -> None:
    shell = Shell(tmp_path, "file.yaml")
    shells.append(shell)
    shell.until("connected to echo")
    shell.until("Enter")
    assert shell.takes_single_keys()

    os.kill(shell.pid(), number)

    assert shell.restored() == code


def test_ctrl_c_is_still_the_signal(shells: list[Shell], tmp_path: Path) -> None:
    shell = Shell(tmp_path, "file.yaml")
    shells.append(shell)
    shell.until("Enter")

    shell.press("half a line\x03")

    assert shell.restored() == "130"


def test_an_exit_at_once_leaves_the_terminal_as_it_was(
    shells: list[Shell], tmp_path: Path
) -> None:
    (tmp_path / "stuck.py").write_text(
        "import time\n\ndef on_connected(event):\n    time.sleep(600)\n",
        encoding="utf-8",
    )
    shell = Shell(tmp_path, "file.yaml", "--set", "'handlers=[./stuck.py,console]'")
    shells.append(shell)
    shell.until("Enter")
    pid = shell.pid()
    threads = Path(f"/proc/{pid}/task")
    before = len(list(threads.iterdir()))

    os.kill(pid, signal.SIGINT)
    while len(list(threads.iterdir())) == before:
        pass  # a thread tells that the first has arrived
    os.kill(pid, signal.SIGTERM)

    assert shell.restored() == "130"


def test_a_failing_session_leaves_the_terminal_as_it_was(
    shells: list[Shell], tmp_path: Path
) -> None:
    shell = Shell(tmp_path, "agent.yaml", "--set", "'audio={use: file, input: q.wav}'")
    shells.append(shell)
    (tmp_path / "q.wav").write_bytes(b"no sound")

    assert shell.restored() == "2"


def test_ctrl_z_hands_the_terminal_to_the_shell_and_fg_takes_it_back(
    shells: list[Shell], tmp_path: Path
) -> None:
    shell = Shell(
        tmp_path, "file.yaml", then='echo "resuming"; fg; echo "last $(stty -g)"'
    )
    shells.append(shell)
    shell.until("Enter")
    shell.press("half a")
    shell.until("half a")

    shell.press("\x1a")
    before = shell.until(r"before (\S+)").group(1)
    stopped = shell.until(r"after (\S+)").group(1)
    shell.until("half a", after="resuming")
    shell.press(" line\r")
    shell.until("you: half a line")
    shell.press("\x03")

    assert stopped == before
    assert shell.until(r"last (\S+)").group(1) == before


def test_the_view_fits_the_terminal_when_its_size_changes(
    shells: list[Shell], tmp_path: Path
) -> None:
    shell = Shell(tmp_path, "file.yaml")
    shells.append(shell)
    shell.until("─{80}")

    shell.resize(50)
    shell.until("(?<!─)─{50}(?!─)")
    shell.press("\x03")

    assert shell.restored() == "130"


def test_the_space_bar_talks_where_the_spec_says_so(
    shells: list[Shell], tmp_path: Path
) -> None:
    shell = Shell(tmp_path, "file.yaml", "--set", "turn.end=push_to_talk")
    shells.append(shell)
    shell.until("hold space to talk, or tap it to begin and end; or type")
    shell.until("connected to echo")
    shell.until("hold space to talk", after="connected")

    shell.press(" ")
    shell.until("user talking")
    shell.press("\x03")

    assert shell.restored() == "130"


def test_without_a_console_the_line_is_shown_all_the_same(
    shells: list[Shell], tmp_path: Path
) -> None:
    (tmp_path / "mine.py").write_text(
        "def on_agent_speech_transcription(event):\n"
        "    if event.mode == 'final':\n"
        "        print('heard', event.text, flush=True)\n",
        encoding="utf-8",
    )
    shell = Shell(tmp_path, "agent.yaml", "--set", "handlers=[./mine.py]")
    shells.append(shell)
    shell.until("\\?2004h")

    shell.press("hel")
    shell.until("> hel")
    shell.press("lo\r")
    shell.until("> hello\r\n")
    shell.until("heard hello")
    shell.press("\x04")

    assert shell.restored() == "0"


def test_a_dumb_terminal_echoes_by_itself(shells: list[Shell], tmp_path: Path) -> None:
    shell = Shell(tmp_path, "agent.yaml", TERM="dumb")
    shells.append(shell)
    shell.until("connected to echo")
    assert not shell.takes_single_keys()

    shell.press("hello\n")
    shell.until("agent: hello")
    shell.press("\x04")

    assert shell.restored() == "0"
    assert "\x1b" not in shell.output
