"""Loads what a call is made of, in a thread.

aiortc and PyAV take half a second to import, which nobody who is speaking over another
connection shall notice; nor what they, and TLS, do when they are used first.
"""

import gc
import sys
from collections.abc import Callable, Generator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from realtime_run.plugin.api import Opening
from realtime_run_openai.places import setting_of
from realtime_run_openai.settings import OpenAISettings

if TYPE_CHECKING:
    import httpx

    from realtime_run_openai.calls import Calls
    from realtime_run_openai.codec import Codec
    from realtime_run_openai.peer import Peer
    from realtime_run_openai.webrtc_connection import WebRtcConnection


_IMPORTED_LATE = ("cryptography.hazmat.primitives.serialization",)
"""What DTLS imports when it is used first."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a call is made of."""

    client: "httpx.AsyncClient"
    """Not entered yet."""
    calls: "Callable[[httpx.AsyncClient], Calls]"
    open_peer: "Callable[..., AbstractAsyncContextManager[Peer]]"
    connection: "Callable[[Codec, Peer], WebRtcConnection]"


def load(settings: OpenAISettings, opening: Opening) -> Parts:
    """Import what is heavy, and use once what is slow when it is used first.

    It blocks: run it in a thread.

    Raises:
        ProviderError: If there is a proxy that makes no sense.
    """
    with _spared_collector():
        import anyio  # noqa: PLC0415 - httpx imports it when it is used first
        from aiortc import RTCCertificate  # noqa: PLC0415 - 0.5 s with PyAV
        from aiortc.codecs.opus import (  # noqa: PLC0415 - the same
            OpusDecoder,
            OpusEncoder,
        )

        from realtime_run_openai.calls import (  # noqa: PLC0415 - imports httpx
            Calls,
            http_client,
        )
        from realtime_run_openai.peer import open_peer  # noqa: PLC0415 - imports aiortc
        from realtime_run_openai.webrtc_connection import (  # noqa: PLC0415 - the same
            WebRtcConnection,
        )

        for module in _IMPORTED_LATE:
            import_module(module)

    anyio.run(anyio.sleep, 0)
    RTCCertificate.generateCertificate()
    OpusEncoder()
    OpusDecoder()
    place_of = partial(setting_of, settings=settings, functions=len(opening.tools))
    return Parts(
        client=http_client(settings),
        calls=partial(Calls, settings=settings, setting_of=place_of),
        open_peer=open_peer,
        connection=WebRtcConnection,
    )


@contextmanager
def _spared_collector() -> Generator[None, None, None]:
    """Keep the collector from looking through the modules, now and ever after.

    It holds up every thread, for 50 ms each time that it looks through all of them:
    a gap in the sound.
    """
    if "realtime_run_openai.peer" in sys.modules or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()
