import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from realtime_run.cli.missing import missing_module

WITHOUT = """
import sys
sys.modules["websockets"] = None
from realtime_run.cli.main import program
program()
"""
SPEC = "provider: {use: openai, api_key: k, transport: websocket}\n"


def raised_in(package: str, missing: str, folder: Path) -> ModuleNotFoundError:
    (folder / f"{package}.py").write_text(f"import {missing}\n", encoding="utf-8")
    with pytest.raises(ModuleNotFoundError) as raised:
        importlib.import_module(package)
    return raised.value


@pytest.mark.parametrize(
    ("package", "missing", "line"),
    [
        (
            "realtime_run_sparrow",
            "no_such_module.inner",
            (
                "realtime-run-sparrow needs the module 'no_such_module', which is not"
                " installed: pip install 'realtime-run[sparrow]'"
            ),
        ),
        ("realtime_run_finch", "realtime_run.no_such_module", None),
        ("somebody_else", "no_such_module", None),
    ],
)
def test_what_is_missing_is_told_with_what_to_install(
    package: str,
    missing: str,
    line: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(tmp_path)

    assert missing_module(raised_in(package, missing, tmp_path)) == line


def test_a_provider_without_its_module_is_a_line_and_no_traceback(
    tmp_path: Path,
) -> None:
    (tmp_path / "agent.yaml").write_text(SPEC, encoding="utf-8")

    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, "agent.yaml"],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr == (
        "realtime-run: error: realtime-run needs the module 'websockets', which is not"
        " installed: pip install realtime-run\n"
    )
