"""`realtime-run explain`: what applies, where it came from, and what becomes of it."""

import dataclasses
import json
import os
import shutil
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from realtime_run.assembly.absent import load_without_secrets
from realtime_run.assembly.explanation import (
    ExplainedValue,
    Explanation,
    explained,
    facts_of,
)
from realtime_run.cli.explained_text import section, table
from realtime_run.core.errors import RealtimeRunError
from realtime_run.plugin.host import Host

REFUSED = 1
"""The provider cannot do what the spec asks for."""
_USE = ".use"


def explain(
    spec: str, path: str | None, *, overrides: Sequence[str], as_json: bool
) -> int:
    """Print what a spec says, value by value.

    Args:
        spec: The spec's file.
        path: A key such as `barge_in.min_speech`, or a section; None for all.
        overrides: As with `--set`.
        as_json: Print JSON, for tools.

    Returns:
        0 if it can be run so, 1 if its provider cannot do what it asks for.

    Raises:
        RealtimeRunError: If it cannot be read, or has no such key.
    """
    host = Host()
    loaded, absent = load_without_secrets(
        Path(spec), host=host, overrides=overrides, environ=os.environ
    )
    explanation = explained(loaded, host, absent)
    values = _chosen(explanation, path)
    if as_json:
        print(json.dumps(_report(explanation, values), indent=2, ensure_ascii=False))
    elif path is None:
        width = shutil.get_terminal_size().columns
        print(table(values, width))
    else:
        width = shutil.get_terminal_size().columns
        print(section(explanation, _without_use(path), values, width))
    for problem in (*explanation.problems, *explanation.warnings):
        print(problem, file=sys.stderr)
    return 0 if explanation.ok else REFUSED


def _without_use(path: str) -> str:
    return path.removesuffix(_USE)


def _chosen(explanation: Explanation, path: str | None) -> list[ExplainedValue]:
    if path is None:
        return [one for one in explanation.values if one.in_use]
    wanted = _without_use(path)
    found = [
        one
        for one in explanation.values
        if one.path == wanted or one.path.startswith((f"{wanted}.", f"{wanted}["))
    ]
    exact = [one for one in found if one.path in {path, wanted}]
    if not found:
        raise _unknown(explanation, path)
    return found if len(found) > 1 or not exact else exact


def _unknown(explanation: Explanation, path: str) -> RealtimeRunError:
    known: dict[str, None] = {}
    for one in explanation.values:
        steps = one.path.replace("[", ".[").split(".")
        for length in range(1, len(steps) + 1):
            known[".".join(steps[:length]).replace(".[", "[")] = None
    near = get_close_matches(path, known, n=1)
    message = f"{explanation.loaded.file}: error: there is no key {path!r} in it"
    return RealtimeRunError(
        f"{message}; did you mean {near[0]!r}?" if near else message
    )


def _report(
    explanation: Explanation, values: Sequence[ExplainedValue]
) -> dict[str, object]:
    return {
        "file": str(explanation.loaded.file),
        "provider": explanation.loaded.spec.provider.use,
        "ok": explanation.ok,
        "values": [_row(explanation, one) for one in values],
        "problems": [
            dataclasses.asdict(one)
            for one in (*explanation.problems, *explanation.warnings)
        ],
    }


def _row(explanation: Explanation, one: ExplainedValue) -> dict[str, object]:
    facts = facts_of(explanation.loaded, one.steps)
    row: dict[str, object] = {
        "path": one.path,
        "value": one.value,
        "origin": one.origin,
        "lowered": None,
        "refused": [
            {"message": refusal.message, "hint": refusal.hint}
            for refusal in one.refused
        ],
    }
    if one.lowered is not None:
        row["lowered"] = {"way": one.lowered.way, "words": one.lowered.words}
    if facts is not None:
        row |= {
            "type": facts.type,
            "doc": facts.doc,
            "required": facts.required,
            "default": facts.default,
            "variable": facts.variable,
        }
    return row
