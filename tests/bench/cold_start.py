"""How long commands take from the start of the process.

    python tests/bench/cold_start.py

Measured: whole processes, from before they are started until they have ended. "run to
connected" ends when the console says that the conversation is connected. All find the
bytecode of their modules there, as after an installation, and their files in memory.

"simulated" is a conversation with a provider's simulator, which is started in another
process before; "--simulate" starts it in the same.

Targets: `validate` in 250 ms, of the quickstart and of 100 lines; `gemini` and `qwen`
connected in 350 ms to a simulator that is there, as their services are. The rest has
none: "--simulate" is two programs, one started when the other has read the spec.

How to read it: most of each figure is Python and pydantic, which are as fast as the
machine: the ratio to `import pydantic` in the same minute can be compared between
machines, the milliseconds cannot. The commands take turns, so that a busy moment
strikes all of them. "run to connected, local" is mostly pocketsphinx loading its model.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter

from support.figures import heading, load, row

ROOT = Path(__file__).parents[2]
QUICKSTART = ROOT / "configs" / "quickstart.yaml"
PROGRAM = (sys.executable, "-m", "realtime_run")
ROUNDS = 15
RUNS = 5
VALIDATE_MS = 250
CONNECTED_MS = 350
REMOTE = ("openai", "gemini", "qwen")
LINES = 100
Measured = Callable[[tuple[str, ...], dict[str, str]], float]
ECHO = "provider: echo\naudio: none\n"
SIMULATED = "provider: {{use: {name}, {address}}}\naudio: none\nbarge_in: eager\n"


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environ = {**os.environ, "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}
        environ.pop("PYTHONDONTWRITEBYTECODE", None)
        long, echo = folder / "long.yaml", folder / "echo.yaml"
        long.write_text(hundred_lines(), encoding="utf-8")
        echo.write_text(ECHO, encoding="utf-8")
        commands = {
            "python -c pass": (sys.executable, "-c", "pass"),
            "python -c 'import pydantic'": (sys.executable, "-c", "import pydantic"),
            "--help": (*PROGRAM, "--help"),
            "validate quickstart.yaml": (*PROGRAM, "validate", str(QUICKSTART)),
            f"validate, {LINES} lines": (*PROGRAM, "validate", str(long)),
        }
        output = f"audio.output={folder / 'answer.wav'}"
        quiet = ("--set", "handlers=[console]")
        runs = {
            "run to connected, echo": (*PROGRAM, *quiet, str(echo)),
            "run to connected, local (the quickstart)": (
                *PROGRAM,
                *quiet,
                "--set",
                output,
                str(QUICKSTART),
            ),
        }
        print(load())
        ended = in_turns(commands, ROUNDS, to_its_end, environ)
        with ExitStack() as simulators:
            for remote in REMOTE:
                address = simulators.enter_context(simulated(remote, environ))
                spec = folder / f"{remote}.yaml"
                text = SIMULATED.format(name=remote, address=address)
                spec.write_text(text, encoding="utf-8")
                run = (*PROGRAM, *quiet, str(spec))
                runs[f"run to connected, {remote}, simulated"] = run
                runs[f"run to connected, {remote}, --simulate"] = (*run, "--simulate")
            connected = in_turns(runs, RUNS, to_connected, environ)
        heading("from the start of the process", "ms")
        for command, figures in {**ended, **connected}.items():
            row(command, figures, target_of(command))
        pydantic = median(ended["python -c 'import pydantic'"])
        print("\nin units of `python -c 'import pydantic'`")
        for command, figures in {**ended, **connected}.items():
            print(f"{command:46} {median(figures) / pydantic:9.2f}")
        print(load())


def target_of(command: str) -> int | None:
    """Return how many milliseconds a command may take; None: it does not matter."""
    if command.startswith("validate"):
        return VALIDATE_MS
    remote = any(f", {name}, simulated" in command for name in ("gemini", "qwen"))
    return CONNECTED_MS if remote else None


@contextmanager
def simulated(name: str, environ: dict[str, str]) -> Iterator[str]:
    """Serve a simulator, and give the settings that lead to it."""
    transport = ("--transport", "websocket") if name == "openai" else ()
    command = (*PROGRAM, "simulate", name, "--voice", "tones", *transport)
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environ
    ) as process:
        assert process.stdout is not None
        for line in iter(process.stdout.readline, b""):
            if found := re.search(rb"https?://\S+", line):
                break
        else:
            message = f"the simulator of {name} does not start"
            raise SystemExit(message)
        setting = "endpoint" if name == "gemini" else "base_url"
        try:
            yield f"{setting}: '{found[0].decode()}', api_key: simulator"
        finally:
            process.terminate()


def hundred_lines() -> str:
    """Return a spec of so many lines: sections, rules, references, comments."""
    head = [
        "# An agent with many rules.",
        "version: 1",
        "name: ${AGENT_NAME:-operator}",
        "audio: none",
        "barge_in: eager",
        "handlers:",
        "  - {use: console, plain: true}",
        "session:",
        "  quiet: 2s",
        "  reconnect: {max_attempts: 3}",
        "provider:",
        "  use: local",
        "  vad: {silence: 400ms, pre_roll: 200ms}",
        "  brain:",
        "    use: rules",
        "    replies:",
    ]
    rules = [
        line
        for number in range((LINES - len(head)) // 2)
        for line in (
            f'      - when: "(put|connect) me [please] to {{name}} at desk {number}"',
            f'        say: "One moment, {{name}} is at desk {number}."',
        )
    ]
    return "\n".join(head + rules) + "\n"


def in_turns(
    commands: dict[str, tuple[str, ...]],
    rounds: int,
    measured: Measured,
    environ: dict[str, str],
) -> dict[str, list[float]]:
    """Return the milliseconds of each command; the first round counts for nothing."""
    figures: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds + 1):
        for name, command in commands.items():
            figures[name].append(measured(command, environ) * 1000)
    return {name: taken[1:] for name, taken in figures.items()}


def to_its_end(command: tuple[str, ...], environ: dict[str, str]) -> float:
    """Return how long a command took, in seconds."""
    began = perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environ)
    return perf_counter() - began


def to_connected(command: tuple[str, ...], environ: dict[str, str]) -> float:
    """Return when the console said that it is connected, in seconds; and end it."""
    began = perf_counter()
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environ,
    ) as process:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, b"")
        connected = any(line.startswith(b"connected to ") for line in lines)
        took = perf_counter() - began
        process.send_signal(signal.SIGTERM)
    if not connected:
        message = f"it did not connect: {' '.join(command)}"
        raise SystemExit(message)
    return took


if __name__ == "__main__":
    main()
