"""Says when a connection over which nothing goes is to be kept from ending.

Some servers leave who sends nothing for minutes; WebSocket pings do not count.
"""

SILENT_MS = 20
"""How much silence is sent to be heard of."""


class KeepAlive:
    """When something was sent last, and when to look at that.

    Looking is put off only when its time has come, not with every message.
    """

    def __init__(self, every_s: float) -> None:
        """Start to count.

        Args:
            every_s: The longest time without a message.
        """
        self._every_s = every_s
        self._sent_s = 0.0
        self._put_off_s = 0.0

    def sent(self, at_s: float) -> None:
        """Note that a message goes to the server."""
        self._sent_s = at_s

    @property
    def deadline(self) -> float:
        """When `due` is to be asked."""
        return self._put_off_s + self._every_s

    def due(self, at_s: float) -> bool:
        """Tell whether nothing was sent for too long."""
        if at_s < self.deadline:
            return False
        self._put_off_s = self._sent_s
        if at_s < self.deadline:
            return False
        self._put_off_s = at_s
        return True
