"""What OpenAI's service does about each event of the client."""

import base64
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from realtime_run.simulation.outputs import Close
from realtime_run_openai.simulator import requests
from realtime_run_openai.simulator.context import entry_of
from realtime_run_openai.simulator.conversation import Entry
from realtime_run_openai.simulator.parts import Parts
from realtime_run_openai.simulator.plan import make_plan
from realtime_run_openai.simulator.playback import cut
from realtime_run_openai.simulator.refusals import Refusal

_Rule: TypeAlias = Callable[[Any], Refusal | None]


class ClientEvents:
    """Obeys requests, or says why not."""

    def __init__(self, parts: Parts) -> None:
        self._desk = parts.desk
        self._listening = parts.listening
        self._responder = parts.responder
        self._playback = parts.playback
        self._remote = parts.remote_tools
        self._rejects = parts.desk.options.faults.reject_update
        self._rules: Mapping[str, _Rule] = {
            "session.update": self._update,
            "input_audio_buffer.append": self._append,
            "input_audio_buffer.commit": self._commit,
            "input_audio_buffer.clear": self._clear,
            "output_audio_buffer.clear": self._clear_output,
            "conversation.item.create": self._create_item,
            "conversation.item.retrieve": self._retrieve,
            "conversation.item.truncate": self._truncate,
            "conversation.item.delete": self._delete,
            "response.create": self._respond,
            "response.cancel": self._cancel,
        }

    def greet(self) -> None:
        """Say what comes right after `session.created`: nothing, as a rule."""
        if self._desk.options.faults.quota:
            message = "You exceeded your current quota, please check your plan."
            kind = "insufficient_quota"
            self._desk.refuse(Refusal(code=kind, message=message, kind=kind))
            self._desk.out.put(Close(1000))

    def take(self, text: str | bytes) -> None:
        """Obey a message of the client, or say why not; never raises."""
        request, event_id = requests.parse_request(text)
        if isinstance(request, Refusal):
            refusal: Refusal | None = request
        else:
            refusal = self._rules[request.type](request)
        if refusal is not None:
            self._desk.refuse(refusal, event_id)

    def respond(self) -> None:
        """Begin a response that the client did not ask for, or say why not."""
        refusal = self._responder.create()
        if refusal is not None:
            self._desk.refuse(refusal)

    def _update(self, request: requests.SessionUpdate) -> Refusal | None:
        rejected, self._rejects = self._rejects, None
        if rejected is not None:
            message = f"Invalid value for '{rejected}'."
            return Refusal(code="invalid_value", message=message, param=rejected)
        refusal = self._desk.session.update(request.session)
        if refusal is None:
            session = self._desk.session.snapshot()
            self._desk.out.send("session.updated", session=session)
            self._remote.list_new()
        return refusal

    def _append(self, request: requests.BufferAppend) -> Refusal | None:
        return self._listening.append(request.audio)

    def _commit(self, _: requests.BufferCommit) -> Refusal | None:
        return self._listening.commit()

    def _clear(self, _: requests.BufferClear) -> None:
        self._listening.clear()

    def _clear_output(self, _: requests.OutputClear) -> Refusal | None:
        if self._desk.is_webrtc:
            self._playback.clear()
            return None
        message = "'output_audio_buffer.clear' is for WebRTC and SIP sessions only."
        return Refusal(code="invalid_event", message=message, param="type")

    def _create_item(self, request: requests.ItemCreate) -> Refusal | None:
        item = request.item.model_dump(mode="json", exclude_none=True)
        item.pop("object", None)
        refusal = self._unfit(item, request.previous_item_id)
        if refusal is not None:
            return refusal
        prefix = "call" if item["type"] == "function_call" else ""
        if prefix:
            item.setdefault("call_id", self._desk.out.new_id(prefix))
        if item["type"] in {"message", "function_call"}:
            item["status"] = "completed"
        entry = entry_of({"id": self._desk.out.new_id("item"), **item})
        if item["type"] == "mcp_approval_response":
            return self._approve(entry)
        self._desk.add_item(entry, request.previous_item_id)
        return None

    def _unfit(self, item: dict[str, Any], after: str | None) -> Refusal | None:
        """Return why an item cannot stand where it should."""
        conversation = self._desk.conversation
        if "id" in item and conversation.find(item["id"]) is not None:
            message = f"Item with id '{item['id']}' already exists."
            return Refusal(code="invalid_value", message=message, param="item.id")
        if after not in {None, "root"} and conversation.find(str(after)) is None:
            message = f"Previous item with id '{after}' not found."
            return Refusal(
                code="invalid_value", message=message, param="previous_item_id"
            )
        if item["type"] == "function_call_output":
            calls = (
                one.item["call_id"]
                for one in conversation
                if one.item["type"] == "function_call"
            )
            if item["call_id"] not in calls:
                message = f"Tool call ID '{item['call_id']}' not found in conversation."
                code = "invalid_tool_call_id"
                return Refusal(code=code, message=message, param="item.call_id")
        return None

    def _approve(self, entry: Entry) -> Refusal | None:
        call = self._remote.answered(entry.item)
        if isinstance(call, Refusal):
            return call
        approval_id = str(entry.item["approval_request_id"])
        self._desk.add_item(entry)
        if not entry.item["approve"]:
            return self._responder.create()
        self._responder.call_remote(call, approval_id)
        return None

    def _retrieve(self, request: requests.ItemRetrieve) -> Refusal | None:
        entry = self._desk.conversation.find(request.item_id)
        if entry is None:
            return _missing("retrieve", request.item_id)
        item = dict(entry.item)
        if entry.audio:
            coded = base64.b64encode(entry.audio).decode()
            item["content"] = [{**part, "audio": coded} for part in item["content"]]
        self._desk.out.send("conversation.item.retrieved", item=item)
        return None

    def _truncate(self, request: requests.ItemTruncate) -> Refusal | None:
        entry = self._desk.conversation.find(request.item_id)
        if entry is None:
            return _missing("truncate", request.item_id)
        if entry.item.get("role") != "assistant" or not entry.audio_ms:
            current = self._responder.current
            if current is None or not current.is_saying(request.item_id):
                message = "Only model output audio messages can be truncated."
                return Refusal(code="invalid_value", message=message, param="item_id")
        audio_ms = self._audio_ms(entry)
        if request.content_index:
            message = f"There is no content at index {request.content_index}."
            return Refusal(code="invalid_value", message=message, param="content_index")
        if request.audio_end_ms > audio_ms:
            message = (
                f"Audio content of {audio_ms}ms is already shorter than"
                f" {request.audio_end_ms}ms"
            )
            return Refusal(code="invalid_value", message=message, param="audio_end_ms")
        cut(self._desk, request.item_id, 0, request.audio_end_ms)
        return None

    def _audio_ms(self, entry: Entry) -> int:
        current = self._responder.current
        if current is not None and current.is_saying(entry.id):
            return current.said_ms
        return entry.audio_ms

    def _delete(self, request: requests.ItemDelete) -> Refusal | None:
        if not self._desk.conversation.delete(request.item_id):
            return _missing("delete", request.item_id)
        self._desk.out.send("conversation.item.deleted", item_id=request.item_id)
        return None

    def _respond(self, request: requests.ResponseCreate) -> Refusal | None:
        faults = self._desk.options.faults
        if faults.no_created:
            return None
        if faults.duplicate_create:
            self._responder.create()
        desk, options = self._desk, request.response or requests.ResponseOptions()
        try:
            plan = make_plan(desk.session, options, desk.conversation)
        except KeyError as error:
            message = f"Item with item_id '{error.args[0]}' not found."
            return Refusal(
                code="invalid_value", message=message, param="response.input"
            )
        return self._responder.create(plan)

    def _cancel(self, request: requests.ResponseCancel) -> Refusal | None:
        if self._responder.cancel(request.response_id, "client_cancelled"):
            return None
        message = "Cancellation failed: no active response found"
        return Refusal(code="response_cancel_not_active", message=message)


def _missing(what: str, item_id: str) -> Refusal:
    message = f"Error: cannot {what} item: the item with id '{item_id}' does not exist."
    code = f"item_{what}_invalid_item_id"
    return Refusal(code=code, message=message, param="item_id")
