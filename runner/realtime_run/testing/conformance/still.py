"""A camera that shows one grey picture."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Self

from realtime_run.core.picture import Picture

_WIDTH, _HEIGHT = 64, 48
GREY = Picture(
    width=_WIDTH, height=_HEIGHT, i420=bytes([128]) * (_WIDTH * _HEIGHT * 3 // 2)
)
"""The picture."""


class Still:
    """Shows its picture once, and then nothing new."""

    def __init__(self) -> None:
        self._shown = False

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[Self]:
        """There is nothing to open."""
        yield self

    async def read(self) -> Picture | None:
        """Return the picture; the second time, wait for ever."""
        if self._shown:
            await asyncio.Event().wait()
        self._shown = True
        return GREY
