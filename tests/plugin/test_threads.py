import asyncio
import threading

from realtime_run.plugin.threads import Worker


async def test_a_worker_is_idle_only_between_its_calls() -> None:
    worker = Worker("test")
    begun, go_on = threading.Event(), threading.Event()

    def call() -> None:
        begun.set()
        go_on.wait()

    before = worker.is_idle
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(worker.run(call))
        await asyncio.sleep(0)
        handed_over = worker.is_idle
        while not begun.is_set():
            await asyncio.sleep(0)
        at_work = worker.is_idle
        go_on.set()
    worker.stop()
    while not worker.is_idle:
        await asyncio.sleep(0)  # its thread tells first, and rests a moment later

    assert (before, handed_over, at_work) == (True, False, False)
