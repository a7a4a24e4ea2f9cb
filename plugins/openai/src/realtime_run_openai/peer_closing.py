"""Closes an RTCPeerConnection so that nothing of it goes on.

Importing this module takes long (aiortc): do it in a thread.
"""

import asyncio
from contextlib import suppress

from aiortc import RTCPeerConnection

_CLOSE_S = 1.0
_SETTLE_S = 0.2
_SETTLE_STEPS = 20
_SETTLE_STEP_S = 0.005
_TURNS = 5
"""So often tasks of aiortc that wait for the same take turns, generously."""


async def close(connection: RTCPeerConnection, *, described: bool) -> None:
    """End a connection and everything that aiortc runs for it.

    Args:
        connection: Has a data channel, or was described.
        described: Whether both sides were described, so that it connects.
    """
    await _settle(connection, described=described)
    with suppress(TimeoutError):
        async with asyncio.timeout(_CLOSE_S):
            # Cut in half, it would leave sockets open: it takes milliseconds, and
            # goes on by itself when nobody waits for it any more.
            await asyncio.shield(connection.close())


async def _settle(connection: RTCPeerConnection, *, described: bool) -> None:
    # What aiortc does to connect, it goes on doing after it was closed: ICE then
    # renews its consent for ever, and senders and receivers start after their stop.
    settled = asyncio.Event()
    connection.on("connectionstatechange", settled.set)
    waits = {"new", "connecting"} if described else {"connecting"}
    try:
        async with asyncio.timeout(_SETTLE_S):
            while connection.connectionState in waits:
                settled.clear()
                await settled.wait()
    except TimeoutError:
        await _fail(connection)
    for _ in range(_TURNS):
        await asyncio.sleep(0)


async def _fail(connection: RTCPeerConnection) -> None:
    """Let ICE fail, since nothing answers, then DTLS: no event tells of that."""
    if connection.sctp is None:
        return
    dtls = connection.sctp.transport
    await dtls.transport.stop()
    for _ in range(_SETTLE_STEPS):
        if dtls.state == "failed":
            return
        await asyncio.sleep(_SETTLE_STEP_S)
