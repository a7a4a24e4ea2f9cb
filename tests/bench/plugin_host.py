"""How long it takes to look for plugins, and to load one, in a fresh process."""

import subprocess
import sys
from statistics import median

RUNS = 9
MEASURED = """
import time
began = time.perf_counter()
from realtime_run.plugin.host import Host
imported = time.perf_counter()
host = Host()
host.installed()
listed = time.perf_counter()
host.offer("provider", "echo")
loaded = time.perf_counter()
print(imported - began, listed - imported, loaded - listed)
"""


def main() -> None:
    """Print the medians in milliseconds."""
    runs = [[float(part) * 1000 for part in measured().split()] for _ in range(RUNS)]
    for name, values in zip(
        ("import the host", "read all metadata", "load `echo`"),
        zip(*runs, strict=True),
        strict=True,
    ):
        print(f"{name:20} {median(values):7.1f} ms")


def measured() -> str:
    """Return the seconds of one run, as text."""
    run = subprocess.run(
        [sys.executable, "-c", MEASURED], check=True, capture_output=True, text=True
    )
    return run.stdout


if __name__ == "__main__":
    main()
