"""One order for what comes by two ways: messages by data channel, sound by RTP.

The sound of a response comes out of the jitter buffer after the message that says that
all of it was sent. That message, and what is said of responses after it, is held back
until the sound has come, so that nothing of a response follows its end.

Pure: messages, frames and times in, the same in order out.
"""

import json
from typing import TYPE_CHECKING, TypeAlias, cast

from realtime_run_openai.rtp_audio import TAIL_S, LabelledFrame, RtpAudio

if TYPE_CHECKING:
    from collections.abc import Mapping

Item: TypeAlias = str | bytes | LabelledFrame
"""A message for the codec, or sound for the session."""

_TELLING = ("output_audio_buffer.", "response.done")
"""What tells where sound begins and ends."""
_KEEPS_ORDER = ("output_audio_buffer.", "response.")
"""What is said of the user meanwhile need not wait: a barge-in must not."""


class Downlink:
    """Takes what comes as it comes, and returns it as it shall be handed on."""

    def __init__(self) -> None:
        self._audio = RtpAudio()
        self._held: list[str | bytes] = []
        self._deadline: float | None = None

    @property
    def deadline(self) -> float | None:
        """When `tick` wants to be called, in monotonic seconds."""
        return self._deadline

    def message(self, text: str | bytes, at_s: float) -> tuple[Item, ...]:
        """Take a message of the data channel, whatever it holds."""
        if not self._held and not any(sign in _as_text(text) for sign in _TELLING):
            return (text,)
        message = _parsed(text)
        kind = str(message.get("type", ""))
        early = self._note(kind, message)
        if self._held and not kind.startswith(_KEEPS_ORDER):
            return (text,)
        self._held.append(text)
        if self._deadline is None:
            self._deadline = at_s + TAIL_S
        return (*self._released(), *early)

    def frame(self, pcm: bytes, at_s: float) -> tuple[Item, ...]:
        """Take 20 ms of mono s16le from the jitter buffer."""
        return (*self._audio.frame(pcm, at_s), *self._released())

    def interrupted(self, response_id: str) -> tuple[Item, ...]:
        """The session does not want any more of a response."""
        self._audio.cleared(response_id)
        return self._released()

    def tick(self, at_s: float) -> tuple[Item, ...]:
        """Let time pass: what is held back is not held for ever."""
        if self._deadline is not None and at_s >= self._deadline:
            self._audio.end_tail()
        return self._released()

    def end(self) -> tuple[Item, ...]:
        """Let go of what is held back: no more sound will come."""
        self._audio.end_tail()
        return self._released()

    def _note(
        self, kind: str, message: "Mapping[str, object]"
    ) -> tuple[LabelledFrame, ...]:
        response_id = str(message.get("response_id") or self._audio.speaking or "")
        match kind:
            case "output_audio_buffer.started":
                return self._audio.started(response_id)
            case "output_audio_buffer.stopped":
                self._audio.stopped(response_id)
            case "output_audio_buffer.cleared":
                self._audio.cleared(response_id)
            case "response.done":
                response = _mapping(message.get("response"))
                if response.get("status") == "cancelled":
                    self._audio.cleared(str(response.get("id")))
            case _:
                pass
        return ()

    def _released(self) -> tuple[str | bytes, ...]:
        if self._audio.tail_of is not None:
            return ()
        released = tuple(self._held)
        self._held.clear()
        self._deadline = None
        return released


def _as_text(text: str | bytes) -> str:
    return text if isinstance(text, str) else text.decode(errors="replace")


def _parsed(text: str | bytes) -> "Mapping[str, object]":
    """Return a message, empty if it is none: that is for the codec to complain of."""
    try:
        return _mapping(json.loads(text))
    except (ValueError, RecursionError):
        return {}


def _mapping(value: object) -> "Mapping[str, object]":
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}
