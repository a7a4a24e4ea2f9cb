"""What holds for the events of every conversation, whoever the provider is.

`violations` takes the events of a session, as a handler saw them or as the `jsonl`
handler wrote them, and returns the rules of the contract that they break:

* stamps: every event has its ids, of one session, and time never goes back;
* connections: connected and disconnected take turns, the end is told last;
* epochs: +1 for each interruption, and no output of an older one after it;
* responses: each begins once, is complete once, has one final transcript and falls
  silent once, and was not played further than it was received;
* tools: each call begins once, and ends once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from realtime_run.core.events import RealtimeEvent
from realtime_run.testing.invariants.calls import every_tool_ended, tools
from realtime_run.testing.invariants.envelope import (
    connections,
    continuity,
    end,
    stamps,
    types,
)
from realtime_run.testing.invariants.record import Record, Violation, record_of
from realtime_run.testing.invariants.user import user
from realtime_run.testing.invariants.voice import voice

__all__ = ["Violation", "violations"]

_Rule = Callable[[Sequence[Record]], Iterator[Violation]]
_ALWAYS: tuple[_Rule, ...] = (
    stamps,
    continuity,
    types,
    connections,
    voice,
    user,
    tools,
)
_OF_A_WHOLE_SESSION: tuple[_Rule, ...] = (end, every_tool_ended)


def violations(
    events: Iterable[RealtimeEvent | Mapping[str, object]], *, ended: bool = True
) -> tuple[Violation, ...]:
    """Return what is wrong with a stream of events, in the order of the events.

    Args:
        events: All events of one session, in order; or the lines of a file that the
            `jsonl` handler wrote, each parsed by `json.loads`. What a handler did not
            want, or lost because it was too slow, is missed here as well.
        ended: Whether the session is over, and its end is to be seen too.
    """
    records = [record_of(index, event) for index, event in enumerate(events)]
    rules = _ALWAYS + (_OF_A_WHOLE_SESSION if ended else ())
    found = [violation for rule in rules for violation in rule(records)]
    return tuple(sorted(found, key=lambda violation: violation.index))
