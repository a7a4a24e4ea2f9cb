"""What Qwen's service does about each event of the client."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from realtime_run.simulation.agenda import Activity
from realtime_run.simulation.outputs import Close
from realtime_run_openai.simulator.context import entry_of
from realtime_run_openai.simulator.parts import Parts
from realtime_run_openai.simulator.refusals import Refusal
from realtime_run_qwen.models import family_or_newest
from realtime_run_qwen.simulator import images, requests, tool_results, words
from realtime_run_qwen.simulator.accent import plan_of
from realtime_run_qwen.simulator.behaviour import Behaviour
from realtime_run_qwen.simulator.session_rules import invalid

_Rule: TypeAlias = Callable[[Any], Refusal | None]
_DROP = "drop"
_RESULTS = "results"
_FAILED = 1011


class ClientEvents:
    """Obeys requests, or says why not.

    Args:
        parts: What they move.
        behaviour: The server's habits.
    """

    def __init__(self, parts: Parts, behaviour: Behaviour) -> None:
        self._desk = parts.desk
        self._listening = parts.listening
        self._responder = parts.responder
        self._behaviour = behaviour
        self._family = family_or_newest(parts.desk.session.model)
        self._rejects = behaviour.faults.reject_update
        self._has_heard = False
        self._is_poisoned = False
        self._responses = 0
        self._rules: Mapping[str, _Rule] = {
            "session.update": self._update,
            "session.finish": self._finish,
            "input_audio_buffer.append": self._append,
            "input_image_buffer.append": self._append_image,
            "input_audio_buffer.commit": self._commit,
            "input_audio_buffer.clear": self._clear,
            "conversation.item.create": self._create_item,
            "response.create": self._respond,
            "response.cancel": self._cancel,
        }

    def greet(self) -> None:
        """Say what comes right after `session.created`: nothing, as a rule."""
        refusal = words.closing(self._behaviour.faults)
        if refusal is not None:
            self._fail(refusal)
        self._await_client()

    def take(self, text: str | bytes) -> None:
        """Obey a message of the client, or say why not; never raises."""
        self._await_client()
        request = requests.parse_request(text)
        if request is None:
            self._fail(words.COMMON)
        elif isinstance(request, Refusal):
            self._desk.refuse(request)
        else:
            refusal = self._rules[request.type](request)
            if refusal is not None:
                self._desk.refuse(refusal)

    def respond(self) -> None:
        """Begin a response that the client did not ask for, or say why not."""
        refusal = self._begin(None, None)
        if refusal is not None:
            self._desk.refuse(refusal)

    def _update(self, request: requests.SessionUpdate) -> Refusal | None:
        given = request.session
        rejected, self._rejects = self._rejects, None
        if rejected is not None:
            return invalid(f"Invalid value for '{rejected}'.", rejected)
        refusal = self._desk.session.update(given)
        if refusal is not None:
            return refusal
        if words.has_union_types(given.get("tools")) or self._chokes_on(given):
            self._fail(words.COMMON)
            return None
        self._read(given.get("instructions", ""))
        self._desk.out.send("session.updated", session=self._desk.session.snapshot())
        return None

    def _chokes_on(self, session: Mapping[str, Any]) -> bool:
        given: dict[str, Any] = session.get("input_audio_transcription") or {}
        has_language = given.get("language") is not None
        return has_language and self._behaviour.faults.language_error

    def _finish(self, _: requests.SessionFinish) -> None:
        self._desk.out.send("session.finished")
        self._desk.out.put(Close(1000))

    def _append(self, request: requests.BufferAppend) -> Refusal | None:
        refusal = self._listening.append(request.audio)
        self._has_heard |= refusal is None and bool(request.audio)
        return refusal

    def _append_image(self, request: requests.ImageAppend) -> Refusal | None:
        if not self._family.sees:
            return invalid("The model does not take images.", "image")
        if not self._has_heard:
            return words.NO_AUDIO_YET
        size = images.size_of(request.image)
        if isinstance(size, Refusal):
            return size
        self._listening.see(size)
        return None

    def _commit(self, _: requests.BufferCommit) -> Refusal | None:
        refused = self._listening.commit() is not None
        return words.NOTHING_TO_COMMIT if refused else None

    def _clear(self, _: requests.BufferClear) -> None:
        self._listening.clear()

    def _create_item(self, request: requests.ItemCreate) -> Refusal | None:
        # Items get ids of the server's, whatever the client called them.
        item = request.item.model_dump(
            mode="json", exclude_none=True, exclude={"id", "object", "status"}
        )
        if isinstance(request.item, requests.FunctionCallOutput):
            return self._take_result(item, request.item)
        if not self._family.text_input:
            return invalid("The model does not take texts.", "item.content")
        item["status"] = "completed"
        self._desk.add_item(entry_of({"id": self._desk.out.new_id("item"), **item}))
        return None

    def _take_result(
        self, item: dict[str, Any], result: requests.FunctionCallOutput
    ) -> Refusal | None:
        desk = self._desk
        calls = tool_results.calls_with(result.call_id, desk.conversation)
        if not calls:
            message = f"Tool call ID '{result.call_id}' not found in conversation."
            return invalid(message, "item.call_id")
        self._read(result.output)
        desk.add_item(entry_of({"id": desk.out.new_id("item"), **item}))
        goes_on = desk.session.turn_detection and self._behaviour.answers_tools
        if goes_on and not tool_results.missing(calls, desk.conversation):
            at_s = desk.now_s + desk.options.latency_s
            desk.agenda.start(_RESULTS, self._answer_results(), at_s)
        return None

    def _answer_results(self) -> Activity:
        if self._responder.current is None and not self._listening.in_turn:
            self.respond()
        yield 0.0

    def _respond(self, request: requests.ResponseCreate) -> Refusal | None:
        faults = self._behaviour.faults
        if faults.no_created:
            return None
        if faults.duplicate_create:
            self.respond()
        if self._listening.in_turn:
            return words.USER_SPEAKS
        if self._responder.current is not None and faults.active_closes:
            self._fail(words.ALREADY_ACTIVE)
            return None
        options = request.response or requests.ResponseOptions()
        return self._begin(options.instructions, options.modalities)

    def _begin(
        self, instructions: str | None, modalities: Sequence[str] | None
    ) -> Refusal | None:
        if self._responder.current is not None:
            return words.ALREADY_ACTIVE
        if self._is_poisoned:
            self._fail(words.BAD_URL)
            return None
        if self._responses == self._behaviour.faults.common_error:
            self._fail(words.OUTAGE)
            return None
        self._responses += 1
        self._desk.agenda.stop(_RESULTS)
        session = self._desk.session
        plan = plan_of(session, instructions=instructions, modalities=modalities)
        return self._responder.create(plan)

    def _cancel(self, _: requests.ResponseCancel) -> Refusal | None:
        is_done = self._responder.cancel(None, "client_cancelled")
        return None if is_done else words.NONE_ACTIVE

    def _read(self, text: str) -> None:
        if self._behaviour.faults.url_error and words.looks_like_an_address(text):
            self._is_poisoned = True

    def _fail(self, refusal: Refusal) -> None:
        self._desk.refuse(refusal)
        self._desk.out.put(Close(_FAILED, refusal.message))

    def _await_client(self) -> None:
        at_s = self._desk.now_s + self._behaviour.drops_after_s
        self._desk.agenda.start(_DROP, self._drop(), at_s)

    def _drop(self) -> Activity:
        if self._responder.current is not None:
            self._await_client()
        else:
            refusal = words.idle(self._behaviour.drops_after_s)
            self._desk.refuse(refusal)
            self._desk.out.put(Close(_FAILED, refusal.code))
        yield 0.0
