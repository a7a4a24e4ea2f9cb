"""What the user's speech does to the agent's, in terms of one provider."""

from typing import Literal, TypeAlias

from msgspec import Struct

Decides: TypeAlias = Literal["nobody", "provider", "runner"]
"""Who says that a sound is an interruption."""
Hearing: TypeAlias = Literal["open", "gate", "manual"]
"""What of the microphone the provider gets. open: all of it; gate: silence while the
agent speaks, until the runner says that it is interrupted; manual: the user's turns,
which the runner finds, and nothing between them."""
React: TypeAlias = Literal["stop", "pause", "duck"]
"""What the speaker does at the first sound of the user. stop: drop what was not heard;
pause: keep it; duck: go on 20 dB lower."""
Phrase: TypeAlias = tuple[str, ...]
"""Words as `core.words` counts them."""


class Policy(Struct, frozen=True, kw_only=True):
    """What `turns.step` does when the user speaks, in terms of one provider."""

    decides: Decides
    hearing: Hearing = "open"
    session_answers: bool = False
    """The provider answers no turn by itself: the session asks for each that counts."""
    push_to_talk: bool = False
    """Only what is said while the user holds the floor is heard."""
    local_end_ms: int | None = None
    """The runner ends the user's turn after this much silence; None: it does not."""
    react: React = "stop"
    min_speech_ms: int = 0
    min_words: int = 0
    ignore: tuple[Phrase, ...] = ()
    always: tuple[Phrase, ...] = ()
    resume_after_ms: int | None = None
    """None: what was paused for a false alarm is given up."""
    protect_greeting: bool = False
    protect_start_ms: int = 0
    protect_tools: bool = False
    stop_tools: bool = False
    """An interruption cancels the tools that run."""
    instructs: bool = False
    """`CreateResponse` may carry instructions."""
    nudge_after_ms: int | None = None
    """After so much silence of both the model is asked to speak; None: never."""
    provider_cancels: bool
    """The provider stops its response by itself when it hears the user: no
    `CancelResponse` is needed."""
    cancel: bool
    truncate: bool

    @property
    def listens(self) -> bool:
        """True if the runner itself must hear where the user speaks."""
        if self.push_to_talk:
            return False
        return self.decides == "runner" or self.hearing != "open"

    @property
    def watches(self) -> bool:
        """True if what happens may have consequences beyond itself."""
        active = self.decides == "runner" or self.hearing != "open"
        return active or self.nudge_after_ms is not None

    @property
    def interruptible(self) -> bool:
        """True if the user's speech can interrupt the agent."""
        return self.decides != "nobody"

    @property
    def needs_words(self) -> bool:
        """True if only a transcript can tell an interruption."""
        return self.min_words > 0 or bool(self.ignore)
