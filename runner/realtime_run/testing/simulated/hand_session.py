"""A session of a simulated service in the hand of a test, which is its clock, too."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from realtime_run.simulation.driver import Service
from realtime_run.simulation.outputs import Message, Output, Speak
from realtime_run.simulation.tones import spoken


class HandSession:
    """Takes what a test sends, and keeps what comes of it."""

    def __init__(
        self,
        service: Service,
        *,
        at_s: float = 0.0,
        judge: Callable[[Mapping[str, Any]], None] = lambda _: None,
    ) -> None:
        """Open a session.

        Args:
            service: Its server's side; pure.
            at_s: The time now, in monotonic seconds.
            judge: Is given every message that is sent, and raises if it is wrong.
        """
        self.at_s = at_s
        self.outputs: list[Output] = []
        self._service = service
        self._judge = judge
        self.take(service.open(at_s))

    def send_raw(self, text: str | bytes) -> list[dict[str, Any]]:
        """Send a message, and return those that came at once."""
        before = len(self.outputs)
        self.take(self._service.receive(text, self.at_s))
        return _events(self.outputs[before:])

    def wait(self, seconds: float) -> list[dict[str, Any]]:
        """Let time pass, and return what came meanwhile."""
        before, end = len(self.outputs), self.at_s + seconds
        while (due := self._service.deadline) is not None and due <= end:
            self.at_s = max(self.at_s, due)
            self.take(self._service.tick(self.at_s))
        self.at_s = end
        return _events(self.outputs[before:])

    @property
    def events(self) -> list[dict[str, Any]]:
        """All messages that came, in order."""
        return _events(self.outputs)

    def forget(self) -> None:
        """Forget what came so far."""
        self.outputs.clear()

    def take(self, outputs: Sequence[Output]) -> None:
        """Take what the service asks for; what it says is spoken at once."""
        for output in outputs:
            if isinstance(output, Speak):
                pcm = spoken(output.text).data
                self.take(self._service.spoken(output.response_id, pcm, self.at_s))
                continue
            if isinstance(output, Message):
                self._judge(output.event)
            self.outputs.append(output)


def _events(outputs: Sequence[Output]) -> list[dict[str, Any]]:
    return [dict(one.event) for one in outputs if isinstance(one, Message)]
