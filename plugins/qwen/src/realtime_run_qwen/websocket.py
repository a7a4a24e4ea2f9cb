"""Connections by WebSocket."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial

from realtime_run.plugin.provider_api import Connection, Opening
from realtime_run.wire.websocket import PING_S, Server, open_websocket
from realtime_run_openai.codec import Codec
from realtime_run_openai.opening import open_session
from realtime_run_openai.refusals import refusal
from realtime_run_qwen.codec_options import codec_options
from realtime_run_qwen.endpoints import headers, websocket_url
from realtime_run_qwen.session_object import session_object, unanswered_of
from realtime_run_qwen.settings import QwenSettings
from realtime_run_qwen.verdicts import verdict


@asynccontextmanager
async def open_connection(
    settings: QwenSettings, opening: Opening, *, ping_s: float = PING_S
) -> AsyncGenerator[Connection]:
    """Open a connection whose session the server has acknowledged.

    Args:
        settings: What stands beside `use: qwen`.
        opening: What the conversation starts with; its history is told by the
            instructions, but for what the user said last and has no answer yet.
        ping_s: How often to ping, and how long to wait for the answer.

    Raises:
        ProviderError: If the server cannot be reached, or refuses.
    """
    options = codec_options(settings, opening)
    codec = Codec(options)
    server = Server(
        url=websocket_url(settings),
        headers=headers(settings),
        refusal=partial(refusal, setting_of=options.setting_of, meaning=verdict),
        url_setting="provider.base_url",
        blamed=settings.blamed_address,
        timeout_s=settings.connect_timeout,
    )
    session = session_object(settings, opening)
    begin = partial(
        open_session,
        codec=codec,
        session=session,
        history=unanswered_of(settings, opening),
    )
    async with open_websocket(server, codec, begin, ping_s=ping_s) as connection:
        yield connection
