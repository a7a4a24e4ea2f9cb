"""Connections by WebRTC: sound and pictures by RTP, the rest by a data channel."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from realtime_run.core.errors import ProviderError
from realtime_run.plugin.api import Connection, Opening
from realtime_run.plugin.threads import run_in_thread
from realtime_run_openai.codec import Codec
from realtime_run_openai.codec_options import codec_for
from realtime_run_openai.liveness import LOST_S, Liveness
from realtime_run_openai.session_object import call_session
from realtime_run_openai.settings import OpenAISettings
from realtime_run_openai.transports import NEEDS_UDP
from realtime_run_openai.webrtc_parts import load

if TYPE_CHECKING:
    from realtime_run_openai.calls import Answer, Calls
    from realtime_run_openai.peer import Peer
    from realtime_run_openai.webrtc_connection import WebRtcConnection
    from realtime_run_openai.webrtc_parts import Parts

_HANG_UP_S = 0.8
"""The server hears of the end by DTLS, too: hanging up is worth no long wait."""
_LIVENESS_S = 1.0


@asynccontextmanager
async def open_webrtc(
    settings: OpenAISettings, opening: Opening
) -> AsyncGenerator[Connection, None]:
    """Place a call, ready to be talked on; leaving hangs up.

    Args:
        settings: What stands beside `use: openai`.
        opening: What the connection starts with.

    Raises:
        ProviderError: If the server cannot be reached, refuses, or is not connected
            within `connect_timeout`.
    """
    codec = codec_for(settings, opening, "webrtc")
    session = call_session(settings, opening, settings.spoken)
    clock = asyncio.get_running_loop().time
    limit = partial(_limit, settings, clock() + settings.connect_timeout)
    async with AsyncExitStack() as stack:
        async with limit("WebRTC did not load"):
            parts = await _loaded(settings, opening)
        client = await stack.enter_async_context(parts.client)
        calls = parts.calls(client)
        peer = await stack.enter_async_context(
            parts.open_peer(with_video=settings.video == "track", now=clock)
        )
        async with limit("the server did not answer the call"):
            answer = await _place(calls, await peer.offer(), session)
        stack.push_async_callback(_hang_up, calls, answer.call_id, peer)
        async with limit(f"no connection came about (ICE and DTLS); {NEEDS_UDP}"):
            await peer.accept(answer.sdp)
            await peer.connected()
        connection = parts.connection(codec, peer)
        await stack.enter_async_context(_running(connection, peer, codec))
        async with limit("the server did not greet"):
            await connection.open(opening.history)
        yield connection


async def _loaded(settings: OpenAISettings, opening: Opening) -> "Parts":
    try:
        return await run_in_thread(load, settings, opening)
    except ImportError as error:
        message = (
            f"WebRTC cannot be loaded: {error};"
            " install realtime-run-openai anew, or write 'transport: websocket'"
        )
        raise ProviderError(
            message,
            code="missing",
            is_recoverable=False,
            setting="provider.transport",
        ) from error


@asynccontextmanager
async def _limit(
    settings: OpenAISettings, deadline: float, otherwise: str
) -> AsyncGenerator[None, None]:
    try:
        async with asyncio.timeout_at(deadline):
            yield
    except TimeoutError:
        message = f"after {settings.connect_timeout:g} s, {otherwise}"
        raise ProviderError(
            message, code="connect_timeout", setting="provider.connect_timeout"
        ) from None


@asynccontextmanager
async def _running(
    connection: "WebRtcConnection", peer: "Peer", codec: Codec
) -> AsyncGenerator[None, None]:
    failure: BaseException | None = None
    async with connection.running(), asyncio.TaskGroup() as tasks:
        beside = (
            tasks.create_task(peer.receive_audio(), name="server's voice"),
            tasks.create_task(_watch(peer, codec), name="server's liveness"),
        )
        try:
            yield
        except BaseException as error:  # noqa: BLE001 - raised again below, unwrapped
            failure = error
        finally:
            for task in beside:
                task.cancel()
    if failure is not None:
        raise failure


async def _watch(peer: "Peer", codec: Codec) -> None:
    clock = asyncio.get_running_loop().time
    liveness = Liveness(clock())
    while True:
        await asyncio.sleep(_LIVENESS_S)
        packets = await peer.packets()
        is_sounding = codec.sounding is not None
        if liveness.is_lost(packets, sounding=is_sounding, at_s=clock()):
            peer.give_up(f"nothing has come from the server for {LOST_S:g} s")
            return


async def _place(calls: "Calls", offer: str, session: Mapping[str, object]) -> "Answer":
    """Place a call; given up meanwhile, it does not stay open at the server."""
    async with asyncio.TaskGroup() as tasks:
        placing = tasks.create_task(_tried(calls.place(offer, session)))
        try:
            placed = await asyncio.shield(placing)
        except asyncio.CancelledError:
            await _take_back(calls, placing)
            placing.cancel()
            raise
    if isinstance(placed, ProviderError):
        raise placed
    return placed


async def _tried(placing: Awaitable["Answer"]) -> "Answer | ProviderError":
    # Returned, for a task group would wrap what is raised.
    try:
        return await placing
    except ProviderError as error:
        return error


async def _take_back(
    calls: "Calls", placing: "asyncio.Task[Answer | ProviderError]"
) -> None:
    """Hang up the call that is being placed, if its name comes soon."""
    try:
        async with asyncio.timeout(_HANG_UP_S):
            placed = await placing
            if not isinstance(placed, ProviderError) and placed.call_id is not None:
                await calls.hang_up(placed.call_id)
    except (ProviderError, TimeoutError):
        return  # without a connection the server gives the call up by itself


async def _hang_up(calls: "Calls", call_id: str | None, peer: "Peer") -> None:
    ended = peer.inbox.ended
    if call_id is None or (ended is not None and ended.was_clean):
        return  # the server has hung up
    try:
        async with asyncio.timeout(_HANG_UP_S):
            await calls.hang_up(call_id)
    except (ProviderError, TimeoutError):
        return  # the connection ends all the same, and with it the call
