"""Notices that a response was begun and that nothing more comes of it.

The connection stands, and pings are answered: but what speaks behind it has gone. Only
a new connection helps.
"""

from realtime_run.core.errors import ConnectionClosedError

SILENT_S = 60.0
"""How long a server may say nothing at all while it makes a response: longer than any
model reasons before it speaks."""


class Silence:
    """When the server was heard last, and when to look at that.

    Looking is put off only when its time has come, not with every message.
    """

    def __init__(self) -> None:
        self._heard_s = 0.0
        self._put_off_s = 0.0

    def heard(self, at_s: float) -> None:
        """Note that the server has said something."""
        self._heard_s = at_s

    def deadline(self, since_s: float) -> float:
        """Return when `broken` is to be asked, of a response begun at `since_s`."""
        return max(since_s, self._put_off_s) + SILENT_S

    def broken(
        self, since_s: float, at_s: float, *, busy: bool
    ) -> ConnectionClosedError | None:
        """Return the end of the connection, if the server was silent for too long.

        Args:
            since_s: When the response that is being made began.
            at_s: Now.
            busy: The server waits for somebody else, such as a tool's server.
        """
        if at_s < self.deadline(since_s):
            return None
        self._put_off_s = at_s if busy else max(since_s, self._heard_s)
        if at_s < self.deadline(since_s):
            return None
        message = f"the server began a response, then said nothing for {SILENT_S:g} s"
        return ConnectionClosedError(message, code="response_stalled")
