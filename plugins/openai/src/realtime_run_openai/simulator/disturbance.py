"""What faults have to know of this protocol."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from realtime_run.simulation.disturbance import Disturbance, Habits
from realtime_run_openai.simulator.faults import Faults

_GARBAGE: tuple[str | bytes, ...] = (
    "this is no JSON",
    b"\x00\xff\xfe",
    "[1, 2, 3]",
    '"text"',
    "null",
    "{}",
    '{"type": 7}',
    '{"type": "response.output_audio.delta", "delta": 5}',
    '{"type": "response.done", "response": "done"}',
    '{"type": "session.updated", "session": null}',
    '{"type": "error", "error": []}',
    '{"type": "response.output_audio.delta", "response_id": "r", "delta": "%%%"}',
    '{"type": "conversation.item.added"',
)
_LATE = frozenset(
    {
        "conversation.item.done",
        "response.content_part.added",
        "response.output_item.done",
        "input_audio_buffer.committed",
    }
)


def disturbance(faults: Faults, ready: str) -> Disturbance:
    """Return what applies the faults of one session to its outputs.

    Args:
        faults: What goes wrong.
        ready: The type of the event after which the session can be used.
    """
    habits = Habits(
        kind=_type_of,
        ready=ready,
        done="response.done",
        late=_LATE,
        garbage=_GARBAGE,
        strange=_strange,
        of_size=_of_size,
    )
    return Disturbance(faults, habits)


def _type_of(event: Mapping[str, Any]) -> str:
    return str(event["type"])


def _strange(event: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return (
        {**event, "simulator_extra": {"unknown": [1, None]}},
        {
            "type": "simulator.unknown_event",
            "event_id": f"{event['event_id']}_x",
            "about": event["type"],
        },
    )


def _of_size(size: int) -> str:
    """Return an event that no client knows, `size` bytes long."""
    empty = json.dumps({"type": "simulator.oversized", "padding": ""})
    padding = "x" * max(0, size - len(empty))
    return json.dumps({"type": "simulator.oversized", "padding": padding})
