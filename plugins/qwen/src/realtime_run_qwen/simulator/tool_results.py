"""Which calls still wait for the results of their tools."""

from collections.abc import Iterable, Sequence

from realtime_run_openai.simulator.conversation import Entry


def calls_with(call_id: str, entries: Iterable[Entry]) -> Sequence[str]:
    """Return the ids of all calls of the response that made a call; empty: none did."""
    calls: list[str] = []
    for entry in entries:
        if entry.item["type"] == "function_call":
            calls.append(str(entry.item["call_id"]))
        elif call_id in calls:
            break
        else:
            calls = []
    return calls if call_id in calls else ()


def missing(calls: Sequence[str], entries: Iterable[Entry]) -> bool:
    """Return whether any of these calls has no result yet."""
    returned = {
        entry.item["call_id"]
        for entry in entries
        if entry.item["type"] == "function_call_output"
    }
    return not returned.issuperset(calls)
