"""What drives a session, with a carrier in the test's hand."""

import asyncio
import itertools
import json
from typing import Any

from realtime_run.core.pcm import Pcm
from realtime_run.simulation.driver import Driver
from realtime_run.simulation.model import Mind
from realtime_run.simulation.outputs import Close, Message, Output
from realtime_run_openai.simulator.client_events import ClientEvents
from realtime_run_openai.simulator.desk import Options, new_desk
from realtime_run_openai.simulator.service import Service


class Carrier:
    """Hands messages over, and keeps what is performed."""

    def __init__(self, *, reads: bool = True) -> None:
        self.received: asyncio.Queue[str | None] = asyncio.Queue()
        self.performed: asyncio.Queue[Output] = asyncio.Queue()
        self.was_aborted = asyncio.Event()
        self._reads = reads

    async def receive(self) -> str | bytes | None:
        return await self.received.get()

    async def perform(self, output: Output) -> None:
        if not self._reads:
            await asyncio.Event().wait()
        await self.performed.put(output)

    def abort(self) -> None:
        self.was_aborted.set()
        self.received.put_nowait(None)

    async def until(self, kind: str) -> dict[str, Any]:
        while True:
            output = await self.performed.get()
            if isinstance(output, Message) and output.event["type"] == kind:
                return dict(output.event)


class Hum:
    """Says everything at 8 kHz; raises nothing, takes no time."""

    rate_hz = 8_000

    async def say(self, text: str) -> Pcm:
        return Pcm.silence(200, self.rate_hz)


def driven(carrier: Carrier, **options: Any) -> Driver:
    numbers = itertools.count()
    desk = new_desk(
        Options(**options),
        model="gpt-realtime-2.1",
        mind=Mind(),
        new_id=lambda prefix: f"{prefix}_{next(numbers)}",
        at_s=asyncio.get_running_loop().time(),
        unix_s=0.0,
    )
    return Driver(Service(desk, ClientEvents), carrier, Hum())


async def test_a_voice_of_another_rate_is_converted() -> None:
    carrier = Carrier()
    async with asyncio.TaskGroup() as group:
        group.create_task(driven(carrier).run())
        carrier.received.put_nowait(json.dumps({"type": "response.create"}))
        done = await carrier.until("response.done")
        carrier.received.put_nowait(None)

    made = done["response"]["usage"]["output_token_details"]["audio_tokens"]
    assert made == 200 / 50


async def test_a_client_that_leaves_while_the_voice_speaks_is_no_mistake() -> None:
    carrier = Carrier()
    async with asyncio.TaskGroup() as group:
        group.create_task(driven(carrier, latency_s=60.0).run())
        carrier.received.put_nowait(json.dumps({"type": "response.create"}))
        await carrier.until("response.created")
        carrier.received.put_nowait(None)


async def test_a_client_that_reads_nothing_is_sent_away() -> None:
    carrier = Carrier(reads=False)
    async with asyncio.TaskGroup() as group:
        group.create_task(driven(carrier).run())
        for _ in range(5_000):
            carrier.received.put_nowait(json.dumps({"type": "response.cancel"}))
        await carrier.was_aborted.wait()


async def test_a_client_that_does_not_close_is_closed() -> None:
    carrier = Carrier()
    async with asyncio.TaskGroup() as group:
        group.create_task(driven(carrier, lifetime_s=0.01).run())
        await carrier.was_aborted.wait()

    performed = [carrier.performed.get_nowait() for _ in range(3)]
    assert isinstance(performed[-1], Close)
