"""Opens a connection, and leaves it within a bound, whatever the plugin does."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from realtime_run.plugin.api import Connection, Opening, Provider
from realtime_run.session.causes import cause_of

_log = logging.getLogger(__name__)

CLOSE_S = 2.0
"""How long a connection may take to close."""


@asynccontextmanager
async def bounded(provider: Provider, opening: Opening) -> AsyncGenerator[Connection]:
    """Open a connection that is left within a bound, whatever the plugin does.

    What the plugin's own tasks raised comes out as it was, not wrapped in groups.
    """
    context = provider.connect(opening)
    try:
        connection = await context.__aenter__()
    except BaseExceptionGroup as group:
        raise cause_of(group) from None
    try:
        yield connection
    except BaseException as error:
        await _leave(context, error)
        raise
    await _leave(context, None)


async def _leave(
    context: AbstractAsyncContextManager[Connection], error: BaseException | None
) -> None:
    deadline = asyncio.timeout(CLOSE_S)
    try:
        async with deadline:
            if error is None:
                await context.__aexit__(None, None, None)
            else:
                await context.__aexit__(type(error), error, error.__traceback__)
    except TimeoutError:
        if not deadline.expired():
            raise
        _log.warning("the connection did not close within %g s: left behind", CLOSE_S)
    except BaseExceptionGroup as group:
        # A task group in the plugin wraps what went through it. If it is not what we
        # threw in, a task of the plugin failed, and that is why we are here.
        cause = cause_of(group)
        if cause is not error:
            raise cause from None
