"""Whether the provider can do what the spec asks for: told before connecting."""

from typing import get_args

from realtime_run.assembly.placing import problem_at
from realtime_run.core.barge_in import lower
from realtime_run.core.capabilities import Capabilities
from realtime_run.core.errors import CapabilityError, Problem
from realtime_run.core.turn_detection import Refusal, TurnField
from realtime_run.spec.loaded import LoadedSpec

_ABLE = Capabilities(
    input_hz=16_000,
    output_hz=16_000,
    video="images",
    turn=frozenset(get_args(TurnField)),
    manual_responses=True,
    manual_turns=True,
    response_instructions=True,
    notes_what_was_heard=True,
)
"""Of a provider that can do everything."""


def check(loaded: LoadedSpec, capabilities: Capabilities) -> None:
    """Compare a spec with what its provider can do.

    Raises:
        CapabilityError: If something cannot be; names every place in the spec.
    """
    if found := _impossible(loaded, capabilities):
        raise CapabilityError("\n".join(map(str, found)))


def contradictions(loaded: LoadedSpec) -> tuple[Problem, ...]:
    """Return what no provider can do of a spec: what is contrary in itself.

    No provider is made for that, so what its own can do is not known.
    """
    return _impossible(loaded, _ABLE)


def _impossible(loaded: LoadedSpec, able: Capabilities) -> tuple[Problem, ...]:
    found = (placed(loaded, one) for one in refusals(loaded, able))
    return tuple(sorted(found, key=_order))


def refusals(loaded: LoadedSpec, able: Capabilities) -> tuple[Refusal, ...]:
    """Return all that a provider cannot do of what a spec asks for.

    Args:
        loaded: The spec.
        able: What its provider can do.
    """
    spec = loaded.spec
    name = spec.provider.use
    found: list[Refusal] = []
    if spec.video.use != "none" and able.video == "none":
        message = f"provider {name!r} takes no video"
        found.append(Refusal(field="video", message=message, hint="say 'video: none'"))
    speaks_first = able.response_instructions or able.text_input
    if spec.greeting is not None and not speaks_first:
        message = f"provider {name!r} cannot be told what to say first"
        hint = "leave it out; write into 'instructions' how to begin"
        found.append(Refusal(field="greeting", message=message, hint=hint))
    lowered = lower(spec.barge_in.lowered(), spec.turn.lowered(), able, name)
    return (*found, *lowered.refusals)


def placed(loaded: LoadedSpec, refusal: Refusal) -> Problem:
    """Return a refusal as a problem in the place of what is refused."""
    return problem_at(loaded, refusal.field, refusal.message, refusal.hint)


def _order(problem: Problem) -> tuple[bool, str, int, int]:
    """Sort as the file does; what does not stand in a file comes last."""
    place = problem.file, problem.line or 0, problem.column or 0
    return (problem.line is None, *place)
