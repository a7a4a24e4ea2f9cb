"""The shape of the decoders' tables."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from realtime_run.wire.messages import Message
from realtime_run_openai.codec.state import State

Table: TypeAlias = Mapping[str, Callable[[State, Message], None]]
"""What takes each server event, by its canonical name."""
