"""A live conversation with the pipeline: commands in, events out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from realtime_run.core.commands import (
    AppendAudio,
    AppendImage,
    AppendPicture,
    ApproveToolCall,
    CancelResponse,
    Command,
    CreateResponse,
    EndTurn,
    SendText,
    SendToolResults,
    StartTurn,
    ToolResult,
    Truncate,
)
from realtime_run.core.errors import ConnectionClosedError, ProviderError
from realtime_run.core.pcm import Pcm
from realtime_run.core.provider_events import ItemChanged, ItemStatus, ProviderEvent
from realtime_run_local.ear import Ear
from realtime_run_local.history import History, Returned, Said
from realtime_run_local.ids import new_id
from realtime_run_local.manual_ear import ManualEar
from realtime_run_local.outbox import Outbox
from realtime_run_local.requests import Request
from realtime_run_local.responder import Responder
from realtime_run_local.user_turns import UserTurns

INPUT_HZ = 16_000
"""What both the VAD's and the recognisers' models were trained on."""


_Written: TypeAlias = (
    SendText | SendToolResults | CreateResponse | CancelResponse | Truncate
)
"""The commands that are carried out without waiting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a connection is put together from."""

    outbox: Outbox
    history: History
    responder: Responder
    turns: UserTurns


class LocalConnection:
    """What the session talks to; the tasks behind it belong to `LocalProvider`."""

    def __init__(
        self, parts: Parts, ear: Ear | ManualEar, session_config: Mapping[str, object]
    ) -> None:
        self._parts = parts
        self._ear = ear
        self._session_config = session_config

    @property
    def session_config(self) -> Mapping[str, object]:
        """The effective settings, without secrets."""
        return self._session_config

    async def receive(self) -> ProviderEvent:
        """Return what happens next; cancelling this loses no event.

        Raises:
            ConnectionClosedError: When the connection has ended.
        """
        return await self._parts.outbox.get()

    async def send(self, command: Command) -> None:
        """Do what is asked.

        Raises:
            ProviderError: If it is an image, or audio of another rate, or marks a turn
                where the provider finds them.
            ConnectionClosedError: If the connection has ended.
        """
        ended = self._parts.outbox.ended
        if ended is not None:
            raise ConnectionClosedError(ended.message, was_clean=ended.was_clean)
        match command:
            case AppendAudio(pcm=pcm):
                await self._ear.hear(_checked(pcm))
            case AppendImage() | AppendPicture():
                message = "the local provider has no eyes: it takes no images"
                raise ProviderError(message, code="images_unsupported")
            case ApproveToolCall():
                message = "the local provider calls no tools by itself"
                raise ProviderError(message, code="approval_unsupported")
            case StartTurn():
                await self._manual.start()
            case EndTurn():
                await self._manual.end()
            case _:
                self._write(command)

    @property
    def _manual(self) -> ManualEar:
        if isinstance(self._ear, ManualEar):
            return self._ear
        message = "this connection finds the turns: it was not told to leave that"
        raise ProviderError(message, code="turns_unsupported")

    def _write(self, command: _Written) -> None:
        match command:
            case SendText(text=text):
                self._send_text(text)
            case SendToolResults(results=results, respond=respond):
                self._send_results(results, respond=respond)
            case CreateResponse(instructions=instructions, words=words):
                self._parts.turns.ask(instructions, words)
            case CancelResponse(response_id=response_id):
                self._parts.turns.cancel(response_id)
            case Truncate():
                self._truncate(command)
            case _:
                assert_never(command)

    def _send_text(self, text: str) -> None:
        said = Said(item_id=new_id("item"), role="user", text=text)
        self._report(said, "completed", "input_text")
        self._parts.responder.ask(Request(news=(said,)))

    def _send_results(self, results: tuple[ToolResult, ...], *, respond: bool) -> None:
        news = tuple(
            Returned(
                item_id=new_id("item"),
                call_id=result.call_id,
                name=result.name,
                output=result.output,
                success=result.success,
            )
            for result in results
        )
        for returned in news:
            self._parts.outbox.put(_output_item(returned))
        if respond:
            self._parts.responder.ask(Request(news=news))
        else:
            self._parts.history.add(*news)

    def _truncate(self, command: Truncate) -> None:
        # Whoever was not heard to the end shall not go on.
        self._parts.responder.cancel(command.response_id)
        left = self._parts.history.truncate(
            command.response_id, command.item_id, command.heard
        )
        if left is not None:
            self._report(left, "incomplete", "output_audio")

    def _report(self, said: Said, status: ItemStatus, kind: str) -> None:
        key = "text" if kind == "input_text" else "transcript"
        self._parts.outbox.put(
            ItemChanged(
                item_id=said.item_id,
                item_type="message",
                status=status,
                role=said.role,
                content=({"type": kind, key: said.text},),
            )
        )


def _output_item(returned: Returned) -> ItemChanged:
    return ItemChanged(
        item_id=returned.item_id,
        item_type="function_call_output",
        status="completed",
        content=(
            {
                "type": "function_call_output",
                "call_id": returned.call_id,
                "output": returned.output,
            },
        ),
    )


def _checked(pcm: Pcm) -> bytes:
    if (pcm.rate_hz, pcm.channels) != (INPUT_HZ, 1):
        message = (
            f"audio of {pcm.rate_hz} Hz and {pcm.channels} channels; "
            f"the local provider takes {INPUT_HZ} Hz mono"
        )
        raise ProviderError(message, code="wrong_audio_format")
    return pcm.data
