"""Has the model answer: one answer at a time, which can be interrupted."""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from realtime_run.simulation.agenda import Activity
from realtime_run.simulation.model import Reply
from realtime_run.simulation.outputs import Speak
from realtime_run_gemini.simulator import usage
from realtime_run_gemini.simulator.calls import Calls
from realtime_run_gemini.simulator.conversation import Entry
from realtime_run_gemini.simulator.desk import Desk
from realtime_run_gemini.simulator.memory import Memory
from realtime_run_gemini.simulator.situation import situation

_NAME = "answer"
_CHUNK_MS = 100
_BYTES_A_MS = 48
"""Mono s16le at 24 kHz."""
_WORD_S = 0.02
_MIME = "audio/pcm;rate=24000"
FILLER = "One moment, please."
"""What is said while a function runs that the model does not wait for."""
THINKING = "Let me think about that."
"""What is said while the model thinks at length."""
_THOUGHT = "**Considering the answer**\n\nI think about what was said.\n\n\n"


@dataclass(slots=True)
class Answer:
    """One turn of the model."""

    id: str
    reply: Reply
    then: Reply | None = None
    """What comes in a turn of its own after this one."""
    said: str = ""
    made: usage.Tokens = field(default_factory=usage.Tokens)
    audio_ms: int = 0
    thoughts: int = 0
    waits: bool = False
    """It goes on once functions have returned."""


class Talking:
    """Begins, goes on with and ends answers.

    Args:
        desk: The session.
        calls: What calls functions.
        memory: What counts tokens, and hands out handles.
        on_idle: Called when an answer is complete, and nothing follows from it.
    """

    def __init__(
        self,
        desk: Desk,
        calls: Calls,
        memory: Memory,
        on_idle: Callable[[], None],
    ) -> None:
        self._desk = desk
        self._calls = calls
        self._memory = memory
        self._on_idle = on_idle
        self._answer: Answer | None = None

    @property
    def is_busy(self) -> bool:
        """Whether an answer is being made, or is taken to be played."""
        return self._answer is not None

    @property
    def is_waiting(self) -> bool:
        """Whether the answer waits for functions to return."""
        return self._answer is not None and self._answer.waits

    def respond(self, results: tuple[str, ...] | None = None) -> None:
        """Answer what was said last, or what functions returned."""
        refusal = self._memory.fit()
        if refusal is not None:
            self._desk.refuse(refusal)
            return
        reply = self._reply(results)
        if self._desk.session.is_interactive and reply.text and results is None:
            self._begin(Reply(text=THINKING), then=reply)
        else:
            self._begin(reply)

    def go_on(self, results: tuple[str, ...]) -> None:
        """Go on with the answer that waited for these results."""
        answer = self._answer
        if answer is not None:
            answer.waits = False
            answer.reply = self._reply(results)
            self._perform(answer)

    def spoken(self, answer_id: str, pcm: bytes) -> None:
        """Go on with an answer that has become sound."""
        answer = self._answer
        if answer is not None and answer.id == answer_id and not answer.waits:
            self._start(self._say(answer, pcm))

    def interrupt(self) -> bool:
        """Stop the answer, whatever it does; False: there is none."""
        answer, desk = self._answer, self._desk
        if answer is None:
            return False
        desk.agenda.stop(_NAME)
        desk.send_content(interrupted=True)
        answer.then = None
        if answer.waits:
            self._calls.cancel()
        for _ in range(desk.options.faults.late_deltas):
            self._send_audio(bytes(_CHUNK_MS * _BYTES_A_MS))
        self._complete(answer, interrupted=True)
        return True

    def _reply(self, results: tuple[str, ...] | None) -> Reply:
        desk = self._desk
        found = situation(desk.conversation, desk.session, results)
        return desk.mind.reply(found)

    def _begin(self, reply: Reply, then: Reply | None = None) -> None:
        self._memory.unsafe()
        self._answer = Answer(self._desk.new_id("answer"), reply, then)
        self._perform(self._answer)

    def _perform(self, answer: Answer) -> None:
        """Begin with what the model wants to do: to call, to write or to speak."""
        if answer.reply.calls:
            self._start(self._call(answer))
        elif answer.reply.written:
            self._start(self._write(answer))
        elif answer.reply.text.strip():
            self._desk.put(Speak(answer.id, answer.reply.text))
        else:
            self._start(self._stay_silent(answer))

    def _start(self, activity: Activity) -> None:
        desk = self._desk
        desk.agenda.start(_NAME, activity, desk.now_s + desk.options.latency_s)

    def _call(self, answer: Answer) -> Activity:
        self._calls.make(answer.reply.calls)
        if self._calls.block:
            answer.waits = True
        else:
            answer.reply = Reply(text=FILLER)
            self._perform(answer)
        yield 0.0

    def _say(self, answer: Answer, pcm: bytes) -> Activity:
        text = answer.reply.text
        self._think(answer)
        words: list[str] = re.findall(r"\s*\S+", text)
        per_character = len(pcm) / max(1, len(text))
        said, step = 0.0, _CHUNK_MS * _BYTES_A_MS
        for at in range(0, len(pcm), step):
            if self._is_full(answer):
                words.clear()
                break
            while words and said < at + step:
                said += len(words[0]) * per_character
                self._tell(answer, words.pop(0))
            chunk = pcm[at : at + step]
            answer.audio_ms += len(chunk) // _BYTES_A_MS
            self._send_audio(chunk)
            yield _CHUNK_MS / 1000 / self._desk.options.speed
        for word in words:
            self._tell(answer, word)
        yield from self._finish(answer)

    def _write(self, answer: Answer) -> Activity:
        self._think(answer)
        for word in re.findall(r"\s*\S+", answer.reply.text):
            answer.said += word
            self._desk.send_content(modelTurn={"parts": [{"text": word}]})
            yield _WORD_S / self._desk.options.speed
        answer.made = usage.Tokens(text=usage.of_text(answer.said))
        yield from self._finish(answer)

    def _stay_silent(self, answer: Answer) -> Activity:
        yield from self._finish(answer)

    def _think(self, answer: Answer) -> None:
        if self._desk.session.thinks_aloud:
            answer.thoughts += usage.of_text(_THOUGHT)
            part = {"text": _THOUGHT, "thought": True}
            self._desk.send_content(modelTurn={"parts": [part]})

    def _tell(self, answer: Answer, word: str) -> None:
        answer.said += word
        if self._desk.session.tells_words:
            self._desk.send_content(outputTranscription={"text": word})

    def _send_audio(self, pcm: bytes) -> None:
        sound = {"mimeType": _MIME, "data": base64.b64encode(pcm).decode()}
        self._desk.send_content(modelTurn={"parts": [{"inlineData": sound}]})

    def _is_full(self, answer: Answer) -> bool:
        most = self._desk.session.most_tokens
        return most is not None and usage.of_speech(answer.audio_ms) >= most

    def _finish(self, answer: Answer) -> Activity:
        """Tell that all is made, and wait until it is taken to have been played."""
        desk = self._desk
        if desk.session.searches and answer.said:
            desk.send_content(groundingMetadata=_grounding(answer.said))
        desk.send_content(generationComplete=True)
        yield self._playback_s(answer.audio_ms / 1000)
        self._complete(answer)
        if answer.then is not None:
            self._begin(answer.then)
        else:
            self._on_idle()

    def _playback_s(self, duration_s: float) -> float:
        options = self._desk.options
        made_s = duration_s / options.speed
        if options.playback is None:
            return (duration_s - made_s) / options.speed
        return max(0.0, duration_s / options.playback - made_s)

    def _complete(self, answer: Answer, *, interrupted: bool = False) -> None:
        desk = self._desk
        given = self._memory.context()
        spoken = usage.of_speech(answer.audio_ms)
        made = usage.Tokens(text=answer.made.text, audio=spoken)
        self._answer = None
        if answer.said:
            entry = Entry(role="model", text=answer.said, audio_ms=answer.audio_ms)
            desk.add(entry)
        content: dict[str, Any] = {"turnComplete": True}
        if desk.session.is_interactive:
            is_done = answer.then is None and not self._calls.are_open
            is_idle = interrupted or is_done
            content["interactionStatus"] = "IDLE" if is_idle else "IN_PROGRESS"
        used = usage.as_object(
            given,
            made,
            thoughts=answer.thoughts,
            gap=desk.options.faults.usage_gap,
            on_vertex=desk.session.place.on_vertex,
        )
        desk.send({"serverContent": content, "usageMetadata": used})


def _grounding(said: str) -> dict[str, Any]:
    query = " ".join(said.split()[:6])
    web = {"uri": "https://example.com/", "title": "example.com"}
    return {
        "webSearchQueries": [query],
        "groundingChunks": [{"web": web}],
        "searchEntryPoint": {"renderedContent": f"<div>{len(query)}</div>"},
    }
