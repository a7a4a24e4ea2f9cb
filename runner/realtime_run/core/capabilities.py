"""What a provider can do, as data: checked before anything is connected."""

from typing import Literal

from msgspec import Struct

from realtime_run.core.turn_detection import TurnField


class Capabilities(Struct, frozen=True, kw_only=True):
    """What one model of one provider can do."""

    input_hz: int
    """Sample rate of the audio it takes: mono s16le."""
    output_hz: int
    """Sample rate of the audio it gives: mono s16le."""
    video: Literal["none", "images", "track"] = "none"
    """images: it takes `AppendImage`; track: it takes `AppendPicture`."""
    max_image_bytes: int | None = None
    """How large a compressed picture may be; None: as large as it comes."""
    turn: frozenset[TurnField] = frozenset()
    """What of a spec's `turn:` it can do."""
    tool_approval: bool = False
    """It may ask leave before it runs a tool of its own: it takes `ApproveToolCall`."""
    text_input: bool = True
    tools: bool = True
    speech_events: bool = True
    """It reports when the user begins and ends to speak."""
    cancels_on_speech: bool = True
    """With `Opening.interruptible`, it stops by itself when the user speaks.

    False: the session sends `CancelResponse`.
    """
    can_disable_interrupt: bool = True
    """It can be told to go on speaking while the user speaks (`barge_in: off`)."""
    manual_responses: bool = False
    """With `Opening.answers` False it hears and reports the user's turns, and answers
    none of them, nor is interrupted by them: the session sends `CreateResponse`."""
    manual_turns: bool = False
    """With `Opening.manual_turns` it looks for no turns: the session sends `StartTurn`
    and `EndTurn`."""
    user_transcripts: bool = True
    """It reports what the user says as text."""
    response_instructions: bool = False
    """It follows `CreateResponse.instructions`. False: they are sent as `SendText`."""
    min_speech: bool = False
    """It can be told how long the user must speak before that counts, to it:
    `Opening.min_speech_ms`."""
    cancel: bool = True
    """It takes `CancelResponse`."""
    truncate: bool = True
    """It takes `Truncate`."""
    truncates_itself: bool = False
    """It knows what was heard, and makes the model forget the rest by itself."""
    notes_what_was_heard: bool = False
    """It cannot forget, but takes `Truncate` for a note, in words, of what was heard:
    `barge_in.heard: note`. Not beside `truncate`."""
    resume: bool = False
    """It reports `ResumptionOffered`, and takes `Opening.resume`."""
    max_session_s: float | None = None
    """After how many seconds the provider ends the connection, as far as is known
    beforehand; a connection that knows better reports `ConnectionExpires`."""
