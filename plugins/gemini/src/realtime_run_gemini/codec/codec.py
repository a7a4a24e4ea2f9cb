"""The codec of one connection: what the server sent and what was asked, in order.

It performs no I/O and knows no clock: time comes in with every call, as monotonic
seconds.
"""

from collections.abc import Callable, Mapping
from itertools import count
from secrets import token_hex

from realtime_run.core.commands import AppendAudio, Command
from realtime_run.core.errors import ConnectionClosedError, ProviderError
from realtime_run.core.provider_events import ProviderFailed
from realtime_run.plugin.api import Opening
from realtime_run.wire.codec import Outcome
from realtime_run.wire.messages import Message, object_of
from realtime_run_gemini.codec import (
    content,
    encode,
    functions,
    microphone,
    notes,
    requests,
    session_events,
    silence,
    speech,
)
from realtime_run_gemini.codec.options import CodecOptions
from realtime_run_gemini.codec.reading import read
from realtime_run_gemini.codec.state import State
from realtime_run_gemini.codec.usage import Ledger

MEMBERS: tuple[tuple[str, Callable[[State, Message], None]], ...] = (
    ("setupComplete", session_events.setup_complete),
    ("usageMetadata", session_events.usage),
    ("voiceActivityDetectionSignal", session_events.voice_signal),
    ("voiceActivity", session_events.voice_activity),
    ("serverContent", content.take),
    ("toolCall", functions.called),
    ("toolCallCancellation", functions.cancelled),
    ("serverContent", content.take_end),
    ("sessionResumptionUpdate", session_events.resumption),
    ("goAway", session_events.go_away),
)
"""What takes each member of a message, in the order in which several are taken."""
_KNOWN = frozenset(name for name, _ in MEMBERS)


class Codec:
    """Turns messages into events, and commands into messages."""

    def __init__(
        self, options: CodecOptions, *, new_id: Callable[[str], str] | None = None
    ) -> None:
        """Make the codec of a connection that has not been opened.

        Args:
            options: What does not change while it is open.
            new_id: Given a kind (turn, item or call), makes an id that was never made
                before; by default they are counted, after a prefix of chance.
        """
        self._state = State(
            options=options,
            new_id=new_id or _counted(),
            ledger=Ledger(options.cost),
        )

    @property
    def ready(self) -> bool:
        """True once the server has accepted the setup, and was told the history."""
        return self._state.ready

    @property
    def acknowledged(self) -> Mapping[str, object] | None:
        """The setup as the server took it, without secrets; None: not yet.

        With the server's `sessionId`, if it gave one.
        """
        return self._state.acknowledged

    @property
    def failure(self) -> ProviderError | None:
        """Why the connection cannot be used any more; None if it can."""
        return self._state.failure

    @property
    def deadline(self) -> float | None:
        """When `tick` is due, in the seconds of `at_s`; None: not at all."""
        state = self._state
        if state.failure is not None:
            return None
        due = (
            speech.deadline(state),
            state.microphone.look_s,
            silence.deadline(state),
        )
        return min((at_s for at_s in due if at_s is not None), default=None)

    def opening(
        self, setup: Mapping[str, object], opening: Opening, at_s: float
    ) -> Outcome:
        """Ask for a session; what was said before follows once it is there.

        Args:
            setup: The content of the message `setup`.
            opening: What the connection starts with.
            at_s: The time.
        """
        state = self._at(at_s)
        state.setup, state.opening = setup, opening
        state.messages.append(encode.setup(setup))
        return state.take()

    def receive(self, text: str | bytes, at_s: float) -> Outcome:
        """Take a message of the server. Never raises: garbage is an event, too."""
        state = self._at(at_s)
        state.received_s = at_s
        if state.failure is not None:
            return Outcome()
        try:
            message = read(text)
        except ValueError as error:
            state.emit(
                ProviderFailed(
                    error=f"the server sent something that is no JSON object: {error}",
                    error_code="invalid_message",
                    context="receiving",
                )
            )
            return state.take()
        self._decode(message)
        return state.take()

    def ask(self, command: Command, at_s: float) -> Outcome:
        """Do what the session asks for.

        Raises:
            ProviderError: If it cannot be done over this connection.
        """
        state = self._at(at_s)
        requests.ask(state, command)
        if not isinstance(command, AppendAudio):
            _settle(state)
        return state.take()

    def tick(self, at_s: float) -> Outcome:
        """Let time pass: take silence for what it means."""
        state = self._at(at_s)
        speech.tick(state)
        microphone.tick(state)
        silence.tick(state)
        _settle(state)
        return state.take()

    def closed(self, why: ConnectionClosedError, at_s: float) -> Outcome:
        """Report what was held back: nothing more will come.

        A response that was being made is not completed by this.
        """
        state = self._at(at_s)
        session_events.ended(state, why)
        speech.close(state)
        return state.take()

    def _decode(self, message: Message) -> None:
        state = self._state
        state.original = message
        was_ready = state.ready
        for name in message:
            if name not in _KNOWN:
                state.warn_once(f"member {name}", f"unknown message {name!r}: ignored")
        for name, take in MEMBERS:
            if name in message:
                take(state, object_of(message, name))
        if state.ready and not was_ready:
            microphone.watch(state)
        _settle(state)

    def _at(self, at_s: float) -> State:
        self._state.at_s = at_s
        return self._state


def _settle(state: State) -> None:
    """Send what has waited for the server, if it has waited long enough."""
    notes.settle(state)
    microphone.settle(state)


def _counted() -> Callable[[str], str]:
    # The ids of a session's next connection must not be taken for those of this.
    numbers, prefix = count(1), token_hex(4)
    return lambda kind: f"{kind}_{prefix}_{next(numbers)}"
