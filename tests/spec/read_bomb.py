"""Reads a spec from the standard input.

Prints the processor seconds that took and the process's peak memory in MiB. Run by a
test, in a process of its own.
"""

import sys
import time
from pathlib import Path

from realtime_run.core.errors import PluginError, SpecError
from realtime_run.plugin.settings import Settings
from realtime_run.spec.load import load_bytes
from realtime_run.spec.model import PluginKind


def no_plugin(kind: PluginKind, name: str) -> type[Settings]:
    message = f"no {kind} plugin '{name}'"
    raise PluginError(message)


def main() -> None:
    raw = sys.stdin.buffer.read()
    start = time.process_time()
    try:
        load_bytes(
            raw, Path("a.yaml"), settings_of=no_plugin, environ={"A": "x" * 1000}
        )
    except SpecError as error:
        shown = str(error)
    else:
        shown = ""
    took = time.process_time() - start
    assert 0 < len(shown) < 200_000
    # Not getrusage: its peak begins with that of the process that started this one.
    status = Path("/proc/self/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    print(took, int(peak.split()[1]) / 1024)  # noqa: T201 - read by the test


if __name__ == "__main__":
    main()
