"""The parts of a session that a client's events move, and who moves them."""

from dataclasses import dataclass
from typing import Protocol

from realtime_run_openai.simulator.desk import Desk
from realtime_run_openai.simulator.listening import Listening
from realtime_run_openai.simulator.playback import Playback
from realtime_run_openai.simulator.remote_tools import RemoteTools
from realtime_run_openai.simulator.responder import Responder


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """One session's parts."""

    desk: Desk
    listening: Listening
    responder: Responder
    playback: Playback
    remote_tools: RemoteTools


class Rules(Protocol):
    """What a server does about its client, in one session."""

    def greet(self) -> None:
        """Say what comes right after `session.created`."""
        ...

    def take(self, text: str | bytes) -> None:
        """Obey a message of the client, or say why not; never raises."""
        ...

    def respond(self) -> None:
        """Begin a response that the client did not ask for, or say why not."""
        ...
