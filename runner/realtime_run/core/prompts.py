"""When the agent speaks without having been spoken to: the greeting, and nudges."""

from msgspec.structs import replace

from realtime_run.core.commands import Command, CreateResponse, SendText
from realtime_run.core.policy import Policy
from realtime_run.core.turn_effects import Send
from realtime_run.core.turn_inputs import GreetingRequested
from realtime_run.core.turn_state import Step, Turns

NUDGE = (
    "The user has been silent for a while. Say one short sentence that helps the"
    " conversation on."
)
NUDGE_WORDS = "Are you still there?"
"""For who follows no instructions, and would say them."""


def greeting_requested(turns: Turns, event: GreetingRequested, policy: Policy) -> Step:
    """Ask for the response that opens the conversation."""
    command: Command = SendText(text=event.text)
    if policy.instructs:
        command = CreateResponse(instructions=event.text)
    return replace(turns, awaiting=True, greeting=True), (Send(command),)


def nudged(turns: Turns, at_ns: int, policy: Policy) -> Step:
    """Ask for a response when all have been silent for long; once per silence."""
    if policy.nudge_after_ms is None:
        return turns, ()
    works = turns.tools_running or turns.remote_calls or turns.down
    if works or turns.voiced or not turns.idle:
        return replace(turns, quiet_ns=None) if turns.quiet_ns else turns, ()
    if turns.quiet_ns is None:
        return replace(turns, quiet_ns=at_ns), ()
    waited_ns = at_ns - turns.quiet_ns
    if turns.nudged or waited_ns < policy.nudge_after_ms * 1_000_000:
        return turns, ()
    command = CreateResponse()
    if policy.instructs:
        command = CreateResponse(instructions=NUDGE, words=NUDGE_WORDS)
    after = replace(turns, awaiting=True, nudged=True, quiet_ns=None)
    return after, (Send(command),)
