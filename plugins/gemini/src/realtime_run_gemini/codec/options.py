"""What a codec is told when it is made, and what stays so while it is open."""

from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

from realtime_run.core.errors import ProviderError

Scheduling: TypeAlias = Literal["WHEN_IDLE", "INTERRUPT", "SILENT"]
"""What the model does with the result of a NON_BLOCKING function: speak of it once it
is idle, speak of it now, or only know it."""


class CodecOptions(Struct, frozen=True, kw_only=True):
    """What does not change while a connection is open."""

    model: str
    """Its id, for messages."""
    text_by: Literal["realtime_input", "client_content"]
    """How a text of the user is sent so that it is answered."""
    content_at_any_time: bool
    """`clientContent` may be sent during the conversation."""
    interruptible: bool = True
    """The server stops by itself when the user speaks. False: NO_INTERRUPTION."""
    manual_turns: bool = False
    """The server looks for no turns: `activityStart` and `activityEnd` are sent."""
    non_blocking: frozenset[str] = frozenset()
    """The functions whose calls let the model talk on."""
    scheduling: Mapping[str, Scheduling]
    """By function; of one that is not here, the server's default, WHEN_IDLE."""
    frame_ms: Literal[20, 40] = 20
    """How much audio one message carries."""
    input_hz: int = 16_000
    output_hz: int = 24_000
    rotate_after_s: float
    """How long a connection is used, unless `goAway` says that it ends before."""
    longest_s: float = 600.0
    """After how long the server is expected to end it."""
    handle_lifetime_s: float
    """How long a resumption handle is good for."""
    cost: Callable[[Mapping[str, object]], float | None]
    """What a turn cost in US dollars, by its `usageMetadata`; None: not known."""
    fault: Callable[[int, str], ProviderError | None]
    """Given the code and the reason of a close by the server, returns why the session
    cannot go on; None if connecting again may help."""
