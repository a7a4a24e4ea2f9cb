"""Sends what the camera sees: as items, or beside the audio."""

from realtime_run.core.commands import AppendImage
from realtime_run.core.provider_events import ProviderFailed
from realtime_run_openai.codec import encode
from realtime_run_openai.codec.state import ADJUSTING, State


def show(state: State, command: AppendImage) -> None:
    """Send a picture, as soon as the server takes one; one too large is none."""
    traits, size = state.options.dialect.traits, len(command.jpeg)
    if traits.max_image_bytes is not None and size > traits.max_image_bytes:
        state.emit(
            ProviderFailed(
                error=f"a picture of {size:,} bytes was not sent: the server takes"
                f" {traits.max_image_bytes:,}",
                error_code="image_too_large",
                context="sending a picture",
            )
        )
    elif traits.images == "buffer":
        state.picture = command.jpeg
        show_held(state)
    else:
        _add(state, command.jpeg)


def show_held(state: State) -> None:
    """Send the newest picture beside the audio, once there is some for it to go with.

    A picture before the first audio is refused; where the session finds the turns, one
    between them would be forgotten with the rest of the buffer.
    """
    if state.picture is None:
        return
    turn = state.turn
    open_turn = turn.began_s is not None or not state.options.manual_turns
    if not open_turn or turn.sent == 0:
        return
    image = encode.base64(state.picture)
    state.send("input_image_buffer.append", "a picture", image=image)
    state.picture = None


def _add(state: State, jpeg: bytes) -> None:
    item_id = state.new_id()
    item = encode.user_image(item_id, jpeg, state.options.image_detail)
    state.add_item(item, "a picture")
    state.images.append(item_id)
    # Every picture in the conversation is billed again with each response.
    while len(state.images) > max(1, state.options.images_kept):
        oldest = state.images.popleft()
        state.items.pop(oldest)
        state.send("conversation.item.delete", ADJUSTING, item_id=oldest)
