"""Measures calls by WebRTC: connecting, the gaps of the event loop, latency and CPU.

The other end runs in a process of its own: a simulator for whole calls, and for the
latency one way a peer that says when it heard and when it spoke, on the clock that all
processes share.

    python plugins/openai/bench/webrtc.py [SECONDS]
"""

import asyncio
import json
import statistics
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count
from pathlib import Path
from time import monotonic, perf_counter, process_time
from typing import TYPE_CHECKING

import numpy as np

from realtime_run.core.commands import AppendAudio
from realtime_run.core.pcm import Pcm
from realtime_run.plugin.api import Opening
from realtime_run_openai.settings import OpenAISettings
from realtime_run_openai.webrtc import open_webrtc

if TYPE_CHECKING:
    from realtime_run_openai.peer import Peer

_HZ = 48_000
_FRAME = 960
_LOUD = 4_000
_BURSTS = 8
_PROBE_S = 0.004
_FRAMES_AHEAD = 25
_TONE = (12_000 * np.sin(np.arange(_FRAME) * 2 * np.pi * 500 / _HZ)).astype("<i2")
_SILENCE = Pcm.silence(20, _HZ)


class _Gaps:
    """The longest time for which the event loop did nothing else."""

    def __init__(self) -> None:
        self._worst_s = 0.0

    async def watch(self) -> None:
        last = perf_counter()
        while True:
            await asyncio.sleep(_PROBE_S)
            now = perf_counter()
            self._worst_s = max(self._worst_s, now - last - _PROBE_S)
            last = now

    def take(self) -> str:
        worst_s, self._worst_s = self._worst_s, 0.0
        return f"loop gap {worst_s * 1000:3.0f} ms"


@asynccontextmanager
async def _child(role: str) -> AsyncGenerator[asyncio.subprocess.Process, None]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__)),
        role,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 20,
    )
    try:
        yield process
    finally:
        process.kill()
        await process.wait()


async def _say(process: asyncio.subprocess.Process, text: str) -> str:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(text).encode() + b"\n")
    answer: str = json.loads(await process.stdout.readline())
    return answer


async def _calls(seconds: float, gaps: _Gaps) -> None:
    async with _child("simulator") as process:
        url = await _say(process, "url")
        settings = OpenAISettings.model_validate({"base_url": url, "api_key": "sk"})
        for name in ("first", "second"):
            gaps.take()
            began = perf_counter()
            async with open_webrtc(settings, Opening()) as connection:
                connect_ms = (perf_counter() - began) * 1000
                print(f"{name} connect     {connect_ms:5.0f} ms, {gaps.take()}")
                cpu_s, began = process_time(), perf_counter()
                while perf_counter() - began < seconds:
                    await connection.send(AppendAudio(pcm=_SILENCE))
                share = (process_time() - cpu_s) / (perf_counter() - began)
                print(f"  talking          {share:5.1%} of a core, {gaps.take()}")
                began = perf_counter()
            left_ms = (perf_counter() - began) * 1000
            print(f"  leaving          {left_ms:5.0f} ms, {gaps.take()}")


@dataclass
class _Latency:
    """How long bursts took, one way, in ms."""

    up: list[float] = field(default_factory=list)
    down: list[float] = field(default_factory=list)
    spoken_at: float = 0.0

    async def talk(self, peer: "Peer") -> None:
        """Say a burst every second."""
        began = monotonic()
        for n in count():
            loud = n % 50 == _FRAMES_AHEAD
            if loud:
                self.spoken_at = monotonic()
            pcm = Pcm(_TONE.tobytes(), _HZ) if loud else _SILENCE
            await peer.microphone.write(pcm)
            await asyncio.sleep(max(0.0, began + n * 0.02 - monotonic()))

    async def listen(self, peer: "Peer") -> None:
        """Compare the times until there are enough."""
        theirs = 0.0
        while min(len(self.up), len(self.down)) < _BURSTS:
            item = await peer.inbox.get()
            if isinstance(item, str | bytes):
                message = json.loads(item)
                if message["type"] == "heard":
                    self.up.append((message["at"] - self.spoken_at) * 1000)
                elif message["type"] == "spoken":
                    theirs = message["at"]
            elif theirs and abs(np.frombuffer(item.pcm, "<i2")).max() > _LOUD:
                self.down.append((monotonic() - theirs) * 1000)
                theirs = 0.0


async def _latency() -> None:
    from realtime_run_openai.peer import open_peer  # noqa: PLC0415 - measured above

    found = _Latency()
    async with (
        _child("peer") as process,
        open_peer(with_video=False, now=monotonic) as peer,
        asyncio.TaskGroup() as tasks,
    ):
        await peer.accept(await _say(process, await peer.offer()))
        await peer.connected()
        beside = [
            tasks.create_task(peer.receive_audio()),
            tasks.create_task(found.talk(peer)),
        ]
        await found.listen(peer)
        for task in beside:
            task.cancel()
    for name, took_ms in (("up", found.up), ("down", found.down)):
        median = statistics.median(took_ms)
        print(f"one way {name:4}       {median:5.0f} ms (to {max(took_ms):.0f} ms)")


async def _bench(seconds: float) -> None:
    gaps = _Gaps()
    async with asyncio.TaskGroup() as tasks:
        watch = tasks.create_task(gaps.watch())
        await _calls(seconds, gaps)
        watch.cancel()
    await _latency()


async def _simulate() -> None:
    from realtime_run_openai.simulator.server import (  # noqa: PLC0415 - the child's
        OpenAISimulator,
    )
    from realtime_run_openai.simulator.settings import (  # noqa: PLC0415 - the same
        OpenAISimulatorSettings,
    )

    async with OpenAISimulator(OpenAISimulatorSettings()).open(None) as url:
        await asyncio.to_thread(sys.stdin.readline)
        print(json.dumps(url), flush=True)
        await asyncio.Event().wait()


async def _answer() -> None:
    import aiortc  # noqa: PLC0415 - the child's
    from aiortc.mediastreams import MediaStreamTrack  # noqa: PLC0415 - the same
    from av import AudioFrame  # noqa: PLC0415 - the same

    peer = aiortc.RTCPeerConnection(aiortc.RTCConfiguration(iceServers=[]))
    channels: list[aiortc.RTCDataChannel] = []

    def tell(kind: str) -> None:
        for channel in channels:
            message = {"type": kind, "response_id": "r", "at": monotonic()}
            channel.send(json.dumps(message))

    class Voice(MediaStreamTrack):
        kind = "audio"
        n = 0
        began = 0.0

        async def recv(self) -> AudioFrame:
            self.began = self.began or monotonic()
            await asyncio.sleep(max(0.0, self.began + self.n * 0.02 - monotonic()))
            frame = AudioFrame(format="s16", layout="mono", samples=_FRAME)
            is_loud = self.n % 50 == 0 and self.n > 0
            frame.planes[0].update(_TONE.tobytes() if is_loud else bytes(2 * _FRAME))
            frame.sample_rate, frame.time_base = _HZ, Fraction(1, _HZ)
            frame.pts = self.n * _FRAME
            self.n += 1
            if is_loud:
                tell("spoken")
            return frame

    def open_channel(channel: aiortc.RTCDataChannel) -> None:
        channels.append(channel)
        tell("output_audio_buffer.started")

    peer.on("datachannel", open_channel)
    offer = json.loads(await asyncio.to_thread(sys.stdin.readline))
    await peer.setRemoteDescription(aiortc.RTCSessionDescription(offer, "offer"))
    peer.addTrack(Voice())
    await peer.setLocalDescription(await peer.createAnswer())
    print(json.dumps(peer.localDescription.sdp), flush=True)
    track = peer.getReceivers()[0].track
    was_loud = False
    while True:
        frame = await track.recv()
        is_loud = abs(frame.to_ndarray()).max() > _LOUD
        if is_loud and not was_loud:
            tell("heard")
        was_loud = is_loud


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["simulator"]:
            asyncio.run(_simulate())
        case ["peer"]:
            asyncio.run(_answer())
        case rest:
            asyncio.run(_bench(float(rest[0]) if rest else 3.0))
