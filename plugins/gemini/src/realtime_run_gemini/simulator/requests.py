"""Reads what clients send, or says why it is refused."""

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from realtime_run_gemini.simulator.protobuf_json import explained, read_object, snake
from realtime_run_gemini.simulator.shapes import ClientMessage, Request

INVALID, POLICY, INTERNAL = 1007, 1008, 1011
_MEMBERS = tuple(ClientMessage.model_fields)
ARGUMENT = "Request contains an invalid argument."


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """With what the service ends a connection."""

    reason: str = ARGUMENT
    code: int = INVALID


def parse_request(text: str | bytes) -> Request | Refusal:
    """Return what a client asks for, or why it is sent away."""
    given = read_object(text)
    if given is None:
        reason = "Invalid JSON payload received. Unable to parse the message."
        return Refusal(reason=reason)
    members = [key for key in given if snake(key) in _MEMBERS]
    if len(members) > 1:
        # The messages are one `oneof`, which JSON cannot set twice.
        reason = (
            "Invalid value (oneof), oneof field 'message_type' is already set."
            f" Cannot set '{members[1]}'"
        )
        return Refusal(reason=reason)
    return _validated(given)


def _validated(given: dict[str, Any]) -> Request | Refusal:
    try:
        message = ClientMessage.model_validate(given)
    except ValidationError as error:
        return Refusal(reason=explained(error.errors(include_url=False)))
    found = (getattr(message, name) for name in _MEMBERS)
    request: Request | None = next((one for one in found if one is not None), None)
    return Refusal() if request is None else request
