"""Measures what the codec costs per 20 ms of microphone and per piece of speech.

    python plugins/openai/bench/codec.py [SECONDS]

Prints microseconds for each, the best of five rounds, beside what the bare base64 and
JSON of the standard library take for the same bytes.
"""

import base64
import json
import sys
from collections.abc import Callable
from time import perf_counter

from realtime_run.core.commands import AppendAudio
from realtime_run.core.pcm import Pcm
from realtime_run_openai.codec import Codec, CodecOptions
from realtime_run_openai.dialect import OPENAI

_RATE_HZ = 24_000
_ROUNDS = 5


def _codec() -> Codec:
    codec = Codec(
        CodecOptions(
            dialect=OPENAI,
            transport="websocket",
            creates_responses=True,
            images_kept=8,
            cost=lambda _usage: None,
            setting_of=lambda _param: None,
        )
    )
    codec.receive(_message("response.created", response={"id": "resp_1"}), 0.0)
    return codec


def _message(type_: str, **fields: object) -> str:
    return json.dumps({"type": type_, "event_id": "event_0123456789", **fields})


def _pcm(ms: int) -> bytes:
    return bytes(range(256)) * (ms * _RATE_HZ * 2 // 1000 // 256)


def _best_us(call: Callable[[], object], seconds: float) -> float:
    best = float("inf")
    for _ in range(_ROUNDS):
        calls, started = 0, perf_counter()
        while perf_counter() - started < seconds / _ROUNDS:
            for _ in range(100):
                call()
            calls += 100
        best = min(best, (perf_counter() - started) / calls)
    return best * 1e6


def _append(seconds: float) -> None:
    codec, command = _codec(), AppendAudio(pcm=Pcm(bytes(960), _RATE_HZ))
    ours = _best_us(lambda: codec.ask(command, 0.0), seconds)
    plain = _best_us(
        lambda: json.dumps(
            {
                "type": "input_audio_buffer.append",
                "audio": base64.b64encode(command.pcm.data).decode(),
            }
        ),
        seconds,
    )
    print(f"append    20 ms: {ours:7.2f} us  (json.dumps and base64: {plain:.2f} us)")


def _delta(ms: int, seconds: float) -> None:
    codec = _codec()
    text = _message(
        "response.output_audio.delta",
        response_id="resp_1",
        item_id="item_1",
        output_index=0,
        content_index=0,
        delta=base64.b64encode(_pcm(ms)).decode(),
    )
    ours = _best_us(lambda: codec.receive(text, 0.0), seconds)
    plain = _best_us(
        lambda: base64.b64decode(json.loads(text)["delta"].encode()), seconds
    )
    print(f"delta  {ms:5} ms: {ours:7.2f} us  (json.loads and base64: {plain:.2f} us)")


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    _append(seconds)
    for ms in (20, 100, 500):
        _delta(ms, seconds)


if __name__ == "__main__":
    main()
