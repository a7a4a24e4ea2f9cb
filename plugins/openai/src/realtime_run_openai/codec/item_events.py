"""Decodes items, wherever a message of the server holds one."""

from msgspec.structs import replace

from realtime_run.wire.messages import Message, text_of
from realtime_run_openai.codec.items import changed
from realtime_run_openai.codec.mcp_events import remote_item
from realtime_run_openai.codec.response_state import (
    ItemSeen,
)
from realtime_run_openai.codec.state import State


def take_item(state: State, item: Message, *, done: bool) -> None:
    """Report what has become of an item, unless that was reported before.

    Servers say it in up to four messages: of the conversation and of the response, when
    it is added and when it is done.
    """
    item_id = text_of(item, "id")
    if item_id:
        state.step(ItemSeen(item_id))
    change = changed(item)
    if change is None:
        remote_item(state, item, done=done)
        return
    if item_id in state.spoken:  # some servers say that the assistant did
        change = replace(change, role="user")
    if state.replay.holds(change):
        return
    if change.item_type == "function_call":
        state.tool_names.put(item_id, text_of(item, "name"))
    known = state.items.get(item_id)
    if known is not None and not change.content:
        change = replace(change, content=known.content)
    if change != known:
        state.items.put(item_id, change)
        state.emit(change)
