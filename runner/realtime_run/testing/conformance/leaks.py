"""What a conversation leaves behind: tasks, threads and open files."""

import asyncio
import os
import re
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from realtime_run.plugin.threads import run_in_thread

_OPEN_FILES = Path("/proc/self/fd")
_POOL = re.compile(r"asyncio_\d+$")
_LOOK_S = 0.02
_SETTLE_S = 1.0
"""How long sockets and threads may take to be gone, after all was closed."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """What is alive at one moment."""

    tasks: frozenset["asyncio.Task[Any]"]
    threads: frozenset[threading.Thread] = frozenset()
    files: int = 0
    """Open files and sockets; 0 where the system does not tell."""


def running_tasks() -> Footprint:
    """Return the tasks that are alive now, and nothing else."""
    return Footprint(frozenset(t for t in asyncio.all_tasks() if not t.done()))


async def footprint() -> Footprint:
    """Return all that is alive now."""
    tasks = running_tasks().tasks
    # The event loop's own pool grows when it is first used, and is the loop's to end.
    threads = frozenset(
        thread for thread in threading.enumerate() if not _POOL.match(thread.name)
    )
    return Footprint(tasks, threads, await run_in_thread(_open_files))


async def tasks_left_since(before: Footprint) -> tuple[str, ...]:
    """Return the tasks that stay alive and were not there before."""
    deadline = asyncio.get_running_loop().time() + _SETTLE_S
    while left := _names(running_tasks(), before):
        if asyncio.get_running_loop().time() > deadline:
            break
        await asyncio.sleep(_LOOK_S)
    return left


async def left_since(before: Footprint) -> tuple[str, ...]:
    """Return what stays alive that was not before, once all had time to go."""
    deadline = asyncio.get_running_loop().time() + _SETTLE_S
    while left := _names(await footprint(), before):
        if asyncio.get_running_loop().time() > deadline:
            break
        await asyncio.sleep(_LOOK_S)
    return left


def _names(now: Footprint, before: Footprint) -> tuple[str, ...]:
    tasks = sorted(task.get_name() for task in now.tasks - before.tasks)
    threads = sorted(thread.name for thread in now.threads - before.threads)
    files = now.files - before.files
    return (
        *(f"task {name}" for name in tasks),
        *(f"thread {name}" for name in threads),
        *([f"{files} open files or sockets"] if files > 0 else []),
    )


def _open_files() -> int:
    # One more is open while they are listed, before and after.
    return len(os.listdir(_OPEN_FILES)) if _OPEN_FILES.is_dir() else 0  # noqa: PTH208 - nothing but their number is of interest
