"""How many tokens the service would count."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from realtime_run_gemini.simulator.conversation import Conversation

_SPEECH_MS = 40
"""A token of speech: 25 a second."""
_FRAME, _LOW_FRAME = 258, 66
"""Tokens of a picture, by default and at low resolution (ai.google.dev)."""
_CHARACTERS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Tokens of each modality."""

    text: int = 0
    audio: int = 0
    image: int = 0
    video: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.text + self.audio + self.image + self.video

    def details(self) -> list[dict[str, Any]]:
        """Return them as the service lists them: what is 0 is left out."""
        counts = {
            "TEXT": self.text,
            "AUDIO": self.audio,
            "IMAGE": self.image,
            "VIDEO": self.video,
        }
        return [
            {"modality": modality, "tokenCount": count}
            for modality, count in counts.items()
            if count
        ]


def of_text(text: str) -> int:
    """Return the tokens of a text."""
    return -(-len(text) // _CHARACTERS)


def of_speech(duration_ms: float) -> int:
    """Return the tokens of sound."""
    return -(-int(duration_ms) // _SPEECH_MS)


def of_context(
    preamble: str, conversation: Conversation, *, low_resolution: bool
) -> Tokens:
    """Return the tokens of all that a turn is charged for: the whole context.

    Args:
        preamble: What the model is told, and its tools.
        conversation: What was said and shown, the answer itself left out.
        low_resolution: Whether pictures are looked at coarsely.
    """
    frame = _LOW_FRAME if low_resolution else _FRAME
    text = of_text(preamble)
    audio = image = 0
    for entry in conversation.entries:
        if entry.audio_ms:
            audio += of_speech(entry.audio_ms)
        else:
            text += of_text(entry.text)
        image += frame * len(entry.images)
    video = frame * conversation.frames_sent
    return Tokens(text=text, audio=audio, image=image, video=video)


def as_object(
    given: Tokens, made: Tokens, *, thoughts: int, gap: int, on_vertex: bool
) -> Mapping[str, Any]:
    """Return a `usageMetadata`.

    Args:
        given: The context.
        made: What the model said and wrote.
        thoughts: Tokens of what it thought, which no total includes.
        gap: Tokens of the context that no detail explains.
        on_vertex: Vertex calls the response by another name.
    """
    response = "candidates" if on_vertex else "response"
    found: dict[str, Any] = {
        "promptTokenCount": given.total + gap,
        f"{response}TokenCount": made.total,
        "totalTokenCount": given.total + gap + made.total,
        "promptTokensDetails": given.details(),
        f"{response}TokensDetails": made.details(),
        "thoughtsTokenCount": thoughts,
    }
    if on_vertex:
        found["trafficType"] = "ON_DEMAND"
    return {key: value for key, value in found.items() if value}
