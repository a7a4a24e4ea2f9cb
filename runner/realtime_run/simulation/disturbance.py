"""What faults do to what a service would send. Pure: outputs in, outputs out."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from realtime_run.simulation.outputs import Close, Drop, Message, Output, Raw

Event: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Disturbances:
    """The faults that do not depend on what is said; all off by default."""

    close_code: int | None = None
    close_after: int = 0
    """After how many answers the connection is closed; 0: once it is ready."""
    drop_after: int | None = None
    garbage: bool = False
    out_of_order: bool = False
    oversized: int | None = None
    stall_after: int | None = None
    unknown_event: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What of a protocol has to be known to disturb it."""

    kind: Callable[[Event], str]
    """Names what an event is."""
    ready: str
    """The kind after which a session can be used."""
    done: str
    """The kind that ends an answer."""
    late: frozenset[str]
    """The kinds that come one message late with the fault `out_of_order`."""
    garbage: Sequence[str | bytes]
    strange: Callable[[Event], Sequence[Event]]
    """Returns an event with unknown fields, and unknown events beside it."""
    of_size: Callable[[int], str]
    """Returns a message of so many bytes that no client knows."""


class Disturbance:
    """Applies the faults of one session to its outputs.

    Args:
        faults: What goes wrong.
        habits: What the protocol is like.
    """

    def __init__(self, faults: Disturbances, habits: Habits) -> None:
        self._faults = faults
        self._habits = habits
        self._sent = 0
        self._done = 0
        self._garbage = 0
        self._is_ready = False
        self._has_ended = False
        self._held: list[Output] = []

    def apply(self, outputs: Iterable[Output]) -> tuple[Output, ...]:
        """Return what is sent in place of `outputs`."""
        return tuple(self._limited(self._mixed(self._reordered(outputs))))

    def _kind(self, output: Output) -> str | None:
        return self._habits.kind(output.event) if isinstance(output, Message) else None

    def _reordered(self, outputs: Iterable[Output]) -> Iterator[Output]:
        for output in outputs:
            if self._faults.out_of_order and self._kind(output) in self._habits.late:
                self._held.append(output)
                continue
            yield output
            if isinstance(output, Message):
                yield from self._held
                self._held = []

    def _mixed(self, outputs: Iterable[Output]) -> Iterator[Output]:
        faults, habits = self._faults, self._habits
        for output in outputs:
            if not isinstance(output, Message):
                yield output
                continue
            if faults.unknown_event:
                yield from map(Message, habits.strange(output.event))
            else:
                yield output
            if faults.garbage:
                yield Raw(habits.garbage[self._garbage % len(habits.garbage)])
                self._garbage += 1
            if self._kind(output) == habits.ready and not self._is_ready:
                self._is_ready = True
                if faults.oversized is not None:
                    yield Raw(habits.of_size(faults.oversized))

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
        faults, kind = self._faults, self._kind(output)
        self._done += kind == self._habits.done
        ready = kind == self._habits.ready and faults.close_after == 0
        done = kind == self._habits.done and self._done == faults.close_after
        if faults.close_code is not None and (ready or done):
            self._has_ended = True
            yield Close(faults.close_code, "fault: close")
        if faults.drop_after is not None and self._sent >= faults.drop_after:
            self._has_ended = True
            yield Drop()
