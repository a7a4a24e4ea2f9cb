"""The codec of one connection: what the server sent and what was asked, in order.

It performs no I/O and knows no clock: time comes in with every call, as monotonic
seconds.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from secrets import token_hex

from realtime_run.core.commands import Command
from realtime_run.core.errors import ConnectionClosedError, ProviderError
from realtime_run.core.provider_events import ProviderFailed
from realtime_run.plugin.api import HistoryItem
from realtime_run.wire.codec import Outcome
from realtime_run.wire.messages import parse, text_of
from realtime_run_openai.codec import microphone, requests
from realtime_run_openai.codec.conversation_events import CONVERSATION
from realtime_run_openai.codec.errors import meaning_of_end
from realtime_run_openai.codec.keep_alive import KeepAlive
from realtime_run_openai.codec.mcp_events import MCP
from realtime_run_openai.codec.options import CodecOptions
from realtime_run_openai.codec.output_events import OUTPUT
from realtime_run_openai.codec.response_events import RESPONSES
from realtime_run_openai.codec.response_state import Phase, Sounds, Ticked
from realtime_run_openai.codec.session_events import SESSION
from realtime_run_openai.codec.silence import Silence
from realtime_run_openai.codec.state import State
from realtime_run_openai.codec.table import Table

EVENTS: Table = {**SESSION, **CONVERSATION, **RESPONSES, **OUTPUT, **MCP}
"""What takes each server event, by its canonical name."""


class Codec:
    """Turns messages into events, and commands into messages."""

    def __init__(
        self, options: CodecOptions, *, new_id: Callable[[], str] | None = None
    ) -> None:
        """Make the codec of a connection that has not been opened.

        Args:
            options: What does not change while it is open.
            new_id: Makes ids of at most 32 characters for messages and items, none of
                them twice; by default they are counted, after a prefix of chance.
        """
        self._state = State(options=options, new_id=new_id or _counted())
        self._silence = Silence()
        every_s = options.keep_alive_s
        self._keep_alive = None if every_s is None else KeepAlive(every_s)

    @property
    def greeted(self) -> bool:
        """True once the server has sent `session.created`."""
        return self._state.greeted

    @property
    def acknowledged(self) -> Mapping[str, object] | None:
        """The session as the server took it, without secrets; None: not yet."""
        return self._state.acknowledged

    @property
    def failure(self) -> ProviderError | None:
        """Why the connection cannot be used any more; None if it can."""
        return self._state.failure

    @property
    def sounding(self) -> tuple[str, str | None] | None:
        """The response and the item that audio over RTP belongs to at the moment."""
        response_id = self._state.sounding.response_id
        if response_id is None:
            return None
        answer = self._state.answers.get(response_id)
        items = tuple(answer.audio) if answer is not None else ()
        return response_id, (items[-1] or None) if items else None

    @property
    def deadline(self) -> float | None:
        """When `tick` is due, in the seconds of `at_s`; None: not at all."""
        responses = self._state.responses
        active = responses.phase is Phase.ACTIVE and self._state.failure is None
        keep_alive = self._keep_alive
        due = (
            responses.deadline,
            self._state.sounding.deadline,
            self._silence.deadline(responses.since_s) if active else None,
            None if keep_alive is None else keep_alive.deadline,
        )
        return min((at_s for at_s in due if at_s is not None), default=None)

    def opening(
        self,
        session: Mapping[str, object] | None,
        history: Sequence[HistoryItem],
        at_s: float,
    ) -> Outcome:
        """Configure the session, and tell the server what was said before.

        Args:
            session: What `session.update` carries; None if the server was told when
                the connection was made: then `session.created` acknowledges it.
            history: Oldest first.
            at_s: The time.
        """
        state = self._at(at_s)
        if session is None:
            state.adopts, state.acknowledged = True, state.created
        else:
            purpose = "the configuration of the session"
            state.update_id = state.send("session.update", purpose, session=session)
        requests.remember(state, history)
        return self._taken()

    def receive(self, text: str | bytes, at_s: float) -> Outcome:
        """Take a message of the server. Never raises: garbage is an event, too."""
        state = self._at(at_s)
        self._silence.heard(at_s)
        if state.failure is not None:
            return Outcome()
        try:
            message = parse(text)
        except ValueError as error:
            state.emit(
                ProviderFailed(
                    error=f"the server sent something that is no JSON object: {error}",
                    error_code="invalid_message",
                    context="receiving",
                )
            )
            return state.take()
        name = text_of(message, "type")
        handle = EVENTS.get(state.options.dialect.canonical.get(name, name))
        if handle is None:
            state.warn_once(f"type {name}", f"unknown event {name!r}: ignored")
        else:
            handle(state, message)
        return self._taken()

    def ask(self, command: Command, at_s: float) -> Outcome:
        """Do what the session asks for.

        Raises:
            ProviderError: If it cannot be done over this connection.
        """
        state = self._at(at_s)
        requests.ask(state, command)
        return self._taken()

    def tick(self, at_s: float) -> Outcome:
        """Let time pass: give up what has been waited for too long."""
        state = self._at(at_s)
        state.step(Ticked())
        if overdue := state.sounding.overdue(at_s):
            state.events.extend(overdue)
            state.step(Sounds(still=state.sounding.waiting))
        if state.responses.phase is Phase.ACTIVE:
            since_s, busy = state.responses.since_s, len(state.remote) > 0
            broken = self._silence.broken(since_s, at_s, busy=busy)
            state.failure = state.failure or broken
        self._be_heard_of(state, at_s)
        return self._taken()

    def closed(self, why: ConnectionClosedError, at_s: float) -> Outcome:
        """Report what was held back: nothing more will come."""
        self._at(at_s)
        self._state.failure = self._state.failure or meaning_of_end(self._state, why)
        self._state.events.extend(self._state.sounding.overdue(math.inf))
        return self._state.take()

    def _be_heard_of(self, state: State, at_s: float) -> None:
        due = self._keep_alive is not None and self._keep_alive.due(at_s)
        if due and state.acknowledged is not None:
            microphone.be_heard_of(state)

    def _taken(self) -> Outcome:
        state = self._state
        if state.unsaid:
            state.tell()
        if state.messages and self._keep_alive is not None:
            self._keep_alive.sent(state.at_s)
        return state.take()

    def _at(self, at_s: float) -> State:
        self._state.at_s = at_s
        return self._state


def _counted() -> Callable[[], str]:
    # The items of a session's next connection must not be taken for those of this.
    numbers, prefix = count(1), token_hex(4)
    return lambda: f"rr_{prefix}_{next(numbers)}"
