"""What the service does about each message of the client, once it is set up."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from realtime_run.simulation.pictures import size_of
from realtime_run_gemini.simulator.calls import Calls
from realtime_run_gemini.simulator.content_shapes import Blob, Content
from realtime_run_gemini.simulator.conversation import Entry
from realtime_run_gemini.simulator.desk import Desk
from realtime_run_gemini.simulator.listening import Listening
from realtime_run_gemini.simulator.memory import Memory
from realtime_run_gemini.simulator.requests import Refusal
from realtime_run_gemini.simulator.resumption import Handles
from realtime_run_gemini.simulator.setup_rules import refused_tools
from realtime_run_gemini.simulator.setup_shapes import Setup
from realtime_run_gemini.simulator.shapes import (
    ClientContent,
    ContextUpdate,
    RealtimeInput,
    Request,
    ToolResponse,
)
from realtime_run_gemini.simulator.talking import Talking

_Rule: TypeAlias = Callable[[Any], Refusal | None]
_ROLES = ("", "user", "model", "system", "function")
_INPUT_BYTES_A_MS = 32
"""Mono s16le at 16 kHz."""


class Talk:
    """Obeys requests, or says why not.

    Args:
        desk: The session.
        handles: Where what it says is kept to go on with.
    """

    def __init__(self, desk: Desk, handles: Handles) -> None:
        self._desk = desk
        self._memory = Memory(desk, handles)
        self._calls = Calls(desk)
        self._talking = Talking(desk, self._calls, self._memory, self._rest)
        self._listening = Listening(desk, self._speech_began, self._turn_ended)
        self._awaits_history = desk.session.awaits_history
        self._unanswered: list[Entry] = []
        self._results: list[str] = []
        self._rules: Mapping[type[Request], _Rule] = {
            Setup: self._setup,
            ClientContent: self._content,
            RealtimeInput: self._realtime,
            ToolResponse: self._tool_response,
            ContextUpdate: self._context_update,
        }

    def obey(self, request: Request) -> Refusal | None:
        """Do what is asked; returns why not."""
        self._memory.received += 1
        return self._rules[type(request)](request)

    def spoken(self, answer_id: str, pcm: bytes) -> None:
        """Take the speech of an answer."""
        self._talking.spoken(answer_id, pcm)

    def _setup(self, _: Setup) -> Refusal:
        return Refusal(reason="setup must be the first message and only the first.")

    def _content(self, content: ClientContent) -> Refusal | None:
        desk = self._desk
        if not (self._awaits_history or desk.session.family.content_at_any_time):
            reason = (
                "client_content is only supported for the initial history of this"
                " model, with history_config."
            )
            return Refusal(reason=reason)
        for turn in content.turns:
            if turn.role not in _ROLES:
                return Refusal(reason="Please use a valid role: user, model.")
        self._talking.interrupt()
        for turn in content.turns:
            desk.add(self._entry(turn))
        if self._awaits_history:
            self._awaits_history = not content.turn_complete
        elif content.turn_complete:
            self._talking.respond()
            return None
        self._keep()
        return None

    def _entry(self, turn: Content) -> Entry:
        sizes: list[tuple[int, int]] = []
        audio_ms = 0
        for part in turn.parts:
            blob = part.inline_data
            if blob is not None and blob.mime_type.startswith("image/"):
                sizes.append(size_of(blob.data) or (0, 0))
            elif blob is not None and blob.mime_type.startswith("audio/"):
                audio_ms += len(blob.data) // _INPUT_BYTES_A_MS
        return Entry(
            role="user" if turn.role in {"", "user"} else "model",
            id=self._desk.new_id("turn"),
            text=turn.text,
            spoken_s=audio_ms / 1000,
            audio_ms=audio_ms,
            images=tuple(sizes),
        )

    def _realtime(self, request: RealtimeInput) -> Refusal | None:
        self._awaits_history = False
        listening = self._listening
        # Of the chunks, which were there before the rest, only the first counts.
        chunks = request.media_chunks[:1]
        for blob in (*chunks, *filter(None, (request.audio, request.video))):
            refusal = self._media(blob)
            if refusal is not None:
                return refusal
        refusal = None
        if request.activity_start is not None:
            refusal = listening.begin()
        if request.text and refusal is None:
            self._write(request.text)
        if request.activity_end is not None and refusal is None:
            refusal = listening.end()
        if request.audio_stream_end and refusal is None:
            refusal = listening.end_stream()
        return refusal

    def _media(self, blob: Blob) -> Refusal | None:
        if not blob.mime_type.startswith("image/"):
            return self._listening.hear(blob)
        if not self._desk.session.family.sees:
            return Refusal(reason="Image input is not supported for this model.")
        return self._listening.see(blob)

    def _write(self, text: str) -> None:
        """Take a text for a turn of the user, or for a part of one that lasts."""
        if self._listening.note(text):
            return
        desk = self._desk
        self._speech_began()
        self._turn_ended(Entry(role="user", id=desk.new_id("turn"), text=text))

    def _tool_response(self, request: ToolResponse) -> Refusal | None:
        refusal = self._calls.refused(request)
        if refusal is not None:
            return refusal
        results = self._calls.take(request)
        if self._talking.is_waiting and not self._calls.block:
            found = self._calls.gathered()
            self._learn(found)
            self._talking.go_on(found)
        self._learn(tuple(one.text for one in results))
        heard = [one for one in results if one.scheduling != "SILENT"]
        self._results.extend(one.text for one in heard)
        if any(one.scheduling == "INTERRUPT" for one in heard) and self._may_cut_in():
            self._talking.interrupt()
        if heard:
            self._go_on()
        elif results:
            self._keep()
        return None

    def _learn(self, results: tuple[str, ...]) -> None:
        for text in results:
            self._desk.add(Entry(role="tool", text=text))

    def _may_cut_in(self) -> bool:
        # Models before 3.x talk over the user, later ones wait (ai.google.dev).
        waits = self._desk.session.family.text_by == "realtime_input"
        return not (waits and self._listening.in_turn)

    def _context_update(self, update: ContextUpdate) -> Refusal | None:
        session = self._desk.session
        if not session.family.context_update:
            return Refusal(reason="context_update is not supported for this model.")
        reason = refused_tools(
            update.tools.tools if update.tools else (), session.family
        )
        if reason is not None:
            return Refusal(reason=reason)
        self._desk.session = session.updated(update)
        return None

    def _speech_began(self) -> None:
        if self._desk.session.interrupts:
            self._talking.interrupt()

    def _turn_ended(self, entry: Entry) -> None:
        # What is said while the model goes on comes after what it says.
        self._unanswered.append(entry)
        self._go_on()

    def _rest(self) -> None:
        self._go_on()
        self._keep()

    def _keep(self) -> None:
        """Hand out a handle if nothing goes on, and nothing is awaited."""
        if not (self._talking.is_busy or self._calls.are_open or self._results):
            self._memory.save()

    def _go_on(self) -> None:
        """Answer what is not answered yet, once nothing else is said."""
        if self._talking.is_busy:
            return
        if self._unanswered:
            for entry in self._unanswered:
                self._desk.add(entry)
            self._unanswered = []
            self._talking.respond()
        elif self._results and not (self._listening.in_turn and not self._may_cut_in()):
            found, self._results = tuple(self._results), []
            self._talking.respond(found)
