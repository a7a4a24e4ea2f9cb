"""Decodes what the server says of the session and its limits."""

from collections.abc import Mapping, Sequence
from typing import cast

from realtime_run.core.provider_events import ConnectionExpires
from realtime_run.wire.messages import (
    Message,
    int_of,
    object_of,
    objects_of,
    text_of,
)
from realtime_run_openai.codec.errors import on_error
from realtime_run_openai.codec.state import State
from realtime_run_openai.codec.table import Table

_SECRET = frozenset({"authorization", "headers"})
"""What a remote tool's description holds that nobody may see."""


def _created(state: State, message: Message) -> None:
    state.greeted = True
    state.created = without_secrets(object_of(message, "session"))
    if state.adopts:
        state.acknowledged = state.created
    _note_expiry(state, state.created)


def _updated(state: State, message: Message) -> None:
    session = without_secrets(object_of(message, "session"))
    state.acknowledged = session
    state.update_id = None
    _note_expiry(state, session)


def _note_expiry(state: State, session: Mapping[str, object]) -> None:
    expires_at = int_of(session, "expires_at")
    if expires_at is None or expires_at == state.expires_at:
        return
    state.expires_at = expires_at
    in_s = expires_at - (state.at_s + state.options.unix_offset)
    if in_s > 0:
        state.emit(ConnectionExpires(in_s=in_s))
    else:
        state.warn_once(
            "expires_at",
            "by this machine's clock the session has ended before it began: set the"
            " clock; until then the session is not renewed before its end",
        )


def _rate_limits(state: State, message: Message) -> None:
    limits = (
        f"{text_of(limit, 'name')} {limit.get('remaining')} of {limit.get('limit')}"
        for limit in objects_of(message, "rate_limits")
    )
    state.debug(f"rate limits: {', '.join(limits)}")


def _nothing(state: State, message: Message) -> None:
    """Take what says nothing that matters here."""
    del state, message


def without_secrets(session: Message) -> Message:
    """Return a session as it may be shown."""
    tools = session.get("tools")
    if not isinstance(tools, Sequence) or isinstance(tools, str):
        return session
    return {**session, "tools": [_shown(tool) for tool in cast("list[object]", tools)]}


def _shown(tool: object) -> object:
    if not isinstance(tool, dict):
        return tool
    fields = cast("dict[str, object]", tool)
    return {key: value for key, value in fields.items() if key not in _SECRET}


SESSION: Table = {
    "session.created": _created,
    "session.updated": _updated,
    "error": on_error,
    "rate_limits.updated": _rate_limits,
    "conversation.created": _nothing,
    "session.finished": _nothing,  # the end of the connection follows
    "ping": _nothing,  # xAI's, which wants no answer
}
