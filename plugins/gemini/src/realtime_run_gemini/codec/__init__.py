"""The pure codec of Gemini Live: no I/O, no clock."""

from realtime_run_gemini.codec.codec import Codec
from realtime_run_gemini.codec.options import CodecOptions

__all__ = ["Codec", "CodecOptions"]
