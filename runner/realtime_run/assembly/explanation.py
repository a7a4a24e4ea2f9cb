"""What applies in a spec, where it came from, and what becomes of it.

The provider is made, to know what it can do; nothing is opened, and no file of the
user's own is run.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from realtime_run.assembly.abilities import refusals
from realtime_run.assembly.advising import advice_on, sketched
from realtime_run.assembly.making import provider_and_audio, vad_name
from realtime_run.assembly.placing import problem_at
from realtime_run.core.barge_in import lower
from realtime_run.core.capabilities import Capabilities
from realtime_run.core.errors import Problem, SpecError
from realtime_run.core.lowerings import Lowering
from realtime_run.core.policy import Policy
from realtime_run.core.turn_detection import Refusal
from realtime_run.plugin.host import Host
from realtime_run.spec.barge_in import shown
from realtime_run.spec.fields import FieldFacts, facts_at
from realtime_run.spec.loaded import LoadedSpec
from realtime_run.spec.masking import MASK
from realtime_run.spec.model import AUTO, LISTED_USES, SINGLE_USES
from realtime_run.spec.plain import is_list, is_mapping
from realtime_run.spec.tree import NAMED, NodePath, lookup, show_path

_PROTECT: NodePath = ("barge_in", "protect")
_NOTHING = (False, "0s")
_WHEN_OFF = ("heard", "tools")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedValue:
    """One value of a spec, as it applies."""

    steps: NodePath
    value: object
    """As a spec writes it, secrets masked."""
    origin: str
    """As `LoadedSpec.origin` gives it; of a secret that is not set, which variable
    would give it."""
    lowered: Lowering | None = None
    """How it is carried out on the provider."""
    refused: tuple[Refusal, ...] = ()
    """Why it cannot be."""
    in_use: bool = True
    """False for what means nothing beside the other values."""

    @property
    def path(self) -> str:
        """The steps as `--set` takes them."""
        return show_path(self.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A spec, value by value."""

    loaded: LoadedSpec
    values: tuple[ExplainedValue, ...]
    problems: tuple[Problem, ...] = ()
    """Why it cannot be run; if a plugin cannot be made, nothing is known of what the
    provider does."""
    warnings: tuple[Problem, ...] = ()
    """What is odd in it, or has to be set before it is run."""

    @property
    def ok(self) -> bool:
        """True if the spec can be run, as far as can be told without running it."""
        return not self.problems and not any(one.refused for one in self.values)


def explained(
    loaded: LoadedSpec, host: Host, absent: Collection[str] = ()
) -> Explanation:
    """Return every value of a spec, and what becomes of it.

    Args:
        loaded: The spec.
        host: The plugins.
        absent: The environment variables that are not set, as `load_without_secrets`
            returns them.
    """
    rows: dict[str, Lowering] = {}
    refused: tuple[Refusal, ...] = ()
    problems: tuple[Problem, ...] = ()
    advice: tuple[Problem, ...] = ()
    try:
        provider, _ = provider_and_audio(loaded.spec, host)
    except SpecError as error:
        problems = error.problems
    else:
        able = provider.capabilities
        refused = refusals(loaded, able)
        if not refused:
            rows = {row.field: row for row in _lowerings(loaded, able, host)}
            advice = advice_on(loaded, provider, sketched(loaded, provider))
            problems = tuple(one for one in advice if one.severity == "error")
    sources = {f"environment {variable}": variable for variable in sorted(absent)}
    values = tuple(_values(loaded, rows, refused))
    unset = [
        _unset(loaded, one, sources[one.origin])
        for one in values
        if one.origin in sources
    ]
    return Explanation(
        loaded=loaded,
        values=tuple(_without_stand_in(one, sources) for one in values),
        problems=problems,
        warnings=(
            *loaded.warnings,
            *unset,
            *(one for one in advice if one.severity != "error"),
        ),
    )


def _unset(loaded: LoadedSpec, one: ExplainedValue, variable: str) -> Problem:
    _, inner = loaded.owner(one.steps)
    plugin = show_path((*one.steps[: -len(inner)], "use"))
    message = f"{one.path} is not set"
    hint = f"set the environment variable {variable} before you run it"
    return problem_at(loaded, plugin, message, hint, severity="warning")


def _without_stand_in(
    one: ExplainedValue, sources: Mapping[str, str]
) -> ExplainedValue:
    variable = sources.get(one.origin)
    if variable is None:
        return one
    return replace(one, value=None, origin=f"{variable}, not set")


def facts_of(loaded: LoadedSpec, steps: NodePath) -> FieldFacts | None:
    """Return what is known of a key, whatever the spec says of it.

    Returns:
        None for an entry of a list or mapping.
    """
    owner, inner = loaded.owner(steps)
    return facts_at(owner, inner) if inner else facts_at(loaded.spec, steps)


def _lowerings(
    loaded: LoadedSpec, able: Capabilities, host: Host
) -> Iterator[Lowering]:
    spec = loaded.spec
    lowered = lower(
        spec.barge_in.lowered(), spec.turn.lowered(), able, spec.provider.use
    )
    yield from lowered.rows
    yield _vad_row(loaded, lowered.policy, host)
    if spec.greeting is not None:
        words = "the model is told to begin so"
        if not able.response_instructions:
            words = "it is sent as a text, as if the user had written it"
        yield Lowering(field="greeting", way="runner", words=words)


def _vad_row(loaded: LoadedSpec, policy: Policy, host: Host) -> Lowering:
    use = loaded.spec.vad
    if not policy.listens:
        return Lowering(field="vad", way="none", words="nothing has to be heard here")
    words = "it hears where the user speaks"
    if use.use == AUTO:
        words = f"`{vad_name(use, host)}` hears where the user speaks"
    return Lowering(field="vad", way="runner", words=words)


def _values(
    loaded: LoadedSpec, rows: Mapping[str, Lowering], refused: Sequence[Refusal]
) -> Iterator[ExplainedValue]:
    off = not loaded.spec.barge_in.lowered().possible
    for steps, value in _leaves(loaded):
        path = show_path(steps)
        row = rows.get(path)
        if steps[:2] == _PROTECT and value not in _NOTHING:
            row = rows.get(show_path(_PROTECT))
        yield ExplainedValue(
            steps=steps,
            value=value,
            origin=_origin(loaded, steps),
            lowered=row,
            refused=tuple(one for one in refused if _is_at(one, steps)),
            in_use=not off or _counts_when_off(steps),
        )


def _counts_when_off(steps: NodePath) -> bool:
    section, *below = steps
    return section != "barge_in" or not below or below[0] in _WHEN_OFF


def _is_at(refusal: Refusal, steps: NodePath) -> bool:
    """Tell whether a refusal is shown at a value: `protect` at its first."""
    if refusal.field == show_path(_PROTECT):
        return steps == (*_PROTECT, "greeting")
    return refusal.field == show_path(steps)


def _origin(loaded: LoadedSpec, steps: NodePath) -> str:
    for inner in ((*steps, "use"), (*steps, NAMED)):
        node = lookup(loaded.root, inner)
        if node is not None:
            return node.span.origin
    try:
        return loaded.origin_at(steps)
    except KeyError:  # it is not written so, but follows from what is
        return _origin(loaded, steps[:-1])


def _leaves(loaded: LoadedSpec) -> Iterator[tuple[NodePath, Any]]:
    for key, value in loaded.effective().items():
        if key == "barge_in":
            yield from _barge_in(loaded, value)
        elif key in SINGLE_USES:
            yield from _use((key,), value)
        elif key in LISTED_USES and value:
            for index, one in enumerate(value):
                yield from _use((key, index), one)
        else:
            yield from _flat((key,), value)


def _use(path: NodePath, value: Mapping[str, Any]) -> Iterator[tuple[NodePath, Any]]:
    yield path, value["use"]
    for key, one in value.items():
        if key != "use":
            yield from _flat((*path, key), one)


def _barge_in(loaded: LoadedSpec, value: Any) -> Iterator[tuple[NodePath, Any]]:
    path: NodePath = ("barge_in",)
    block = loaded.spec.barge_in
    named = lookup(loaded.root, (*path, NAMED)) is not None
    if named or not block.written:
        yield path, MASK if (*path, NAMED) in loaded.placed else block.preset
    keys = value if is_mapping(value) else shown(block.lowered())
    for key, one in keys.items():
        yield from _flat((*path, key), one)


def _flat(path: NodePath, value: Any) -> Iterator[tuple[NodePath, Any]]:
    """Yield what has no keys of its own; a list of such is one value."""
    if is_mapping(value) and value:
        for key, one in value.items():
            yield from _flat((*path, key), one)
    elif is_list(value) and any(is_mapping(one) for one in value):
        for index, one in enumerate(value):
            yield from _flat((*path, index), one)
    else:
        yield path, value
