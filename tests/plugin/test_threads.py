import asyncio
import threading

from realtime_run.plugin.threads import Worker


async def test_a_worker_is_idle_only_between_its_calls() -> None:
    worker = Worker("test")
    begun, go_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def call() -> None:
        loop.call_soon_threadsafe(begun.set)
        go_on.wait()

    before = worker.is_idle
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(worker.run(call))
        await asyncio.sleep(0)
        handed_over = worker.is_idle
        await begun.wait()
        at_work = worker.is_idle
        go_on.set()
    worker.stop()
    assert worker._thread is not None
    worker._thread.join()  # it tells first, and counts that a moment later

    assert (before, handed_over, at_work) == (True, False, False)
    assert worker.is_idle
