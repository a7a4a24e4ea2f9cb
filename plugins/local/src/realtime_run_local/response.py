"""One response: what it has said so far, and how it is reported."""

from typing import TYPE_CHECKING

from realtime_run.core.pcm import BYTES_PER_SAMPLE
from realtime_run.core.provider_events import (
    AgentTranscript,
    AudioOutput,
    ItemChanged,
    ItemStatus,
    ResponseDone,
    ResponseStarted,
    ResponseStatus,
    ToolCalled,
)
from realtime_run_local.history import Called, History, Said
from realtime_run_local.ids import new_id
from realtime_run_local.outbox import Outbox

if TYPE_CHECKING:
    from collections.abc import Mapping


class Response:
    """Keeps the history and the reports of one response in step."""

    def __init__(
        self, response_id: str, history: History, outbox: Outbox, rate_hz: int
    ) -> None:
        self.response_id = response_id
        self.usage: Mapping[str, object] = {}
        """What the brain reports of its own."""
        self._history = history
        self._outbox = outbox
        self._rate_hz = rate_hz
        self._item_id = new_id("item")
        self._text = ""
        self._samples = 0

    def start(self) -> None:
        """Report that it begins."""
        self._outbox.put(ResponseStarted(response_id=self.response_id))

    def add_sentence(self, text: str) -> None:
        """Report the sentence whose audio comes next."""
        if not self._text:
            self._report_item("in_progress")
        delta = f" {text}" if self._text else text
        self._text += delta
        self._history.extend_text(
            Said(
                item_id=self._item_id,
                role="assistant",
                text=self._text,
                response_id=self.response_id,
            )
        )
        self._outbox.put(
            AgentTranscript(
                response_id=self.response_id,
                text=delta,
                mode="delta",
                item_id=self._item_id,
                audio_ms=self._samples * 1000 // self._rate_hz,
            )
        )

    async def add_audio(self, pcm: bytes) -> None:
        """Report samples, as soon as there is room for them."""
        self._samples += len(pcm) // BYTES_PER_SAMPLE
        await self._outbox.put_audio(
            AudioOutput(response_id=self.response_id, pcm=pcm, item_id=self._item_id)
        )

    def add_call(self, called: Called) -> None:
        """Report a tool call."""
        self._outbox.put(
            ItemChanged(
                item_id=called.item_id,
                item_type="function_call",
                status="completed",
                role="assistant",
                content=(
                    {
                        "type": "function_call",
                        "call_id": called.call_id,
                        "name": called.name,
                        "arguments": called.arguments,
                    },
                ),
            )
        )
        self._outbox.put(
            ToolCalled(
                response_id=self.response_id,
                call_id=called.call_id,
                name=called.name,
                arguments=called.arguments,
            )
        )

    def finish(self, status: ResponseStatus, input_seconds: float) -> None:
        """Report its end."""
        if self._text:
            self._finish_item(status)
        usage = {
            **self.usage,
            "input_seconds": round(input_seconds, 3),
            "output_seconds": round(self._samples / self._rate_hz, 3),
            "characters": len(self._text),
        }
        self._outbox.put(
            ResponseDone(
                response_id=self.response_id,
                status=status,
                text=self._text,
                item_id=self._item_id if self._text else None,
                usage=usage,
            )
        )

    def _finish_item(self, status: ResponseStatus) -> None:
        if status != "cancelled":
            # Of a cancelled response the session says what was heard.
            self._outbox.put(
                AgentTranscript(
                    response_id=self.response_id,
                    text=self._text,
                    mode="final",
                    item_id=self._item_id,
                )
            )
        self._report_item("completed" if status == "completed" else "incomplete")

    def _report_item(self, status: ItemStatus) -> None:
        self._outbox.put(
            ItemChanged(
                item_id=self._item_id,
                item_type="message",
                status=status,
                role="assistant",
                content=({"type": "output_audio", "transcript": self._text},),
            )
        )
