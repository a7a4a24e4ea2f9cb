"""Items of the conversation as events."""

from collections.abc import Mapping

from realtime_run.core.provider_events import ItemChanged, ItemStatus, ItemType, Role
from realtime_run.wire.messages import Message, objects_of, text_of

_TYPES: Mapping[str, ItemType] = {
    "message": "message",
    "function_call": "function_call",
    "function_call_output": "function_call_output",
}
_STATUSES: Mapping[str, ItemStatus] = {
    "completed": "completed",
    "in_progress": "in_progress",
    "incomplete": "incomplete",
}
_ROLES: Mapping[str, Role] = {
    "user": "user",
    "assistant": "assistant",
    "system": "system",
}
_CALL_FIELDS = ("call_id", "name", "arguments", "output")


def changed(item: Message) -> ItemChanged | None:
    """Return an item as the server describes it, without sound and pictures.

    None of one that is not shown, such as those of remote tools.
    """
    item_type, item_id = _TYPES.get(text_of(item, "type")), text_of(item, "id")
    if item_type is None or not item_id:
        return None
    return ItemChanged(
        item_id=item_id,
        item_type=item_type,
        # Outputs of tools come without a status: they are what they are.
        status=_STATUSES.get(text_of(item, "status"), "completed"),
        role=_ROLES.get(text_of(item, "role")),
        content=_content(item, item_type),
    )


def spoken_or_written(output: Message) -> str:
    """Return what a message of the model says, in text."""
    parts = objects_of(output, "content")
    return "".join(
        text_of(part, "transcript") or text_of(part, "text") for part in parts
    )


def _content(item: Message, item_type: ItemType) -> tuple[Mapping[str, object], ...]:
    if item_type != "message":
        call: dict[str, object] = {"type": item_type}
        call |= {key: item[key] for key in _CALL_FIELDS if key in item}
        return (call,)
    return tuple(map(_without_media, objects_of(item, "content")))


def _without_media(part: Message) -> Mapping[str, object]:
    """Leave out what is large: events are kept and written to files."""
    return {
        key: value
        for key, value in part.items()
        if key != "audio" and not _is_data_url(value)
    }


def _is_data_url(value: object) -> bool:
    return isinstance(value, str) and value.startswith("data:")
