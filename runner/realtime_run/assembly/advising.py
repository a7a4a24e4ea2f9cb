"""What a provider finds odd in a spec, at its place in the file."""

from realtime_run.assembly.placing import advised
from realtime_run.core.barge_in import lower
from realtime_run.core.errors import Problem
from realtime_run.plugin.api import Advisor, Opening, Provider, ToolDefinition
from realtime_run.session.parts import opening_of
from realtime_run.spec.loaded import LoadedSpec


def advice_on(
    loaded: LoadedSpec, provider: Provider, opening: Opening
) -> tuple[Problem, ...]:
    """Return what a provider has to say before it is used: warnings, and errors.

    Args:
        loaded: The spec.
        provider: The one that it names.
        opening: What a connection would start with.
    """
    if not isinstance(provider, Advisor):
        return ()
    return tuple(advised(loaded, one) for one in provider.advice(opening))


def sketched(loaded: LoadedSpec, provider: Provider) -> Opening:
    """Return what a connection would start with, as far as the spec itself says it.

    No file of the user's is run: each entry of `tools` stands for a tool of that name.
    """
    spec = loaded.spec
    turn = spec.turn.lowered()
    able = provider.capabilities
    return opening_of(
        lower(spec.barge_in.lowered(), turn, able, spec.provider.use),
        turn,
        instructions=spec.instructions,
        tools=tuple(
            ToolDefinition(name=use.use, description="", parameters={})
            for use in spec.tools
        ),
    )
