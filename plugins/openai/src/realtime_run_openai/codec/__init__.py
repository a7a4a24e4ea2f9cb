"""The protocol without the network: messages and commands in, events out."""

from realtime_run_openai.codec.codec import Codec
from realtime_run_openai.codec.options import CodecOptions

__all__ = ["Codec", "CodecOptions"]
