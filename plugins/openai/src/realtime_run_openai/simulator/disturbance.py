"""What faults do to what the service would send. Pure: outputs in, outputs out."""

import json
from collections.abc import Iterable, Iterator

from realtime_run.simulation.outputs import (
    Close,
    Drop,
    Message,
    Output,
    Raw,
)
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
"""What comes one message late with the fault `out_of_order`."""


class Disturbance:
    """Applies the faults of one session to its outputs.

    Args:
        faults: What goes wrong.
        ready: The type of the event after which the session can be used.
    """

    def __init__(self, faults: Faults, ready: str) -> None:
        self._faults = faults
        self._ready = ready
        self._sent = 0
        self._done = 0
        self._garbage = 0
        self._is_ready = False
        self._has_ended = False
        self._held: list[Output] = []

    def apply(self, outputs: Iterable[Output]) -> tuple[Output, ...]:
        """Return what is sent in place of `outputs`."""
        return tuple(self._limited(self._mixed(self._reordered(outputs))))

    def _reordered(self, outputs: Iterable[Output]) -> Iterator[Output]:
        for output in outputs:
            if self._faults.out_of_order and _type_of(output) in _LATE:
                self._held.append(output)
                continue
            yield output
            if isinstance(output, Message):
                yield from self._held
                self._held = []

    def _mixed(self, outputs: Iterable[Output]) -> Iterator[Output]:
        faults = self._faults
        for output in outputs:
            if not isinstance(output, Message):
                yield output
                continue
            yield from self._strange(output) if faults.unknown_event else (output,)
            if faults.garbage:
                yield Raw(_GARBAGE[self._garbage % len(_GARBAGE)])
                self._garbage += 1
            if _type_of(output) == self._ready and not self._is_ready:
                self._is_ready = True
                if faults.oversized is not None:
                    yield Raw(_of_size(faults.oversized))

    def _strange(self, output: Message) -> Iterator[Output]:
        yield Message({**output.event, "simulator_extra": {"unknown": [1, None]}})
        yield Message(
            {
                "type": "simulator.unknown_event",
                "event_id": f"{output.event['event_id']}_x",
                "about": _type_of(output),
            }
        )

    def _limited(self, outputs: Iterable[Output]) -> Iterator[Output]:
        faults = self._faults
        for output in outputs:
            if self._has_ended:
                return
            is_message = isinstance(output, Message | Raw)
            if faults.stall_after is not None and self._sent >= faults.stall_after:
                if not is_message:
                    yield output
                continue
            yield output
            self._sent += is_message
            yield from self._ended(output)

    def _ended(self, output: Output) -> Iterator[Output]:
        faults, kind = self._faults, _type_of(output)
        self._done += kind == "response.done"
        ready = kind == self._ready and faults.close_after == 0
        done = kind == "response.done" and self._done == faults.close_after
        if faults.close_code is not None and (ready or done):
            self._has_ended = True
            yield Close(faults.close_code, "fault: close")
        if faults.drop_after is not None and self._sent >= faults.drop_after:
            self._has_ended = True
            yield Drop()


def _type_of(output: Output) -> str | None:
    return str(output.event["type"]) if isinstance(output, Message) else None


def _of_size(size: int) -> str:
    """Return an event that no client knows, `size` bytes long."""
    empty = json.dumps({"type": "simulator.oversized", "padding": ""})
    padding = "x" * max(0, size - len(empty))
    return json.dumps({"type": "simulator.oversized", "padding": padding})
