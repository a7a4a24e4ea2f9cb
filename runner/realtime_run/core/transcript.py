"""What the agent says in one response, and how much of it was heard."""

from msgspec import Struct
from msgspec.structs import replace

from realtime_run.core.provider_events import TranscriptMode

MS_A_LETTER = 70
"""How long a letter of speech lasts: 150 words a minute, 5.7 letters a word."""


class Mark(Struct, frozen=True):
    """A piece of a transcript, and where in the audio it begins."""

    audio_ms: float
    text: str


class Transcript(Struct, frozen=True):
    """The text of one response so far."""

    marks: tuple[Mark, ...] = ()
    whole: str | None = None
    """The text as corrected by a final; the marks are then only its timing."""
    exact: bool = True
    """False if the provider did not say where in the audio a piece begins."""

    @property
    def text(self) -> str:
        """All of it."""
        if self.whole is not None:
            return self.whole
        return "".join(mark.text for mark in self.marks)

    def said(
        self,
        text: str,
        mode: TranscriptMode,
        *,
        audio_ms: int | None,
        received_ms: float,
    ) -> "Transcript":
        """Return the transcript after one more report.

        Args:
            text: What the provider says.
            mode: How it relates to what was said before.
            audio_ms: Where in the audio it begins, if the provider knows.
            received_ms: How much of the response's audio has come so far.
        """
        match mode:
            case "final":
                return replace(self, whole=text) if text else self
            case "replacement":
                return Transcript((Mark(0, text),), exact=False)
            case "delta":
                begins = received_ms if audio_ms is None else audio_ms
                return replace(
                    self,
                    marks=(*self.marks, Mark(begins, text)),
                    exact=self.exact and audio_ms is not None,
                )

    def heard(
        self, played_ms: float, received_ms: float, *, complete: bool = True
    ) -> str:
        """Return the words that fit into the first `played_ms` of the audio.

        Exact to the piece where the provider gives times; within a piece, and where it
        gives none, letters are taken to last equally long, and a word that was begun
        does not count.

        Args:
            played_ms: How much of the audio was played.
            received_ms: How much of it has come.
            complete: Whether that is all of it. Text runs ahead of audio: if more was
                to come, the rest is taken to be spoken at a usual pace.
        """
        if played_ms <= 0 or received_ms <= 0:
            return ""
        if complete and played_ms >= received_ms:
            return self.text
        if not (self.exact and self.marks):
            total = received_ms if complete else _at_least(received_ms, self.text, 0)
            return _words(self.text, played_ms / total)
        last = self.marks[-1]
        end = (
            received_ms
            if complete
            else _at_least(received_ms, last.text, last.audio_ms)
        )
        parts: list[str] = []
        ends = [mark.audio_ms for mark in self.marks[1:]] + [end]
        for mark, end in zip(self.marks, ends, strict=True):
            if end <= played_ms:
                parts.append(mark.text)
            elif mark.audio_ms < played_ms:
                share = (played_ms - mark.audio_ms) / (end - mark.audio_ms)
                parts.append(_words(mark.text, share))
        return "".join(parts).rstrip()


def _at_least(received_ms: float, text: str, begins_ms: float) -> float:
    return max(received_ms, begins_ms + len(text) * MS_A_LETTER)


def _words(text: str, share: float) -> str:
    letters = int(len(text) * share)
    if letters >= len(text):
        return text
    # The cut falls into a word, or right after one.
    end = letters if text[letters].isspace() else text.rfind(" ", 0, letters + 1)
    return text[: max(end, 0)].rstrip()
