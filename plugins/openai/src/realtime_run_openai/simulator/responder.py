"""Has the model respond: once at a time in the conversation, and beside it."""

from collections.abc import Callable
from typing import Any

from realtime_run.simulation.agenda import Activity
from realtime_run.simulation.model import Call, Reply
from realtime_run.simulation.outputs import Speak
from realtime_run_openai.simulator import usage
from realtime_run_openai.simulator.desk import Desk
from realtime_run_openai.simulator.part import at_speed
from realtime_run_openai.simulator.plan import Plan
from realtime_run_openai.simulator.playback import Playback
from realtime_run_openai.simulator.refusals import Refusal
from realtime_run_openai.simulator.remote_tools import RemoteTools
from realtime_run_openai.simulator.response import Response, Status
from realtime_run_openai.simulator.situation import situation

_MOST_BESIDE = 8
"""Responses of conversation `none` at one time."""


class Responder:
    """Begins, goes on with and ends responses.

    Args:
        desk: The session.
        playback: What sounds on the client's side.
        remote_tools: The tools that the service calls by itself.
        on_done: Called at the end of each, with when its audio will have been heard.
    """

    def __init__(
        self,
        desk: Desk,
        playback: Playback,
        remote_tools: RemoteTools,
        on_done: Callable[[float], None],
    ) -> None:
        self._on_done = on_done
        self._desk = desk
        self._playback = playback
        self._remote = remote_tools
        self._active: dict[str, Response] = {}
        self._spoken_texts: dict[str, str] = {}
        self._waiting: list[tuple[Call, str]] = []
        self._context_before = usage.Tokens()

    @property
    def current(self) -> Response | None:
        """The response of the conversation that is being made."""
        made = self._active.values()
        return next((one for one in made if one.plan.in_conversation), None)

    def create(self, plan: Plan | None = None) -> Refusal | None:
        """Respond; returns why not.

        Args:
            plan: How; None: as the session says.
        """
        plan = plan or self._desk.accent.plan(self._desk.session)
        refusal = self._refused(plan)
        if refusal is None:
            self._perform(self._begin(plan), None)
        return refusal

    def call_remote(self, call: Call, approval_id: str) -> None:
        """Make a call that was approved, as soon as no other response is made."""
        if self.current is not None:
            self._waiting.append((call, approval_id))
            return
        response = self._begin(self._desk.accent.plan(self._desk.session))
        activity = self._calls(response, (call,), approval_id)
        self._start(response, activity)

    def spoken(self, response_id: str, pcm: bytes) -> None:
        """Go on with a response whose answer has become sound."""
        response = self._active.get(response_id)
        text = self._spoken_texts.pop(response_id, None)
        if response is not None and text is not None:
            paced = at_speed(pcm, self._desk.session.speed)
            self._start(response, self._said(response, text, paced))

    def cancel(self, response_id: str | None, reason: str) -> bool:
        """Stop a response, or that of the conversation; False: there is none."""
        current = self.current
        response = current if response_id is None else self._active.get(response_id)
        if response is None:
            return False
        self._desk.agenda.stop(response.id)
        if reason == "turn_detected":
            response.late(self._desk.options.faults.late_deltas)
        self._end(response, "cancelled", reason)
        return True

    def _refused(self, plan: Plan) -> Refusal | None:
        current = self.current
        if plan.in_conversation and current is not None:
            message = (
                "Conversation already has an active response in progress:"
                f" {current.id}. Wait until the response is finished before creating"
                " a new one."
            )
            code = "conversation_already_has_active_response"
            return Refusal(code=code, message=message)
        if len(self._active) > _MOST_BESIDE:
            message = "Too many responses are in progress."
            return Refusal(
                code="rate_limit_exceeded", message=message, kind="rate_limit_error"
            )
        return None

    def _begin(self, plan: Plan) -> Response:
        response = Response(self._desk, self._playback, plan)
        self._active[response.id] = response
        response.begin()
        return response

    def _perform(self, response: Response, reply: Reply | None) -> None:
        """Begin with what the model wants to do: to call, to write or to speak."""
        reply = reply or self._reply(response)
        if reply.calls:
            self._start(response, self._calls(response, reply.calls, None))
        elif reply.written or not response.speaks:
            self._start(response, self._wrote(response, reply.text))
        else:
            self._spoken_texts[response.id] = reply.text
            self._desk.out.put(Speak(response.id, reply.text))

    def _start(self, response: Response, activity: Activity) -> None:
        at_s = self._desk.now_s + self._desk.options.latency_s
        self._desk.agenda.start(response.id, activity, at_s)

    def _reply(self, response: Response) -> Reply:
        desk, plan = self._desk, response.plan
        entries = desk.conversation.entries if plan.entries is None else plan.entries
        return desk.mind.reply(situation(entries, plan, sight=desk.sight))

    def _wrote(self, response: Response, text: str) -> Activity:
        yield from response.write(text)
        self._finish(response)

    def _said(self, response: Response, text: str, pcm: bytes) -> Activity:
        yield from response.say(text, pcm)
        self._finish(response)

    def _calls(
        self, response: Response, calls: tuple[Call, ...], approval_id: str | None
    ) -> Activity:
        servers = self._remote.servers(response.plan.tools)
        is_answerable = True
        for call in calls:
            server = servers.get(call.name)
            if server is None:
                is_answerable = False
                yield from self._function(response, call)
            elif approval_id is None and self._remote.asks(server, call.name):
                is_answerable = False
                self._remote.ask(response, server, call)
            else:
                yield from self._remote.run(response, server, call, approval_id)
        if is_answerable:
            # The service has the results: the model goes on in the same response.
            self._perform(response, None)
        else:
            self._finish(response)

    def _function(self, response: Response, call: Call) -> Activity:
        new_id = self._desk.out.new_id
        yield from response.call(
            {
                "id": new_id("item"),
                "type": "function_call",
                "status": "in_progress",
                "name": call.name,
                "call_id": new_id("call"),
                "arguments": call.arguments,
            }
        )
        response.close("completed")

    def _finish(self, response: Response) -> None:
        if response.is_full:
            self._end(response, "incomplete", "max_output_tokens")
        else:
            self._end(response, "completed", None)

    def _end(self, response: Response, status: Status, reason: str | None) -> None:
        self._active.pop(response.id, None)
        self._spoken_texts.pop(response.id, None)
        response.close("completed" if status == "completed" else "incomplete")
        details = None if reason is None else {"type": status, "reason": reason}
        response.end(status, details, self._usage(response))
        self._send_rate_limits(response)
        self._on_done(response.sounding_until_s)
        if response.plan.in_conversation and self._waiting:
            self.call_remote(*self._waiting.pop(0))

    def _usage(self, response: Response) -> dict[str, Any]:
        plan = response.plan
        made = {item["id"] for item in response.output}
        seen = self._desk.conversation if plan.entries is None else plan.entries
        given = usage.of_context(
            plan.instructions, (one for one in seen if one.id not in made)
        )
        known = usage.cached(self._context_before, given)
        if plan.entries is None:
            self._context_before = given
        return usage.as_object(known, given, response.made)

    def _send_rate_limits(self, response: Response) -> None:
        limit = 15_000_000
        self._desk.out.send(
            "rate_limits.updated",
            rate_limits=[
                {
                    "name": "tokens",
                    "limit": limit,
                    "remaining": limit - response.made.total,
                    "reset_seconds": 0.002,
                }
            ],
        )
