"""The contracts of simulators: servers that behave as a provider does.

A simulator lets a spec, a plugin and a test run offline: same wire, no key, no cost.
"""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from pydantic import Field

from realtime_run.core.pcm import Pcm
from realtime_run.plugin.settings import ExistingFile, Settings


class TlsFiles(Settings):
    """A certificate for a server, in PEM."""

    certificate: ExistingFile
    key: ExistingFile


class SimulatorSettings(Settings):
    """What every simulator takes; a plugin's own derive from this."""

    port: int = Field(0, ge=0, le=65535)
    """The TCP port on 127.0.0.1; 0 takes a free one."""
    tls: TlsFiles | None = None
    """Serve https and wss; None: http and ws."""
    script: ExistingFile | None = None
    """What the simulated model hears, calls and says; None: something plausible."""
    faults: Mapping[str, str] = Field(default_factory=dict[str, str])
    """What goes wrong: a fault's name and its value, empty where it takes none."""


class Speech(Protocol):
    """A voice that simulators speak with. Making one has no side effects."""

    @property
    def rate_hz(self) -> int:
        """The rate of what `say` returns."""
        ...

    async def say(self, text: str) -> Pcm:
        """Return a text as mono speech, whole."""
        ...


class Simulator(Protocol):
    """A server that is not open yet. Making one has no side effects."""

    def open(self, speech: Speech | None) -> AbstractAsyncContextManager[str]:
        """Serve on 127.0.0.1, and give the URL; leaving closes it and every connection.

        Args:
            speech: The voice to speak with; None: tones.

        Raises:
            OSError: If the port is taken.
            SpecError: If the script is wrong.
        """
        ...
