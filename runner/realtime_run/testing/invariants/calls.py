"""Rules for tools: every call begins once, and ends once."""

from collections.abc import Iterator, Sequence

from realtime_run.testing.invariants.record import Record, Violation


def tools(records: Sequence[Record]) -> Iterator[Violation]:
    """A call ends after it began, with a result or an error."""
    open_: dict[str, Record] = {}
    over: set[str] = set()
    for record in records:
        call_id = record.text("tool_call_id")
        if record.type == "tool_start":
            if call_id in open_ or call_id in over:
                yield record.breaks("one-tool-start", f"{call_id!r} had begun already")
            open_[call_id] = record
        elif record.type == "tool_end":
            begun = open_.pop(call_id, None)
            if begun is None:
                yield record.breaks("end-after-start", f"{call_id!r} is not running")
            elif begun.text("tool_name") != record.text("tool_name"):
                yield record.breaks("end-after-start", f"{call_id!r} is another tool")
            if record.flag("success") != (record.fields.get("error") is None):
                yield record.breaks("success-or-error", "success and error disagree")
            over.add(call_id)


def every_tool_ended(records: Sequence[Record]) -> Iterator[Violation]:
    """No call is left running when the session is over."""
    starts = [record for record in records if record.type == "tool_start"]
    ended = {r.text("tool_call_id") for r in records if r.type == "tool_end"}
    for record in starts:
        if record.text("tool_call_id") not in ended:
            yield record.breaks("every-tool-ends", "the call never ended")
