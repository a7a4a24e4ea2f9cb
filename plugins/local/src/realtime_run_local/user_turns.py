"""What becomes of the user's turns: who answers them, and when."""

from realtime_run.plugin.api import Opening
from realtime_run_local.history import History, Said
from realtime_run_local.requests import Request
from realtime_run_local.responder import Responder
from realtime_run_local.transcriber import Transcribed


class UserTurns:
    """The turns of one conversation; all of it belongs to one event loop.

    A turn becomes text some time after its end. Who asks for its answer meanwhile waits
    for that, and gets none if there was nothing to understand.
    """

    def __init__(
        self, opening: Opening, responder: Responder, history: History
    ) -> None:
        self._interrupts = opening.interruptible and not opening.manual_turns
        self._waits_to_be_asked = opening.manual_turns or not opening.answers
        # Nothing new is said while the user speaks, unless nobody may interrupt.
        self._holds = self._interrupts or self._waits_to_be_asked
        self._responder = responder
        self._history = history
        self._unread = 0
        """How many turns have begun and are no text yet."""
        self._asked = False
        """The turn that is being read is to be answered."""
        self._last: Request | None = None
        """A turn that was read, and of which nobody knows yet whether it is to be."""

    def started(self) -> None:
        """Take note that the user begins to speak."""
        self._unread += 1
        self._set_aside()
        if self._holds:
            self._responder.hold()
        if self._interrupts:
            self._responder.interrupt()

    def transcribed(self, turn: Transcribed) -> None:
        """Take a turn that has become text, or come to nothing."""
        self._unread -= 1
        asked, self._asked = self._asked, False
        if turn.text:
            said = Said(item_id=turn.item_id, role="user", text=turn.text)
            request = Request(news=(said,), spoken=True, input_seconds=turn.seconds)
            if asked or not self._waits_to_be_asked:
                self._responder.ask(request)
            else:
                self._last = request
        if self._holds:
            self._responder.release()

    def ask(self, instructions: str | None = None, words: str | None = None) -> None:
        """Have the conversation as it stands answered, the last turn included.

        Args:
            instructions: What the answer shall do, for it alone.
            words: What a brain says that reads no instructions.
        """
        if self._waits_to_be_asked and self._unread and instructions is None:
            self._asked = True
            return
        if instructions is not None:
            self._set_aside()  # it is about something else
        last, self._last = self._last, None
        self._responder.ask(last or Request(instructions=instructions, words=words))

    def cancel(self, response_id: str | None) -> None:
        """Stop a response; None: also what was asked for and has not begun."""
        if response_id is None:
            self._asked = False
        self._responder.cancel(response_id)

    def _set_aside(self) -> None:
        """Let an older turn be part of what was said, without an answer."""
        last, self._last = self._last, None
        if last is not None:
            self._history.add(*last.news)
