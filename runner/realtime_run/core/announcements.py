"""The public events that tell of a response."""

from msgspec.structs import replace

from realtime_run.core import events as public
from realtime_run.core import provider_events as reported
from realtime_run.core.turn_effects import Effect, Emit
from realtime_run.core.turn_state import Response


def complete(
    response: Response, event: reported.ResponseDone
) -> public.RealtimeResponseEvent:
    """Return the word that the model has said all of a response."""
    text = event.text
    if text is None:
        text = response.written or response.transcript.text
    return public.RealtimeResponseEvent(
        text=text,
        response_id=response.response_id,
        is_complete=True,
        conversation_item_id=event.item_id or response.item_id,
        usage=event.usage,
        status=event.status,
        cost_usd=event.cost_usd,
    )


def final(
    response: Response, text: str
) -> public.RealtimeAgentSpeechTranscriptionEvent:
    """Return the last word on what a response said, as far as it was heard."""
    return public.RealtimeAgentSpeechTranscriptionEvent(
        text=text,
        mode="final",
        item_id=response.item_id,
        response_id=response.response_id,
        epoch=response.epoch,
    )


def nothing_said(response: Response) -> public.RealtimeAgentSpeechTranscriptionEvent:
    """Return the word that nothing of what a response said so far was heard."""
    return replace(final(response, ""), mode="replacement")


def audio_over(
    response: Response, played_ms: int, *, interrupted: bool
) -> list[Effect]:
    """Return the events that tell that a response has fallen silent."""
    over: list[Effect] = [
        Emit(
            public.RealtimeAudioOutputDoneEvent(
                response_id=response.response_id,
                interrupted=interrupted,
                played_ms=played_ms,
            )
        )
    ]
    if response.sounding:
        over.append(
            Emit(
                public.RealtimeAgentSpeechEndedEvent(
                    response_id=response.response_id,
                    epoch=response.epoch,
                    interrupted=interrupted,
                )
            )
        )
    return over


def item(event: reported.ItemChanged) -> public.RealtimeConversationItemEvent:
    """Return the public form of a change of an item."""
    return public.RealtimeConversationItemEvent(
        item_id=event.item_id,
        item_type=event.item_type,
        status=event.status,
        role=event.role,
        content=event.content,
    )
