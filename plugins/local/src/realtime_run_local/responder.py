"""Answers one request after another: asks the brain, speaks, reports."""

import asyncio
from contextlib import aclosing

from realtime_run.core.errors import ProviderError
from realtime_run.core.provider_events import ProviderFailed, ResponseStatus
from realtime_run_local.brain.pieces import (
    Brain,
    BrainError,
    Finished,
    Sentence,
    ToolCall,
    Turn,
)
from realtime_run_local.history import Called, History
from realtime_run_local.ids import new_id
from realtime_run_local.outbox import Outbox
from realtime_run_local.requests import MOST, Request, Requests
from realtime_run_local.response import Response
from realtime_run_local.sentences import speakable
from realtime_run_local.voice import Voice


class Responder:
    """One response at a time; `run` does the work."""

    def __init__(
        self, brain: Brain, voice: Voice, history: History, outbox: Outbox
    ) -> None:
        self._brain = brain
        self._voice = voice
        self._history = history
        self._outbox = outbox
        self._requests = Requests()
        self._changed = asyncio.Event()
        self._holds = 0
        self._running: tuple[str, asyncio.Task[None]] | None = None

    def ask(self, request: Request) -> None:
        """Answer `request` when those before it are answered; never waits."""
        given_up = self._requests.add(request)
        if given_up is not None:
            self._history.add(*given_up.news)
            self._outbox.put(
                ProviderFailed(
                    error=f"more than {MOST} requests wait; the oldest is not answered",
                    error_code="too_many_requests",
                    context="queueing a response",
                )
            )
        self._changed.set()

    def hold(self) -> None:
        """Begin no response until `release` has been called as often as this."""
        self._holds += 1

    def release(self) -> None:
        """Take one `hold` back."""
        self._holds -= 1
        self._changed.set()

    def cancel(self, response_id: str | None) -> None:
        """Stop this response, if it is running; None: also what has not begun."""
        if response_id is None:
            for request in self._requests.clear():
                self._history.add(*request.news)
        self._stop(response_id)

    def interrupt(self) -> None:
        """Stop the response that is running; what waits is answered later."""
        self._stop(None)

    async def run(self) -> None:
        """Answer until it is cancelled."""
        while True:
            while self._holds or not self._requests:
                self._changed.clear()
                await self._changed.wait()
            request = self._requests.take()
            self._history.add(*request.news)
            response = Response(
                new_id("resp"), self._history, self._outbox, self._voice.rate_hz
            )
            async with asyncio.TaskGroup() as tasks:
                task = tasks.create_task(self._respond(response, request))
                self._running = (response.response_id, task)
            self._running = None

    def _stop(self, response_id: str | None) -> None:
        if self._running is not None and response_id in (None, self._running[0]):
            self._running[1].cancel()
            self._outbox.drop_speech(self._running[0])

    async def _respond(self, response: Response, request: Request) -> None:
        response.start()
        status: ResponseStatus = "failed"
        try:
            complete = await self._answer(response, request)
            status = "completed" if complete else "incomplete"
        except asyncio.CancelledError:
            status = "cancelled"
            raise
        except BrainError as error:
            self._failed(error.message, error.code, "thinking of an answer")
        except ProviderError as error:
            self._failed(error.message, error.code, "speaking the answer")
        except Exception as error:  # noqa: BLE001 - brain and voice are foreign code
            self._failed(f"answering failed: {error!r}", None, "answering")
        finally:
            response.finish(status, request.input_seconds)

    async def _answer(self, response: Response, request: Request) -> bool:
        turn = Turn(
            entries=self._history.entries,
            news=request.news,
            instructions=request.instructions,
            words=request.words,
        )
        complete = True
        async with aclosing(self._brain.respond(turn)) as pieces:
            async for piece in pieces:
                match piece:
                    case Sentence(text=text):
                        await self._say(response, speakable(text))
                    case ToolCall():
                        self._call(response, piece)
                    case Finished(complete=complete, usage=usage):
                        response.usage = usage
        return complete

    async def _say(self, response: Response, text: str) -> None:
        if text:
            response.add_sentence(text)
            await self._voice.say(text, response.add_audio)

    def _call(self, response: Response, call: ToolCall) -> None:
        called = Called(
            item_id=new_id("item"),
            call_id=call.call_id,
            name=call.name,
            arguments=call.arguments,
        )
        self._history.add(called)
        response.add_call(called)

    def _failed(self, error: str, code: str | None, context: str) -> None:
        self._outbox.put(ProviderFailed(error=error, error_code=code, context=context))
