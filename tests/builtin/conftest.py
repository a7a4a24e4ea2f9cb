import asyncio
from collections.abc import Callable, Sequence

import pytest

from realtime_run.core.capabilities import Capabilities
from realtime_run.core.events import Participant
from realtime_run.core.pcm import Pcm
from realtime_run.plugin.api import SessionInfo, TextProcessor


class FastClock:
    """Time that passes only while somebody sleeps, and at once."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds
        await asyncio.sleep(0)


class Speech:
    """What an agent says: bytes that wait to be pulled."""

    def __init__(self, rate_hz: int = 16_000) -> None:
        self.rate_hz = rate_hz
        self.waiting = b""
        self.pulled = 0
        self.enough = asyncio.Event()
        self.wanted = 1 << 60

    @property
    def pending_frames(self) -> int:
        return len(self.waiting) // 2

    def pull(self, frames: int, *, taken: Callable[[], None] | None = None) -> bytes:
        played, self.waiting = self.waiting[: frames * 2], self.waiting[frames * 2 :]
        assert taken is None  # nobody asks what a file holds
        self.pulled += frames
        if self.pulled >= self.wanted:
            self.enough.set()
        return played.ljust(frames * 2, b"\0")

    async def until_pulled(self, frames: int) -> None:
        self.wanted = frames
        self.enough.clear()
        if self.pulled < frames:
            await self.enough.wait()


class SilentConversation:
    """A conversation in which handlers are not expected to do anything."""

    session_id = "1f0c9a7e-0000"
    connected = True
    epoch = 0

    async def simple_response(
        self,
        text: str,
        processors: Sequence[TextProcessor] | None = None,
        participant: Participant | None = None,
    ) -> None:
        raise NotImplementedError

    async def simple_audio_response(
        self, pcm: Pcm, participant: Participant | None = None
    ) -> None:
        raise NotImplementedError

    async def interrupt(self) -> None:
        raise NotImplementedError

    async def close(self) -> None:
        raise NotImplementedError


@pytest.fixture
def clock() -> FastClock:
    return FastClock()


@pytest.fixture
def speech() -> Speech:
    return Speech()


@pytest.fixture
def conversation() -> SilentConversation:
    return SilentConversation()


@pytest.fixture
def session() -> SessionInfo:
    return SessionInfo(
        session_id="1f0c9a7e-1111-4222-8333-444455556666",
        agent_name="receptionist",
        provider="echo",
        capabilities=Capabilities(input_hz=16_000, output_hz=16_000),
        effective_spec={"name": "receptionist", "provider": {"api_key": "**********"}},
    )
