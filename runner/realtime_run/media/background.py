"""Loops that run beside the body of an `async with`."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager


@asynccontextmanager
async def running(loop: Callable[[], Awaitable[None]]) -> AsyncGenerator[None]:
    """Run an endless loop beside the body; leaving ends it.

    An error of the loop ends the body and is raised as it is, as is an error of the
    body: no group wraps them, unless both fail.
    """
    alone: BaseException | None = None
    try:
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(_awaited(loop))
            try:
                yield
            finally:
                task.cancel()
    except BaseExceptionGroup as group:
        alone, *others = group.exceptions
        if others:
            raise
    if alone is not None:
        raise alone


async def _awaited(loop: Callable[[], Awaitable[None]]) -> None:
    await loop()
