"""Connections by WebSocket."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial

from realtime_run.plugin.provider_api import Connection, Opening
from realtime_run.wire.websocket import PING_S, Server, open_websocket
from realtime_run_openai.codec import Codec
from realtime_run_openai.codec_options import codec_options
from realtime_run_openai.endpoints import headers, websocket_url
from realtime_run_openai.opening import open_session
from realtime_run_openai.refusals import refusal
from realtime_run_openai.session_object import session_object
from realtime_run_openai.settings import OpenAISettings


@asynccontextmanager
async def open_connection(
    settings: OpenAISettings, opening: Opening, *, ping_s: float = PING_S
) -> AsyncGenerator[Connection]:
    """Open a connection whose session the server has acknowledged.

    Args:
        settings: What stands beside `use: openai`.
        opening: What the conversation starts with.
        ping_s: How often to ping, and how long to wait for the answer.

    Raises:
        ProviderError: If the server cannot be reached, or refuses.
    """
    options = codec_options(settings, opening, "websocket")
    session = session_object(settings, opening, settings.spoken)
    codec = Codec(options)
    server = Server(
        url=websocket_url(settings),
        headers=headers(settings),
        refusal=partial(refusal, setting_of=options.setting_of),
        url_setting="provider.base_url",
        blamed=settings.blamed_address,
        timeout_s=settings.connect_timeout,
    )
    begin = partial(open_session, codec=codec, session=session, history=opening.history)
    async with open_websocket(server, codec, begin, ping_s=ping_s) as connection:
        yield connection
