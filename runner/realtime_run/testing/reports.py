"""What holds for the reports of every connection, before any session sees them.

A session forgives much: output of a response that was never told of, ends that come
twice. What it forgives is a bug of the provider all the same, and found here.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from realtime_run.core.pcm import BYTES_PER_SAMPLE
from realtime_run.core.provider_events import (
    AgentTranscript,
    AudioOutput,
    ItemChanged,
    ProviderEvent,
    ResponseDone,
    ResponseStarted,
    ResponseText,
    SpeechEnded,
    SpeechStarted,
    ToolCalled,
    UserTranscript,
)


@dataclass(slots=True)
class _Told:
    """What a connection told so far."""

    open: set[str] = field(default_factory=set[str])
    """The responses that began and are not done."""
    done: set[str] = field(default_factory=set[str])
    finals: set[str] = field(default_factory=set[str])
    """The responses whose transcript was closed."""
    calls: set[str] = field(default_factory=set[str])
    items: set[str] = field(default_factory=set[str])
    """The user's items whose transcript was closed."""
    speaking: bool = False


def misreports(
    reports: Iterable[ProviderEvent], *, finished: bool = True
) -> tuple[str, ...]:
    """Return what is wrong with the reports of one connection, a sentence each.

    Args:
        reports: What `Connection.receive` returned, in order.
        finished: Whether every response had the time to be done.
    """
    told = _Told()
    found: list[str] = []
    for report in reports:
        problems = _check(told, report)
        found += (f"{type(report).__name__}: {problem}" for problem in problems)
    if finished:
        found += (f"ResponseDone never came for {name!r}" for name in sorted(told.open))
    return tuple(found)


def _check(told: _Told, report: ProviderEvent) -> Iterator[str]:
    match report:
        case ResponseStarted(response_id=name):
            if not name:
                yield "response_id is empty"
            told.open.add(name)
        case ResponseDone(response_id=name):
            if name in told.done and name not in told.open:
                yield f"{name!r} was done already"
            elif name not in told.open:
                yield f"{name!r} was never started"
            told.open.discard(name)
            told.done.add(name)
        case AudioOutput() | AgentTranscript() | ResponseText() | ToolCalled():
            yield from _check_output(told, report)
        case _:
            yield from _check_user(told, report)


def _check_output(
    told: _Told, report: AudioOutput | AgentTranscript | ResponseText | ToolCalled
) -> Iterator[str]:
    name = report.response_id
    # What was under way when the user spoke may come late, and is dropped.
    late = name in told.done and isinstance(report, AudioOutput)
    if name not in told.open and not late:
        past = "was done already" if name in told.done else "was never started"
        yield f"output of {name!r}, which {past}"
    match report:
        case AudioOutput(pcm=pcm) if not pcm or len(pcm) % BYTES_PER_SAMPLE:
            yield f"{len(pcm)} bytes are no samples"
        case AgentTranscript():
            if name in told.finals:
                yield f"the transcript of {name!r} was closed already"
            if report.mode == "final":
                told.finals.add(name)
        case ToolCalled(call_id=call_id):
            if not call_id or call_id in told.calls:
                yield f"call_id {call_id!r} is empty or was used already"
            told.calls.add(call_id)
        case _:
            pass


def _check_user(told: _Told, report: ProviderEvent) -> Iterator[str]:
    match report:
        case SpeechStarted():
            told.speaking = True
        case SpeechEnded():
            if not told.speaking:
                yield "nobody was speaking"
            told.speaking = False
        case UserTranscript(item_id=item_id, mode=mode) if item_id is not None:
            if item_id in told.items:
                yield f"the transcript of {item_id!r} was closed already"
            if mode == "final":
                told.items.add(item_id)
        case ItemChanged(item_id=""):
            yield "item_id is empty"
        case _:
            pass
