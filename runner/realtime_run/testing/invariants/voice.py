"""Rules for what the agent says: epochs, and the life of a response."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from realtime_run.testing.invariants.record import Record, Violation

_ROUNDING_MS = 25
"""How far the audio as played may differ from the audio as received: one frame, for the
resampler of a device that has another rate."""


@dataclass(slots=True)
class _Response:
    """What is known of one response."""

    epoch: int
    begun: bool = False
    complete: bool = False
    said: bool = False
    finals: int = 0
    audio_ms: float = 0.0
    done: bool = False
    interrupted: bool = False
    sounding: bool = False
    fell_silent: bool = False
    last: Record | None = None


@dataclass(slots=True)
class _Talk:
    """What is known so far of the whole conversation."""

    epoch: int = 0
    responses: dict[str, _Response] = field(default_factory=dict[str, _Response])

    def response(self, record: Record) -> _Response:
        """Return the response that an event is of."""
        response = self.responses.setdefault(
            record.text("response_id"), _Response(self.epoch)
        )
        response.last = record
        return response


def voice(records: Sequence[Record]) -> Iterator[Violation]:
    """Output is of the epoch in which its response began, and ends exactly once."""
    talk = _Talk()
    for record in records:
        rule = _RULES.get(record.type)
        if rule is not None:
            yield from rule(talk, record)
    for name, response in talk.responses.items():
        if response.audio_ms and response.epoch < talk.epoch and not response.done:
            last = response.last or records[-1]
            yield last.breaks(
                "one-audio-done", f"{name!r} was interrupted, and never told so"
            )


def _interruption(talk: _Talk, record: Record) -> Iterator[Violation]:
    epoch = record.whole("epoch")
    false_alarm = record.flag("false_alarm")
    if false_alarm and epoch != talk.epoch:
        message = f"the epoch went from {talk.epoch} to {epoch}"
        yield record.breaks("epoch-stays-at-a-false-alarm", message)
    elif not false_alarm and epoch != talk.epoch + 1:
        message = f"the epoch went from {talk.epoch} to {epoch}"
        yield record.breaks("epoch-rises-by-one", message)
    talk.epoch = epoch
    silence = record.whole("silence_ns")
    if silence and silence < record.whole("onset_ns"):
        yield record.breaks("silence-after-onset", "it was silent before it began")


def _response(talk: _Talk, record: Record) -> Iterator[Violation]:
    name = record.text("response_id")
    known = talk.responses.get(name)
    if record.flag("is_complete"):
        response = talk.response(record)
        if response.complete:
            yield record.breaks("one-complete", f"{name!r} was complete already")
        # What was interrupted before it began is never told of but by its end.
        if not (response.begun or talk.epoch):
            yield record.breaks("begun-first", f"{name!r} never began")
        if record.text("status") == "in_progress":
            yield record.breaks("one-complete", "what is complete is not in progress")
        response.complete = True
        return
    if record.text("text"):
        yield from _of_now(talk, record, talk.response(record))
        return
    if known is not None and known.begun and known.epoch == talk.epoch:
        yield record.breaks("begins-once", f"{name!r} had begun already")
    talk.responses[name] = _Response(talk.epoch, begun=True, last=record)


def _of_now(
    talk: _Talk, record: Record, response: _Response, *, final: bool = False
) -> Iterator[Violation]:
    name = record.text("response_id")
    if not response.begun:
        yield record.breaks("begun-first", f"{name!r} never began")
        response.begun = True
    if "epoch" in record.fields and record.whole("epoch") != response.epoch:
        message = f"{name!r} began in epoch {response.epoch}"
        yield record.breaks(
            "one-epoch", f"epoch {record.whole('epoch')}, but {message}"
        )
    if response.epoch < talk.epoch and not final:
        message = f"{name!r} is of epoch {response.epoch}, it is {talk.epoch}"
        yield record.breaks("no-stale-output", message)
    if response.done:
        yield record.breaks("nothing-after-done", f"{name!r} had fallen silent")


def _audio(talk: _Talk, record: Record) -> Iterator[Violation]:
    response = talk.response(record)
    yield from _of_now(talk, record, response)
    if response.complete:
        yield record.breaks("complete-is-all", "audio of a response that was complete")
    if record.audio_ms() <= 0:
        yield record.breaks("audio-has-samples", "there are no samples in it")
    response.audio_ms += record.audio_ms()


def _transcript(talk: _Talk, record: Record) -> Iterator[Violation]:
    response = talk.response(record)
    # What was told and not heard is taken back after the interruption.
    final = record.text("mode") != "delta"
    yield from _of_now(talk, record, response, final=final)
    if response.finals:
        name = record.text("response_id")
        yield record.breaks("one-final", f"the transcript of {name!r} was closed")
    if record.text("mode") == "final":
        response.finals += 1
    response.said = response.said or bool(record.text("text"))


def _done(talk: _Talk, record: Record) -> Iterator[Violation]:
    name = record.text("response_id")
    response = talk.response(record)
    if response.done:
        yield record.breaks("one-audio-done", f"{name!r} had fallen silent already")
        return
    response.done, response.interrupted = True, record.flag("interrupted")
    if response.said and not response.finals:
        yield record.breaks("one-final", f"{name!r} said something and has no final")
    if response.interrupted == (response.epoch == talk.epoch):
        message = f"epoch {response.epoch} of {talk.epoch}"
        yield record.breaks("interrupted-is-older", message)
    played = record.whole("played_ms")
    if played > response.audio_ms + _ROUNDING_MS:
        message = f"{played} ms of {response.audio_ms:.0f} ms were played"
        yield record.breaks("played-was-received", message)
    if not response.interrupted and played < response.audio_ms - _ROUNDING_MS:
        message = f"only {played} ms of {response.audio_ms:.0f} ms were played"
        yield record.breaks("played-to-its-end", message)


def _sounds(talk: _Talk, record: Record) -> Iterator[Violation]:
    response = talk.response(record)
    if response.sounding or response.fell_silent:
        yield record.breaks("sounds-once", "it was heard already")
    if not response.audio_ms:
        yield record.breaks("sounds-once", "there was no audio of it")
    response.sounding = True


def _silent(talk: _Talk, record: Record) -> Iterator[Violation]:
    response = talk.response(record)
    if not response.sounding or response.fell_silent:
        yield record.breaks("sounds-once", "it was not heard")
    if response.done and response.interrupted != record.flag("interrupted"):
        yield record.breaks("sounds-once", "its audio ended in another way")
    response.fell_silent = True


_Rule = Callable[[_Talk, Record], Iterator[Violation]]
_RULES: Mapping[str, _Rule] = {
    "realtime_interruption": _interruption,
    "realtime_response": _response,
    "realtime_audio_output": _audio,
    "realtime_agent_speech_transcription": _transcript,
    "realtime_audio_output_done": _done,
    "realtime_agent_speech_started": _sounds,
    "realtime_agent_speech_ended": _silent,
}
