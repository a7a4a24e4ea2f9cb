"""In what a server of this protocol may differ from OpenAI's, beside its names."""

from typing import Literal

from msgspec import Struct


class Traits(Struct, frozen=True, kw_only=True):
    """How a server behaves; by default, as OpenAI's does."""

    keeps_item_ids: bool = True
    """Items keep the ids that the client gives them. False: they are sent without, and
    a response that the server begins by itself answers all that was sent before."""
    ends_cancelled: bool = True
    """It sends `response.done` of a response that was stopped, too. False: the end of
    its item is the end of it."""
    cancels_by_id: bool = True
    """`response.cancel` names a response."""
    answers_tool_results: bool = False
    """Where it answers turns by itself, it also goes on by itself after the results of
    tools."""
    runs_tools: bool = True
    """It runs tools of its own, and may be told to ask leave first."""
    images: Literal["items", "buffer"] = "items"
    """items: a picture is an item of the conversation. buffer: it goes with the audio,
    by `input_image_buffer.append`, and after some."""
    max_image_bytes: int | None = None
    """The largest picture that it takes, as JPEG; None: no limit."""
    forgets: bool = True
    """It takes `conversation.item.truncate` and `delete`. False: it is told in words
    what was heard."""
