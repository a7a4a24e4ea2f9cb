"""What the puppet says and hears: pure values."""

import re
import sys
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from realtime_run.core.errors import ConnectionClosedError
from realtime_run.core.pcm import FRAME_MS, Pcm
from realtime_run.core.provider_events import (
    AgentTranscript,
    AudioOutput,
    ItemChanged,
    ItemStatus,
    ProviderEvent,
    ResponseDone,
    ResponseStarted,
    ResponseStatus,
    Role,
    ToolCalled,
)
from realtime_run.plugin.provider_api import Opening
from realtime_run.testing.conformance.scenes import ASK_NAME, Scene

HZ = 16_000
PIECE_MS = 100
"""How long a word lasts."""
_PIECE_FRAMES = HZ * PIECE_MS // 1000
_PEAK = 30_000
_SHORT, _LONG = 8, 32
"""How many words an answer has."""
_LONG_ANSWERS = frozenset(
    {Scene.LONG, Scene.FAST, Scene.STEADY, Scene.LATE_AUDIO, Scene.FALSE_ALARM}
)
_SUMS = {Scene.TOOL: ((2, 3),), Scene.TWO_TOOLS: ((2, 3), (4, 5))}
_ENDS = frozenset({Scene.DROP, Scene.RECALL, Scene.CLOSE})


@dataclass(frozen=True, slots=True)
class Asked:
    """A response that is wanted."""

    text: str = ""
    """What is answered; empty: what was said aloud, or nothing."""
    instructions: str | None = None
    """What this response shall do, and no other."""


def words(scene: Scene, asked: Asked, said: Sequence[str]) -> tuple[str, ...]:
    """Return the words of an answer.

    Args:
        scene: Which decides how many.
        asked: What is answered. What it is told to do, the puppet says.
        said: What the user said before, on this connection or an earlier one.
    """
    if asked.instructions is not None:
        return tuple(f"{word} " for word in asked.instructions.split())
    text = asked.text
    if text == ASK_NAME:
        names = re.findall(r"My name is (\w+)", " ".join(said))
        return ("You ", "are ", names[-1] if names else "nobody")
    count = _LONG if scene in _LONG_ANSWERS else _SHORT
    return tuple(f"word{number} " for number in range(count))


def remembered(opening: Opening, memories: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return what was said before a connection, by its handle if that is known."""
    resume = opening.resume
    if resume is None or resume.handle not in memories:
        return [item.text for item in opening.history]
    return [*memories[resume.handle], *(item.text for item in resume.later)]


def piece(name: str, word: str, number: int) -> tuple[ProviderEvent, ...]:
    """Return a word of a response, written and spoken.

    Args:
        name: The response's.
        word: With the space after it.
        number: Which word it is.
    """
    item_id = f"item_{name}"
    return (
        AgentTranscript(response_id=name, item_id=item_id, text=word, mode="delta"),
        sound(name, number),
    )


def sound(name: str, number: int) -> AudioOutput:
    """Return the sound of one word: no sample of it is 0, nor as the one before it."""
    first = number * _PIECE_FRAMES
    samples = array("h", (at % _PEAK + 1 for at in range(first, first + _PIECE_FRAMES)))
    if sys.byteorder == "big":
        samples.byteswap()
    pcm = samples.tobytes()
    return AudioOutput(response_id=name, item_id=f"item_{name}", pcm=pcm)


def ending(
    name: str, spoken: Sequence[str], status: ResponseStatus
) -> tuple[ProviderEvent, ...]:
    """Return what ends a response, of which some words were spoken."""
    item_id, text = f"item_{name}", "".join(spoken)
    final = AgentTranscript(response_id=name, item_id=item_id, text=text, mode="final")
    whole = status == "completed"
    return (
        *((final,) if whole else ()),
        item(item_id, "assistant", text, "completed" if whole else "incomplete"),
        ResponseDone(response_id=name, item_id=item_id, status=status),
    )


def calls(scene: Scene, name: str) -> tuple[ProviderEvent, ...] | None:
    """Return a response that calls the tools of a scene; None if it has none."""
    sums = _SUMS.get(scene)
    if sums is None:
        return None
    called = (
        ToolCalled(
            response_id=name,
            call_id=f"call_{name}_{number}",
            name="add",
            arguments=f'{{"a": {a}, "b": {b}}}',
        )
        for number, (a, b) in enumerate(sums)
    )
    return (ResponseStarted(response_id=name), *called, ResponseDone(response_id=name))


def item(
    item_id: str, role: Role, text: str, status: ItemStatus = "completed"
) -> ItemChanged:
    """Return the word that something is in the conversation now."""
    content = ({"type": "text", "text": text},)
    return ItemChanged(
        item_id=item_id, item_type="message", status=status, role=role, content=content
    )


def end_of(scene: Scene) -> ConnectionClosedError | None:
    """Return how a scene's first connection ends after its first answer, if it does."""
    if scene not in _ENDS:
        return None
    return ConnectionClosedError("gone", was_clean=scene is Scene.CLOSE)


@dataclass(slots=True)
class Ears:
    """Finds where the user's speech begins and ends: any sound is speech."""

    silence_ms: int = 400
    """How much silence ends it."""
    speaking: bool = False
    _quiet: int = 0

    def hear(self, frame: Pcm) -> Literal["began", "ended"] | None:
        """Take the next 20 ms; return what they change."""
        loud = any(frame.data)
        self._quiet = 0 if loud else self._quiet + 1
        if loud and not self.speaking:
            self.speaking = True
            return "began"
        if self.speaking and self._quiet * FRAME_MS >= self.silence_ms:
            self.speaking = False
            return "ended"
        return None
