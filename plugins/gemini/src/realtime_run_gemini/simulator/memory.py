"""What a session tells of its own resumption, and how much it remembers."""

from realtime_run_gemini.simulator import usage
from realtime_run_gemini.simulator.desk import Desk
from realtime_run_gemini.simulator.requests import Refusal
from realtime_run_gemini.simulator.resumption import Handles, Saved
from realtime_run_gemini.simulator.session import WINDOW


class Memory:
    """Hands out handles at safe points, and keeps the context small."""

    def __init__(self, desk: Desk, handles: Handles) -> None:
        self._desk = desk
        self._handles = handles
        self._is_safe = False
        self.received = 0
        """How many messages the client has sent after its setup."""

    def save(self) -> None:
        """Hand out a handle, if the client asked for such."""
        desk = self._desk
        if not desk.session.resumable:
            return
        saved = Saved(
            model=desk.session.model,
            conversation=desk.conversation,
            mind=desk.mind,
            at_s=desk.now_s,
        )
        update: dict[str, object] = {
            "newHandle": self._handles.save(saved),
            "resumable": True,
        }
        if desk.session.numbers_messages:
            update["lastConsumedClientMessageIndex"] = str(self.received)
        self._is_safe = True
        desk.send({"sessionResumptionUpdate": update})

    def unsafe(self) -> None:
        """Tell that the session cannot be resumed at this point."""
        if self._is_safe:
            self._is_safe = False
            # `resumable` is false, and what is false is left out.
            self._desk.send({"sessionResumptionUpdate": {}})

    def fit(self) -> Refusal | None:
        """Cut a context that is too long; returns why it cannot be gone on with."""
        desk = self._desk
        total = self.context().total
        compression = desk.session.compression
        if compression is not None and total > compression[0]:
            while self.context().total > compression[1]:
                if len(desk.conversation.entries) <= 1:
                    break
                desk.conversation = desk.conversation.without_oldest_turn()
        elif total > WINDOW:
            reason = (
                f"The input token count ({total}) exceeds the maximum number of tokens"
                f" allowed ({WINDOW})."
            )
            return Refusal(reason=reason)
        return None

    def context(self) -> usage.Tokens:
        """Return the tokens of all that the model knows."""
        desk = self._desk
        return usage.of_context(
            desk.session.preamble,
            desk.conversation,
            low_resolution=desk.session.low_resolution,
        )
