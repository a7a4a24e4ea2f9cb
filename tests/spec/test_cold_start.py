"""Reading a spec imports nothing that is heavy."""

import subprocess
import sys

PROGRAM = """
import sys
from pathlib import Path
from realtime_run.core.errors import PluginError
from realtime_run.spec.load import load_bytes
from realtime_run.spec.values import Settings

def settings_of(kind, name):
    return Settings

load_bytes(b"provider: echo\\n", Path("a.yaml"), settings_of=settings_of, environ={})
heavy = ("numpy", "asyncio", "av", "rich", "pluggy", "difflib")
print([name for name in heavy if name in sys.modules])
"""


def test_reading_a_spec_imports_nothing_heavy() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        text=True,
        timeout=9,
        check=True,
    )

    assert done.stdout.strip() == "[]"
