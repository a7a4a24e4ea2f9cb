"""What faults have to know of this protocol."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from realtime_run.simulation.disturbance import Habits

_CONTENT = "serverContent"


def kind_of(event: Mapping[str, Any]) -> str:
    """Return the first member of a message; of a `serverContent` its last one.

    `turnComplete` may stand beside others, and is what counts.
    """
    kind = next(iter(event), "")
    if kind != _CONTENT:
        return kind
    members = tuple(cast("Mapping[str, Any]", event[_CONTENT]))
    return "turnComplete" if "turnComplete" in members else members[-1]


def _strange(event: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    changed = dict(event)
    if _CONTENT in event:
        changed[_CONTENT] = {**event[_CONTENT], "simulatorExtra": [1, None]}
    return (
        {**changed, "simulatorExtra": {"unknown": [1, None]}},
        {"simulatorUnknown": {"about": kind_of(event)}},
    )


def _of_size(size: int) -> str:
    empty = json.dumps({"simulatorOversized": {"padding": ""}})
    padding = "x" * max(0, size - len(empty))
    return json.dumps({"simulatorOversized": {"padding": padding}})


_GARBAGE: tuple[str | bytes, ...] = (
    "this is no JSON",
    b"\x00\xff\xfe",
    "[1, 2, 3]",
    '"text"',
    "null",
    "{}",
    '{"serverContent": 7}',
    '{"serverContent": {"modelTurn": []}}',
    '{"serverContent": {"modelTurn": {"parts": [{"inlineData": {"data": 5}}]}}}',
    '{"serverContent": {"modelTurn": {"parts": "none"}}}',
    '{"serverContent": {"outputTranscription": {"text": 5}}}',
    '{"toolCall": {"functionCalls": "f"}}',
    '{"toolCallCancellation": {"ids": 3}}',
    '{"sessionResumptionUpdate": {"newHandle": 1, "resumable": "yes"}}',
    '{"goAway": {"timeLeft": "soon"}}',
    '{"usageMetadata": {"promptTokenCount": "many"}}',
    '{"serverContent": {"turnComplete"',
)
HABITS = Habits(
    kind=kind_of,
    ready="setupComplete",
    done="turnComplete",
    late=frozenset({"outputTranscription"}),
    garbage=_GARBAGE,
    strange=_strange,
    of_size=_of_size,
)
"""What Gemini Live is like."""
