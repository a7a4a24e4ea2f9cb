"""Opens the session over a connection that is there, whatever carries it."""

import asyncio
from collections.abc import Mapping, Sequence

from realtime_run.plugin.provider_api import HistoryItem
from realtime_run.wire.codec import Outcome
from realtime_run.wire.connection import WireConnection
from realtime_run_openai.codec import Codec


async def open_session(
    connection: WireConnection,
    *,
    codec: Codec,
    session: Mapping[str, object] | None,
    history: Sequence[HistoryItem],
) -> None:
    """Wait for the server's greeting, configure the session, wait until it is.

    Args:
        connection: Running.
        codec: Its own.
        session: See `Codec.opening`.
        history: What was said before, oldest first.

    Raises:
        ProviderError: If the server refuses the session, or leaves.
    """
    await connection.exchange(Outcome(), lambda: codec.greeted)
    now = asyncio.get_running_loop().time()
    opening = codec.opening(session, history, now)
    await connection.exchange(opening, lambda: codec.acknowledged is not None)
