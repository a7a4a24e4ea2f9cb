"""One conversation with the echo provider."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from typing import assert_never
from uuid import uuid4

from msgspec.structs import replace

from realtime_run.builtin.echo_answers import (
    RATE_HZ,
    Answer,
    answer_to_speech,
    answer_to_text,
)
from realtime_run.builtin.echo_hearing import HeardTurn, Hearing
from realtime_run.builtin.echo_voice import Voice, item_of
from realtime_run.core.commands import (
    AppendAudio,
    AppendImage,
    AppendPicture,
    ApproveToolCall,
    CancelResponse,
    Command,
    CreateResponse,
    EndTurn,
    SendText,
    SendToolResults,
    StartTurn,
    Truncate,
)
from realtime_run.core.errors import ConnectionClosedError, ProviderError
from realtime_run.core.pcm import Pcm
from realtime_run.core.provider_events import (
    ItemChanged,
    ProviderEvent,
    SpeechEnded,
    SpeechStarted,
    UserTranscript,
)
from realtime_run.core.voice import VoiceBegan
from realtime_run.media.clock import TimeSource
from realtime_run.plugin.api import Opening

_EVENTS_WAITING = 64
"""Full: the voice waits, and so does whoever sends."""
_ITEMS_KEPT = 1000
"""Older ones are forgotten, and can no longer be truncated."""


class EchoConnection:
    """Hears, and says it back."""

    def __init__(
        self, opening: Opening, *, silence_s: float, clock: TimeSource | None
    ) -> None:
        self.session_config: Mapping[str, object] = {
            "model": "echo",
            "instructions": opening.instructions,
            "silence_ms": round(silence_s * 1000),
            "interruptible": opening.interruptible,
            "input_hz": RATE_HZ,
            "output_hz": RATE_HZ,
        }
        self._interruptible = opening.interruptible
        self._events: asyncio.Queue[ProviderEvent | None] = asyncio.Queue(
            _EVENTS_WAITING
        )
        self._ended = False
        self._hearing = Hearing(silence_s)
        self._voice = Voice(self._emit, clock)
        self._speech_item = ""
        self._items: OrderedDict[str, ItemChanged] = OrderedDict()
        said = [item.text for item in opening.history if item.role == "user"]
        self._last = answer_to_text(said[-1] if said else "(nothing to echo yet)")

    async def speak_forever(self) -> None:
        """Speak what is asked for; runs as long as the connection."""
        await self._voice.speak_forever()

    def end(self) -> None:
        """Let nobody wait for this connection any more."""
        self._ended = True
        while not self._events.empty():
            self._events.get_nowait()
        self._events.put_nowait(None)

    async def receive(self) -> ProviderEvent:
        """Return what happens next."""
        self._check_open()
        event = await self._events.get()
        if event is None:
            raise _closed()
        return event

    async def send(self, command: Command) -> None:
        """Do what is asked."""
        self._check_open()
        match command:
            case AppendAudio(pcm=pcm):
                await self._hear(pcm)
            case SendText(text=text):
                await self._read(text)
            case CreateResponse():
                self._voice.ask(self._last)
            case CancelResponse(response_id=response_id):
                self._voice.cancel(response_id)
            case Truncate():
                await self._truncate(command)
            case (
                AppendImage()
                | AppendPicture()
                | SendToolResults()
                | ApproveToolCall()
                | StartTurn()
                | EndTurn()
            ):
                message = (
                    "the echo provider takes no pictures, calls no tools and finds the"
                    " turns by itself"
                )
                raise ProviderError(message, code="unsupported")
            case _:
                assert_never(command)

    def _check_open(self) -> None:
        if self._ended:
            raise _closed()

    async def _emit(self, event: ProviderEvent) -> None:
        if isinstance(event, ItemChanged):
            self._items[event.item_id] = event
            if len(self._items) > _ITEMS_KEPT:
                self._items.popitem(last=False)
        await self._events.put(event)

    async def _hear(self, pcm: Pcm) -> None:
        if (pcm.rate_hz, pcm.channels) != (RATE_HZ, 1):
            message = f"audio must be mono at {RATE_HZ} Hz"
            raise ProviderError(message, code="invalid_audio")
        for change in self._hearing.hear(pcm):
            match change:
                case VoiceBegan(at_ms=at_ms):
                    await self._begin_turn(at_ms)
                case HeardTurn():
                    await self._end_turn(change)

    async def _begin_turn(self, at_ms: int) -> None:
        self._speech_item = f"item_{uuid4().hex}"
        if self._interruptible:
            self._voice.cancel(None)
        await self._emit(SpeechStarted(item_id=self._speech_item, audio_ms=at_ms))

    async def _end_turn(self, turn: HeardTurn) -> None:
        item_id = self._speech_item
        await self._emit(SpeechEnded(item_id=item_id, audio_ms=turn.end_ms))
        transcript = f"({turn.spoken_ms / 1000:.1f} s of speech)"
        await self._remember(item_id, {"type": "audio", "transcript": transcript})
        await self._emit(UserTranscript(text=transcript, mode="final", item_id=item_id))
        self._answer(answer_to_speech(turn.audio, turn.spoken_ms))

    async def _read(self, text: str) -> None:
        await self._remember(f"item_{uuid4().hex}", {"type": "text", "text": text})
        self._answer(answer_to_text(text))

    async def _remember(self, item_id: str, content: Mapping[str, object]) -> None:
        await self._emit(
            ItemChanged(
                item_id=item_id,
                item_type="message",
                status="completed",
                role="user",
                content=(content,),
            )
        )

    def _answer(self, answer: Answer) -> None:
        self._last = answer
        self._voice.ask(answer)

    async def _truncate(self, command: Truncate) -> None:
        item_id = command.item_id or item_of(command.response_id)
        item = self._items.get(item_id)
        if item is None or item.role != "assistant":
            message = f"there is no answer '{item_id}' to truncate"
            raise ProviderError(message, code="item_not_found")
        heard = {
            "type": "audio",
            "transcript": command.heard,
            "audio_end_ms": command.played_ms,
        }
        await self._emit(replace(item, status="incomplete", content=(heard,)))


def _closed() -> ConnectionClosedError:
    return ConnectionClosedError("the echo has been closed", was_clean=True)
