"""Carries one session: feeds the service, keeps its time, performs what it asks."""

import asyncio
from typing import Protocol

from realtime_run.plugin.simulation import Speech
from realtime_run.plugin.threads import run_in_thread
from realtime_run.simulation.outputs import Close, Drop, Output, Speak

_MOST_WAITING = 4096
"""Outputs that the client has not taken; one more ends the session."""
_CLOSE_S = 0.5
"""How long the client may take to close after the service has."""
_RATE_HZ = 24_000


class Service(Protocol):
    """One session of a simulated service: pure, time comes in with every call."""

    @property
    def deadline(self) -> float | None:
        """When `tick` is to be called next; None: not at all."""
        ...

    def open(self, at_s: float) -> tuple[Output, ...]:
        """Greet the client, if the service does."""
        ...

    def receive(self, text: str | bytes, at_s: float) -> tuple[Output, ...]:
        """Take a message of the client; whatever it is, it never raises."""
        ...

    def spoken(self, response_id: str, pcm: bytes, at_s: float) -> tuple[Output, ...]:
        """Take the speech that a `Speak` asked for: mono s16le at 24 kHz."""
        ...

    def tick(self, at_s: float) -> tuple[Output, ...]:
        """Go on, now that it is so late."""
        ...


class Carrier(Protocol):
    """Moves messages between the service and one client."""

    async def receive(self) -> str | bytes | None:
        """Return the client's next message; None: it has gone."""
        ...

    async def perform(self, output: Output) -> None:
        """Do what the service asks; nothing if the client has gone."""

    def abort(self) -> None:
        """End the connection at once."""


class Driver:
    """Drives one session until either end leaves.

    Args:
        service: The session.
        carrier: What connects it to its client.
        speech: The voice.
    """

    def __init__(self, service: Service, carrier: Carrier, speech: Speech) -> None:
        self._service = service
        self._carrier = carrier
        self._speech = speech
        self._outputs: asyncio.Queue[Output] = asyncio.Queue(_MOST_WAITING)
        self._changed = asyncio.Event()
        self._workers: asyncio.TaskGroup | None = None
        self._speaking: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Serve the client; returns when it has gone, or was sent away."""
        async with asyncio.TaskGroup() as group:
            self._workers = group
            tasks = [group.create_task(self._write()), group.create_task(self._tick())]
            try:
                self._put(self._service.open(_now()))
                while (message := await self._carrier.receive()) is not None:
                    self._put(self._service.receive(message, _now()))
            finally:
                self._workers = None
                for task in (*tasks, *self._speaking):
                    task.cancel()

    def perform(self, outputs: tuple[Output, ...]) -> None:
        """Have outputs performed that came of something else than a message."""
        self._put(outputs)

    def _put(self, outputs: tuple[Output, ...]) -> None:
        for output in outputs:
            if isinstance(output, Speak):
                self._start_speaking(output)
            elif self._outputs.full():
                self._carrier.abort()
            else:
                self._outputs.put_nowait(output)
        self._changed.set()

    def _start_speaking(self, asked: Speak) -> None:
        if self._workers is not None:
            task = self._workers.create_task(self._speak(asked))
            self._speaking.add(task)
            task.add_done_callback(self._speaking.discard)

    async def _speak(self, asked: Speak) -> None:
        pcm = await self._speech.say(asked.text)
        if (pcm.rate_hz, pcm.channels) != (_RATE_HZ, 1):
            pcm = await run_in_thread(pcm.resample, _RATE_HZ)
        self._put(self._service.spoken(asked.response_id, pcm.data, _now()))

    async def _tick(self) -> None:
        while True:
            self._changed.clear()
            deadline = self._service.deadline
            if deadline is not None and deadline <= _now():
                self._put(self._service.tick(_now()))
                await asyncio.sleep(0)
                continue
            try:
                async with asyncio.timeout_at(deadline):
                    await self._changed.wait()
            except TimeoutError:
                continue

    async def _write(self) -> None:
        while True:
            output = await self._outputs.get()
            await self._carrier.perform(output)
            if isinstance(output, Close | Drop):
                await asyncio.sleep(_CLOSE_S)
                self._carrier.abort()
                return


def _now() -> float:
    return asyncio.get_running_loop().time()
