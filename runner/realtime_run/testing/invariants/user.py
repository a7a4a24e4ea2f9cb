"""Rules for what the user says."""

from collections.abc import Iterator, Sequence

from realtime_run.testing.invariants.record import Record, Violation


def user(records: Sequence[Record]) -> Iterator[Violation]:
    """Speech ends after it began, and a transcript is closed once."""
    speaking = False
    closed: set[str] = set()
    for record in records:
        match record.type:
            case "realtime_user_speech_started":
                speaking = True
            case "realtime_user_speech_ended":
                if not speaking:
                    yield record.breaks("speech-begins-first", "nobody was speaking")
                speaking = False
            case "realtime_user_speech_transcription":
                item_id = record.text("item_id")
                if item_id and item_id in closed:
                    yield record.breaks(
                        "one-user-final", f"the transcript of {item_id!r} was closed"
                    )
                if record.text("mode") == "final":
                    closed.add(item_id)
            case _:
                pass
