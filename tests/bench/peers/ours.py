"""One contestant: realtime-run with a real spec and a plugin for the sound."""

import common  # first: it notes the start time

import gc

gc.disable()  # as the command line does while it loads

from pathlib import Path
from typing import Any

from bench_audio import BenchPlugin

from realtime_run import Realtime
from realtime_run.plugin.host import Host

SPEC = """
provider:
  use: openai
  transport: websocket
  model: gpt-realtime
  base_url: {url}
instructions: {instructions}
audio: bench
barge_in: eager  # the peers too let the server decide
handlers: []
"""


async def start_session(sid: int, url: str, mic: Any, speaker: Any) -> Any:
    """Hold one conversation; returns when it is connected."""
    spec = Path(f"agent{sid}.yaml")
    base = url.removesuffix("/realtime")
    told = common.instructions()
    spec.write_text(SPEC.format(url=base, instructions=told))  # noqa: ASYNC240 - before it begins
    host = Host()
    host.register(BenchPlugin(mic, speaker), "bench")
    realtime = Realtime.from_spec(spec, host=host)
    gc.freeze()
    gc.enable()
    await realtime.connect()
    return realtime.close


common.main("ours", start_session)
