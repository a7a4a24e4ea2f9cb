"""Hides secrets in what a session tells of itself.

What people and models say is left as it was said: it is not the runner's to change.
"""

from typing import TYPE_CHECKING, cast

from msgspec.structs import replace

from realtime_run.core.events import (
    Event,
    RealtimeConnectedEvent,
    RealtimeDisconnectedEvent,
    RealtimeErrorEvent,
    SessionEndedEvent,
)
from realtime_run.spec.masking import mask_long
from realtime_run.spec.plain import is_mapping

if TYPE_CHECKING:
    from collections.abc import Sequence


def without_secrets(event: Event, secrets: frozenset[str]) -> Event:
    """Return an event in which no secret of four characters or more can be read.

    Providers repeat what they were sent: the session's configuration when connected, a
    key or an address in the message of an error.
    """
    if not secrets:
        return event
    match event:
        case RealtimeConnectedEvent(session_config=config):
            masked = {key: _masked(value, secrets) for key, value in config.items()}
            return replace(event, session_config=masked)
        case RealtimeErrorEvent(error=error, context=context):
            return replace(
                event,
                error=mask_long(error, secrets),
                context=None if context is None else mask_long(context, secrets),
            )
        case (
            RealtimeDisconnectedEvent(reason=str(reason))
            | SessionEndedEvent(reason=reason)
        ):
            return replace(event, reason=mask_long(reason, secrets))
        case _:
            return event


def _masked(value: object, secrets: frozenset[str]) -> object:
    if isinstance(value, str):
        return mask_long(value, secrets)
    if is_mapping(value):
        return {key: _masked(inner, secrets) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        values = cast("Sequence[object]", value)
        return [_masked(inner, secrets) for inner in values]
    return value
