"""How the echo provider speaks: one answer after another, until it is told to stop."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from uuid import uuid4

from realtime_run.builtin.echo_answers import RATE_HZ, Answer
from realtime_run.core.errors import ProviderError
from realtime_run.core.pcm import BYTES_PER_SAMPLE, FRAME_MS
from realtime_run.core.provider_events import (
    AgentTranscript,
    AudioOutput,
    ItemChanged,
    ProviderEvent,
    ResponseDone,
    ResponseStarted,
)
from realtime_run.media.clock import Ticker, TimeSource

_MOST_WAITING = 16
"""Answers asked for and not begun. More: the request is refused."""
_FRAME_BYTES = RATE_HZ * FRAME_MS // 1000 * BYTES_PER_SAMPLE
_FRAMES_A_BURST = 5
"""100 ms a message, as providers send that generate faster than real time."""


@dataclass(slots=True)
class _Response:
    answer: Answer
    number: str = field(default_factory=lambda: uuid4().hex)
    cancelled: bool = False

    @property
    def response_id(self) -> str:
        return f"resp_{self.number}"

    @property
    def item_id(self) -> str:
        return item_of(self.response_id)


def item_of(response_id: str) -> str:
    """Return the id of the one item that a response adds to the conversation."""
    return f"item_{response_id.removeprefix('resp_')}"


class Voice:
    """Speaks answers in the order in which they were asked for.

    Args:
        emit: Takes what is said; may wait.
        clock: Speak at its pace; None: as fast as `emit` takes it.
    """

    def __init__(
        self,
        emit: Callable[[ProviderEvent], Awaitable[None]],
        clock: TimeSource | None,
    ) -> None:
        self._emit = emit
        self._clock = clock
        self._waiting: asyncio.Queue[_Response] = asyncio.Queue(_MOST_WAITING)
        self._current: _Response | None = None

    def ask(self, answer: Answer) -> None:
        """Have an answer spoken after those that were asked for before.

        Raises:
            ProviderError: If too many are waiting.
        """
        try:
            self._waiting.put_nowait(_Response(answer))
        except asyncio.QueueFull as error:
            message = f"{_MOST_WAITING} answers are waiting to be spoken"
            raise ProviderError(message, code="busy") from error

    def cancel(self, response_id: str | None) -> None:
        """Stop one response; None: that which is spoken, and all that are waiting.

        A response that has ended already is no mistake: it crossed the request.
        """
        current = self._current
        if current is not None and response_id in (None, current.response_id):
            current.cancelled = True
        while response_id is None and not self._waiting.empty():
            self._waiting.get_nowait()

    async def speak_forever(self) -> None:
        """Speak what is asked for."""
        while True:
            response = await self._waiting.get()
            self._current = response
            await self._speak(response)
            self._current = None

    async def _speak(self, response: _Response) -> None:
        response_id, item_id = response.response_id, response.item_id
        await self._emit(ResponseStarted(response_id=response_id))
        await self._emit(
            ItemChanged(
                item_id=item_id,
                item_type="message",
                status="in_progress",
                role="assistant",
            )
        )
        said = await self._say(response)
        if not response.cancelled:
            await self._emit(
                AgentTranscript(
                    response_id=response_id,
                    item_id=item_id,
                    text=response.answer.transcript,
                    mode="final",
                )
            )
        await self._end(response, said)

    async def _say(self, response: _Response) -> int:
        """Send words and samples; return how many bytes of audio were sent."""
        ticker = None if self._clock is None else Ticker(self._clock)
        audio, words = response.answer.audio, list(response.answer.words)
        size = _FRAME_BYTES * (_FRAMES_A_BURST if ticker is None else 1)
        for at in range(0, len(audio), size):
            if ticker is not None:
                await ticker.tick()
            while words and words[0].audio_ms * _FRAME_BYTES < (at + size) * FRAME_MS:
                word = words.pop(0)
                await self._emit(
                    AgentTranscript(
                        response_id=response.response_id,
                        item_id=response.item_id,
                        text=word.text,
                        mode="delta",
                        audio_ms=word.audio_ms,
                    )
                )
            if response.cancelled:
                return at
            await self._emit(
                AudioOutput(
                    response_id=response.response_id,
                    item_id=response.item_id,
                    pcm=audio[at : at + size],
                )
            )
        return len(audio)

    async def _end(self, response: _Response, said: int) -> None:
        complete = not response.cancelled
        transcript = response.answer.transcript
        await self._emit(
            ItemChanged(
                item_id=response.item_id,
                item_type="message",
                status="completed" if complete else "incomplete",
                role="assistant",
                content=({"type": "audio", "transcript": transcript},)
                if complete
                else (),
            )
        )
        seconds = round(said / BYTES_PER_SAMPLE / RATE_HZ, 3)
        await self._emit(
            ResponseDone(
                response_id=response.response_id,
                item_id=response.item_id,
                status="completed" if complete else "cancelled",
                text=transcript if complete else None,
                usage={"seconds": seconds},
            )
        )
