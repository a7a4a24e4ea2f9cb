"""Turns the user's turns into text, in a thread, while they are spoken."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from realtime_run.core.provider_events import (
    ItemChanged,
    ProviderFailed,
    UserTranscript,
)
from realtime_run.plugin.threads import Worker
from realtime_run_local.outbox import Outbox
from realtime_run_local.speech_to_text.recognizer import Recognizer

_MOST_WAITING = 1000
"""Windows, half a minute of speech: when they wait, listening waits too."""
_MOST_AT_ONCE = 8
"""Windows given to the recogniser in one call: what one cancelled call can cost."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """One turn of the user."""

    item_id: str
    audio_ms: int
    """Where in the input it begins."""


@dataclass(frozen=True, slots=True)
class Transcribed:
    """What a turn of the user came to."""

    item_id: str
    text: str
    """Empty if nothing was understood."""
    seconds: float
    """How long it was."""


@dataclass(frozen=True, slots=True)
class _End:
    utterance: Utterance
    audio_ms: int


_Work: TypeAlias = Utterance | bytes | _End


class Transcriber:
    """Recognises one utterance after another; `run` does the work."""

    def __init__(
        self,
        recognizer: Recognizer,
        worker: Worker,
        outbox: Outbox,
        on_transcribed: Callable[[Transcribed], None],
    ) -> None:
        self._recognizer = recognizer
        self._worker = worker
        self._outbox = outbox
        self._on_transcribed = on_transcribed
        self._waiting: asyncio.Queue[_Work] = asyncio.Queue(_MOST_WAITING)
        self._next: _Work | None = None
        self._partial = ""
        self._failed = False

    async def begin(self, utterance: Utterance) -> None:
        """Begin an utterance; waits while half a minute of speech is waiting."""
        await self._waiting.put(utterance)

    async def feed(self, pcm: bytes) -> None:
        """Add samples to it; waits like `begin`."""
        await self._waiting.put(pcm)

    async def end(self, utterance: Utterance, audio_ms: int) -> None:
        """End it at this position of the input; waits like `begin`."""
        await self._waiting.put(_End(utterance, audio_ms))

    async def run(self) -> None:
        """Recognise until it is cancelled."""
        utterance: Utterance | None = None
        while True:
            match await self._take():
                case Utterance() as begun:
                    utterance = begun
                    self._partial, self._failed = "", False
                    await self._try(self._recognizer.begin)
                case bytes() as pcm:
                    await self._feed(utterance, pcm)
                case _End() as end:
                    await self._finish(end)

    async def _take(self) -> _Work:
        work, self._next = self._next, None
        return work if work is not None else await self._waiting.get()

    async def _feed(self, utterance: Utterance | None, pcm: bytes) -> None:
        pieces = [pcm]
        while len(pieces) < _MOST_AT_ONCE and not self._waiting.empty():
            work = self._waiting.get_nowait()
            if not isinstance(work, bytes):
                self._next = work
                break
            pieces.append(work)
        whole = b"".join(pieces)
        text = await self._try(lambda: self._recognizer.feed(whole))
        if utterance is not None and text and text != self._partial:
            self._partial = text
            self._outbox.put(
                UserTranscript(text=text, mode="replacement", item_id=utterance.item_id)
            )

    async def _finish(self, end: _End) -> None:
        text = await self._try(self._recognizer.end) or ""
        item_id = end.utterance.item_id
        self._outbox.put(UserTranscript(text=text, mode="final", item_id=item_id))
        self._outbox.put(
            ItemChanged(
                item_id=item_id,
                item_type="message",
                status="completed",
                role="user",
                content=({"type": "input_audio", "transcript": text},),
            )
        )
        seconds = (end.audio_ms - end.utterance.audio_ms) / 1000
        self._on_transcribed(Transcribed(item_id, text, seconds))

    async def _try(self, call: "Callable[[], str | None]") -> str | None:
        """Return what the recogniser says; its failure is reported once a turn."""
        if self._failed:
            return None
        try:
            return await self._worker.run(call)
        except Exception as error:  # noqa: BLE001 - the recogniser is foreign code
            self._failed = True
            self._outbox.put(
                ProviderFailed(
                    error=f"speech to text failed: {error!r}",
                    error_code="speech_to_text_failed",
                    context="recognising the user's turn",
                )
            )
            return None
