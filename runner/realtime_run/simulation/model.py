"""What a simulated model does next, given the conversation, a script and its tools.

Pure: no clock and no wire. Simulators of every provider ask the same mind, so a spec
hears the same answers from all of them.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from realtime_run.simulation.placeholders import filled
from realtime_run.simulation.samples import sample_arguments
from realtime_run.simulation.script import Script, ScriptedTurn

GREETING = "Hello, this is the voice of the simulator. How can I help you?"
_LONGEST = 400
"""Characters of the user's or a tool's words in one answer: it is to be heard out."""
STILL_THERE = "Are you still there?"
_MORE = (
    "That is all that the tools told me just now, and I will gladly say more about it"
    " if you ask me to."
)
"""Makes an answer last four seconds and more, so that it can be interrupted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A tool that the model calls."""

    name: str
    arguments: str
    """A JSON object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the model does next: it calls tools, or it answers."""

    calls: tuple[Call, ...] = ()
    text: str = ""
    written: bool = False
    """The answer is text only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownTool:
    """A tool that the model may call."""

    name: str
    schema: object
    """The JSON schema of its arguments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What the model sees when it is asked to respond."""

    kind: Literal["voice", "text", "silence", "results", "nothing"]
    """What came last: the user spoke, wrote, or has been silent for long, tools
    returned, or nothing is new."""
    turn: str = ""
    """Tells the user's turns apart: the same one takes one entry of the script."""
    heard: str = ""
    """What the user said or wrote last."""
    spoken_s: float = 0.0
    """How long the user spoke."""
    first: str = ""
    """What the user said or wrote first, history included."""
    before: str = ""
    """What the user said or wrote before the last, history included."""
    results: Sequence[str] = ()
    """What the tools returned to the calls of this turn."""
    images: str = "nothing"
    """What the model was shown, in words."""
    instructions: str = ""
    """What it is told for this response."""
    tools: Sequence[KnownTool] = ()
    parallel_calls: bool = True
    """Whether several calls may stand in one response."""
    must_call: str | None = None
    """A tool that has to be called; `""`: any."""


class Mind:
    """A model that follows a script, and says something plausible where it ends."""

    def __init__(self, script: Script | None = None) -> None:
        self._script = script or Script()
        self._next = 0
        self._turn: ScriptedTurn | None = None
        self._turn_name = ""
        self._has_called = False

    def transcript(self, spoken_s: float) -> str:
        """Return what the user is taken to have said in a turn that was spoken."""
        for turn in self._upcoming():
            if turn.heard is not None:
                return turn.heard
            if turn.when is None:
                break  # this is the one that will be taken
        return f"({_seconds(spoken_s)} of speech)"

    def reply(self, situation: Situation) -> Reply:
        """Return what the model does next."""
        if situation.kind == "silence":
            return Reply(text=STILL_THERE)
        if situation.kind in {"voice", "text"} and self._is_new(situation.turn):
            self._turn = self._taken(situation.heard)
        if self._must_call(situation):
            return self._forced(situation, situation.must_call or "")
        if situation.kind == "nothing":
            greeting = self._script.greeting or GREETING
            return Reply(text=self._filled(greeting, situation))
        if self._turn is not None:
            return self._scripted(self._turn, situation)
        return self._plausible(situation)

    def _must_call(self, situation: Situation) -> bool:
        # Who has the results of a call is not made to call again, for ever.
        wanted = situation.must_call is not None and situation.kind != "results"
        return wanted and bool(situation.tools)

    def _is_new(self, turn: str) -> bool:
        is_new = not turn or turn != self._turn_name
        self._turn_name = turn
        return is_new

    def _upcoming(self) -> Sequence[ScriptedTurn]:
        turns = self._script.turns
        left = turns[self._next :]
        return left or turns if self._script.repeat else left

    def _taken(self, heard: str) -> ScriptedTurn | None:
        turns = self._script.turns
        if self._next >= len(turns) and self._script.repeat:
            self._next = 0
        for index in range(self._next, len(turns)):
            when = turns[index].when
            if when is None or fnmatchcase(heard.lower(), when.lower()):
                self._next = index + 1
                return turns[index]
        return None

    def _scripted(self, turn: ScriptedTurn, situation: Situation) -> Reply:
        if turn.calls and situation.kind != "results":
            calls = tuple(
                Call(name=one.name, arguments=one.arguments_json) for one in turn.calls
            )
            if not situation.parallel_calls:
                calls = calls[:1]
            return Reply(calls=calls)
        if turn.write is not None:
            return Reply(text=self._filled(turn.write, situation), written=True)
        if turn.say is not None:
            return Reply(text=self._filled(turn.say, situation))
        return Reply(text=_answer(situation))

    def _plausible(self, situation: Situation) -> Reply:
        if situation.tools and not self._has_called and situation.kind != "results":
            return self._forced(situation, "")
        return Reply(text=_answer(situation))

    def _forced(self, situation: Situation, name: str) -> Reply:
        named = [tool for tool in situation.tools if tool.name == name]
        tool = (named or list(situation.tools))[0]
        self._has_called = True
        arguments = json.dumps(sample_arguments(tool.schema), ensure_ascii=False)
        return Reply(calls=(Call(name=tool.name, arguments=arguments),))

    def _filled(self, text: str, situation: Situation) -> str:
        words = {
            "heard": _clipped(situation.heard),
            "results": _clipped(" and ".join(situation.results)),
            "first": _clipped(situation.first),
            "before": _clipped(situation.before),
            "images": situation.images,
            "instructions": _clipped(situation.instructions),
        }
        return filled(text, words)


def _answer(situation: Situation) -> str:
    if situation.kind == "results":
        results = _clipped(" and ".join(situation.results)) or "nothing"
        return f"The tool returned: {results.rstrip('.')}. {_MORE}"
    seen = "" if situation.images == "nothing" else f" I see {situation.images}."
    if situation.kind == "voice":
        return f"I heard you for {_seconds(situation.spoken_s)}.{seen}"
    if "first" in situation.heard.lower():
        return f'The first thing you said was "{_clipped(situation.first)}".{seen}'
    return f'You wrote: "{_clipped(situation.heard)}".{seen}'


def _clipped(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _seconds(duration_s: float) -> str:
    return f"{duration_s:.1f} seconds"
