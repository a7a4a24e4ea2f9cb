"""Handlers of your own: functions named after events, or marked with `@on`.

A plain function runs in a thread of its own and may block; an `async def` runs beside
the conversation and may take part in it. Neither can delay the sound.
"""

from collections import Counter

from realtime_run import (
    Realtime,
    RealtimeAgentSpeechEndedEvent,
    RealtimeUserSpeechTranscriptionEvent,
    SessionEndedEvent,
    on,
)

words: Counter[str] = Counter()


@on(RealtimeUserSpeechTranscriptionEvent)
def count_words(event: RealtimeUserSpeechTranscriptionEvent) -> None:
    """Count what the user says."""
    if event.mode == "final":
        words.update(event.text.lower().split())


async def on_agent_speech_ended(
    event: RealtimeAgentSpeechEndedEvent, realtime: Realtime
) -> None:
    """Say goodbye after an interruption, as an example of taking part."""
    if event.interrupted and realtime.epoch == 1:
        await realtime.simple_response("thanks")


def on_session_ended(_event: SessionEndedEvent) -> None:
    """Write down what was counted."""
    print("words heard:", dict(words.most_common(5)))
