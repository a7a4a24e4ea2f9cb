"""What each provider's codec costs per message, in microseconds.

    python tests/bench/codecs.py

"append" is 20 ms of the microphone, fifty times a second; "delta" is a piece of the
agent's speech of 100 ms, as services send them. "bare" is base64 and JSON of the
standard library for the same bytes, which nothing in Python comes below by much.

Targets: none. What is spent here is spent once for each session: at 20 sessions, 10 µs
an append are 1 % of a processor.
"""

import base64
import json
from collections.abc import Callable
from time import perf_counter

from support.figures import heading, load, row

from realtime_run.core.commands import AppendAudio
from realtime_run.core.pcm import Pcm
from realtime_run.plugin.api import Opening
from realtime_run.wire.codec import Codec
from realtime_run_gemini import codec_options as gemini_options
from realtime_run_gemini.codec import Codec as GeminiCodec
from realtime_run_gemini.settings import GeminiSettings
from realtime_run_openai.codec import Codec as OpenAICodec
from realtime_run_openai.codec_options import codec_for
from realtime_run_openai.settings import OpenAISettings
from realtime_run_qwen import codec_options as qwen_options
from realtime_run_qwen.settings import QwenSettings

ROUNDS = 15
CALLS = 2_000
OUTPUT_HZ = 24_000
KEY = {"api_key": "k"}
DELTA = base64.b64encode(bytes(range(240)) * 20).decode()
"""100 ms at 24 kHz."""


def openai() -> tuple[Codec, str, str]:
    """Return a codec in the middle of an answer, what began it, and its next piece."""
    settings = OpenAISettings.model_validate(KEY)
    codec = codec_for(settings, Opening(), "websocket")
    return codec, *answer("response.output_audio.delta")


def qwen() -> tuple[Codec, str, str]:
    """Return the same of Qwen."""
    options = qwen_options.codec_options(QwenSettings.model_validate(KEY), Opening())
    return OpenAICodec(options), *answer("response.audio.delta")


def gemini() -> tuple[Codec, str, str]:
    """Return the same of Gemini."""
    settings = GeminiSettings.model_validate(KEY)
    codec = GeminiCodec(gemini_options.codec_options(settings, Opening()))
    codec.opening({}, Opening(), 0.0)
    blob = {"mimeType": "audio/pcm;rate=24000", "data": DELTA}
    content = {"modelTurn": {"parts": [{"inlineData": blob}]}}
    return codec, '{"setupComplete":{}}', json.dumps({"serverContent": content})


def answer(delta: str) -> tuple[str, str]:
    """Return how an answer begins, and a piece of it, in the words of OpenAI."""
    created = {"type": "response.created", "response": {"id": "r"}}
    where = {"response_id": "r", "item_id": "i", "output_index": 0, "content_index": 0}
    return json.dumps(created), json.dumps({"type": delta, **where, "delta": DELTA})


def main() -> None:
    """Print the table."""
    print(load())
    heading("a message", "µs")
    for name, made, input_hz in (
        ("openai", openai, 24_000),
        ("gemini", gemini, 16_000),
        ("qwen", qwen, 16_000),
    ):
        measure(name, made, input_hz)
    print(load())


def measure(
    name: str, made: Callable[[], tuple[Codec, str, str]], input_hz: int
) -> None:
    """Print what a codec costs, in both directions."""
    codec, begun, piece = made()
    codec.receive(begun, 0.0)
    frame = Pcm(bytes(input_hz // 50 * 2), input_hz)
    append = AppendAudio(pcm=frame)
    row(f"{name}: append", taken_us(lambda: codec.ask(append, 0.0)))
    row(f"{name}: append, bare", taken_us(lambda: bare_append(frame.data)))
    row(f"{name}: delta", taken_us(lambda: codec.receive(piece, 0.0)))
    row(f"{name}: delta, bare", taken_us(lambda: bare_delta(piece)))


def bare_append(pcm: bytes) -> str:
    """Write a message with audio."""
    return json.dumps({"audio": base64.b64encode(pcm).decode()})


def bare_delta(text: str) -> bytes:
    """Read a message with audio."""
    json.loads(text)
    return base64.b64decode(DELTA)


def taken_us(call: Callable[[], object]) -> list[float]:
    """Return how long a call takes, on average of each round."""
    figures: list[float] = []
    for _ in range(ROUNDS):
        began = perf_counter()
        for _ in range(CALLS):
            call()
        figures.append((perf_counter() - began) / CALLS * 1e6)
    return figures


if __name__ == "__main__":
    main()
