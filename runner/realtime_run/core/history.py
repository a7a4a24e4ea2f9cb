"""What was said in a conversation, so that a new connection can be told."""

from msgspec import Struct
from msgspec.structs import replace

from realtime_run.core.events import (
    Event,
    RealtimeAgentSpeechTranscriptionEvent,
    RealtimeUserSpeechTranscriptionEvent,
)
from realtime_run.core.provider_events import Role

MOST_CHARACTERS = 32_000
"""The newest that is kept: about 8,000 tokens, which every provider takes."""


class Said(Struct, frozen=True):
    """Something said, by whom."""

    role: Role
    text: str
    response_id: str | None = None
    """Of what the agent said."""


class History(Struct, frozen=True):
    """What was said, oldest first; the agent's part as far as it was heard."""

    items: tuple[Said, ...] = ()
    characters: int = 0

    @property
    def ends_with_the_user(self) -> bool:
        """True if the last word was the user's."""
        return bool(self.items) and self.items[-1].role == "user"

    def wrote(self, text: str) -> "History":
        """Return the history after the user sent a text."""
        return self._with(Said("user", text))

    def heard(self, event: Event) -> "History":
        """Return the history after an event."""
        match event:
            case RealtimeUserSpeechTranscriptionEvent(mode="final", text=text):
                return self._with(Said("user", text))
            case RealtimeAgentSpeechTranscriptionEvent(mode="final"):
                return self._with(Said("assistant", event.text, event.response_id))
            case _:
                return self

    def _with(self, said: Said) -> "History":
        if not said.text.strip():
            return self
        said = replace(said, text=said.text[-MOST_CHARACTERS:])
        items = [*self.items, said]
        characters = self.characters + len(said.text)
        while characters > MOST_CHARACTERS:
            characters -= len(items.pop(0).text)
        return History(tuple(items), characters)
