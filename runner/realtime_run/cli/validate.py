"""`realtime-run validate`: check a spec without running anything."""

import dataclasses
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from realtime_run.assembly.abilities import contradictions
from realtime_run.core.errors import Problem, SpecError
from realtime_run.plugin.host import Host
from realtime_run.spec.load import load


def validate(spec: str, *, overrides: Sequence[str], as_json: bool) -> int:
    """Print what is wrong with a spec.

    Returns:
        0 if nothing is wrong with it, whatever its provider can do; 1 if it is
        invalid; 2 if there is no such file.
    """
    problems: tuple[Problem, ...]
    try:
        loaded = load(
            Path(spec),
            settings_of=Host().settings_of,
            overrides=overrides,
            environ=os.environ,
        )
        problems = (*loaded.warnings, *contradictions(loaded))
    except SpecError as error:
        problems = error.problems
    wrong = any(problem.severity == "error" for problem in problems)
    if as_json:
        report = {
            "file": spec,
            "ok": not wrong,
            "problems": [dataclasses.asdict(problem) for problem in problems],
        }
        print(json.dumps(report, indent=2, ensure_ascii=False))
    else:
        for problem in problems:
            print(problem, file=sys.stderr)
        if not wrong:
            print(f"{spec}: ok")
    if not wrong:
        return 0
    unreadable = all(p.line is None and p.file == spec for p in problems)
    return 2 if unreadable else 1
