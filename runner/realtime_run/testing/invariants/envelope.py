"""Rules for the stream as a whole: its stamps, its connections, its end."""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import Any, get_type_hints

from pydantic import ConfigDict, TypeAdapter, ValidationError

from realtime_run.core.events import EVENT_TYPES
from realtime_run.testing.invariants.record import Record, Violation

_CONNECTED = "realtime_connected"
_DISCONNECTED = "realtime_disconnected"
_ENDED = "session_ended"
_MAY_PRECEDE = frozenset(
    {"realtime_error", "handler_failed", "handler_lagged", _ENDED, _DISCONNECTED}
)


def stamps(records: Sequence[Record]) -> Iterator[Violation]:
    """Every event is of a known type, with all stamps, and ids of its own."""
    seen: set[str] = set()
    for record in records:
        if record.type not in EVENT_TYPES:
            yield record.breaks("known-type", "there is no such event")
        for name in ("event_id", "session_id", "provider"):
            if not record.text(name):
                yield record.breaks("stamped", f"{name} is empty")
        if record.text("event_id") in seen:
            yield record.breaks("unique-ids", "another event has its event_id")
        seen.add(record.text("event_id"))


def continuity(records: Sequence[Record]) -> Iterator[Violation]:
    """All events are of one session, and none is earlier than the one before."""
    for before, record in pairwise(records):
        for name in ("session_id", "provider"):
            if record.text(name) != before.text(name):
                yield record.breaks("one-session", f"{name} is another one")
        if record.whole("monotonic_ns") < before.whole("monotonic_ns"):
            yield record.breaks("time-goes-on", "it is earlier than the one before")


def types(records: Sequence[Record]) -> Iterator[Violation]:
    """Every field of a live event holds what its annotation says."""
    for record in records:
        if record.event is None:
            continue  # a file tells only what JSON can hold
        for name, adapter in _adapters(record.event.type).items():
            try:
                adapter.validate_python(record.fields[name], strict=True)
            except ValidationError as error:
                problem = error.errors(include_url=False)[0]["msg"]
                yield record.breaks("field-types", f"{name}: {problem}")


@cache
def _adapters(type_: str) -> dict[str, TypeAdapter[Any]]:
    kind = EVENT_TYPES[type_]
    hints = get_type_hints(kind)
    adapters: dict[str, TypeAdapter[Any]] = {}
    for name in kind.__struct_fields__:
        hint = hints[name]
        own = hasattr(hint, "__dataclass_fields__")
        config = None if own else ConfigDict(arbitrary_types_allowed=True)
        adapters[name] = TypeAdapter(hint, config=config)
    return adapters


def connections(records: Sequence[Record]) -> Iterator[Violation]:
    """Connected and disconnected take turns, and nothing comes before the first."""
    connected = ever = False
    for record in records:
        if record.type in (_CONNECTED, _DISCONNECTED):
            if connected == (record.type == _CONNECTED):
                state = "connected" if connected else "not connected"
                yield record.breaks("connections-alternate", f"it was {state}")
            connected = not connected
        if record.type == _CONNECTED:
            yield from _connected(record, ever=ever)
            ever = True
        elif not ever and record.type not in _MAY_PRECEDE:
            yield record.breaks("connected-first", "nothing was connected yet")


def _connected(record: Record, *, ever: bool) -> Iterator[Violation]:
    if record.flag("resumed") != ever:
        yield record.breaks("resumed", f"resumed is {not ever}, and wrong")
    if record.whole("attempt") < 1:
        yield record.breaks("attempt", "attempts are counted from 1")


def end(records: Sequence[Record]) -> Iterator[Violation]:
    """The last event, and only that, tells that the session ended."""
    connected = False
    for record in records:
        connected = (connected or record.type == _CONNECTED) and (
            record.type != _DISCONNECTED
        )
        last = record.index == len(records) - 1
        if (record.type == _ENDED) != last:
            what = "nothing may follow it" if not last else "the end is missing"
            yield record.breaks("ended-last", what)
        elif last and connected:
            yield record.breaks("ended-last", "its connection was never disconnected")
