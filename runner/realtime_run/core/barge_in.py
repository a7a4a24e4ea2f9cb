"""Whether the user's speech interrupts the agent, given what the provider can do."""

from typing import Literal, TypeAlias

from msgspec import Struct

from realtime_run.core.capabilities import Capabilities
from realtime_run.core.errors import CapabilityError

BargeIn: TypeAlias = Literal["eager", "off"]
"""eager: the first sound of the user silences the agent. off: nothing does, except
`Realtime.interrupt()`."""


class Policy(Struct, frozen=True, kw_only=True):
    """What `turns.step` does when the user speaks, in terms of one provider."""

    interruptible: bool
    """The user's speech interrupts the agent."""
    provider_cancels: bool
    """The provider stops its response by itself then: no `CancelResponse` is needed."""
    cancel: bool
    truncate: bool


def policy_for(barge_in: BargeIn, capabilities: Capabilities) -> Policy:
    """Return how `barge_in` is carried out on a provider.

    Raises:
        CapabilityError: If the provider cannot do it.
    """
    if barge_in == "off" and not capabilities.can_disable_interrupt:
        message = (
            "barge_in 'off' cannot be: this provider always lets itself be interrupted"
        )
        raise CapabilityError(message)
    return Policy(
        interruptible=barge_in == "eager",
        provider_cancels=capabilities.cancels_on_speech,
        cancel=capabilities.cancel,
        truncate=capabilities.truncate,
    )
