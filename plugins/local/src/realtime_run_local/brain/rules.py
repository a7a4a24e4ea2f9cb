"""A brain of rules: the first that fits what was said answers it."""

import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from datetime import datetime

from realtime_run.core.errors import ProviderError
from realtime_run.plugin.api import ToolDefinition
from realtime_run_local import templates
from realtime_run_local.brain import built_in
from realtime_run_local.brain.arguments import fitted
from realtime_run_local.brain.pieces import Piece, Sentence, ToolCall, Turn
from realtime_run_local.history import (
    Entry,
    Returned,
    last_said,
    said_before,
    user_said,
)
from realtime_run_local.ids import new_id
from realtime_run_local.phrases import LONGEST_TEXT
from realtime_run_local.sentences import split
from realtime_run_local.settings import ReplySettings, RulesSettings

_FAILED = "That did not work: {result}"
_MOST_JOINED = 4
"""Turns that are looked at as one text."""


class RulesBrain:
    """Answers by the rules of the spec, then by the built-in ones."""

    def __init__(
        self,
        settings: RulesSettings,
        tools: Sequence[ToolDefinition],
        clock: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._tools = {tool.name: tool for tool in tools}
        self._clock = clock
        for reply in settings.replies:
            if reply.tool is not None and reply.tool not in self._tools:
                raise ProviderError(
                    _unknown_tool(reply, sorted(self._tools)),
                    code="unknown_tool",
                    is_recoverable=False,
                )

    async def respond(self, turn: Turn) -> AsyncGenerator[Piece, None]:
        """Give the answers to all that is new, in its order."""
        for piece in self.answers(turn):
            yield piece

    def answers(self, turn: Turn) -> tuple[Piece, ...]:
        """Return the whole answer; it depends on nothing but the turn and the clock.

        What it is told to do, it says, or the words that are given for it: it reads no
        instructions.
        """
        if turn.instructions is not None:
            return _spoken(turn.words or turn.instructions)
        asked: tuple[Entry, ...] = turn.news
        if not asked:
            last = last_said(turn.entries, "user")
            asked = () if last is None else (last,)
        if not asked:
            return (Sentence(built_in.GREETING),)
        answers = [self._to_user(text) for text in self._texts(asked)]
        answers += [
            _spoken(self._to_result(entry, turn.entries))
            for entry in asked
            if isinstance(entry, Returned)
        ]
        return tuple(piece for answer in answers for piece in answer)

    def _texts(self, asked: Sequence[Entry]) -> tuple[str, ...]:
        """Return what the user said: as one text, unless only its parts mean anything.

        Who hesitates says one thing in two turns: `go forward`, `ten meters`.
        """
        parts = tuple(said.text for said in user_said(asked))
        whole = " ".join(parts)
        if len(parts) < 2 or self._fits(whole):  # noqa: PLR2004 - nothing to join
            return parts and (whole,)
        return parts if any(map(self._fits, parts)) else (whole,)

    def _fits(self, text: str) -> bool:
        known = self._settings.built_in and built_in.answer(text, self._values(text))
        return bool(known) or self._reply(text) is not None

    def _to_user(self, text: str) -> tuple[Piece, ...]:
        found = self._reply(text)
        if found is None:
            return _spoken(self._without_reply(text))
        reply, values = found
        if reply.tool is None:
            return _spoken(templates.fill(reply.say, values))
        return (self._call(reply, reply.tool, values),)

    def _without_reply(self, text: str) -> str:
        values = self._values(text)
        said = built_in.answer(text, values) if self._settings.built_in else None
        return said or templates.fill(self._settings.otherwise, values)

    def _reply(self, text: str) -> tuple[ReplySettings, Mapping[str, str]] | None:
        for reply in self._settings.replies:
            groups = reply.pattern.match(text)
            if groups is not None:
                return reply, {**self._values(text), **groups}
        return None

    def _call(
        self, reply: ReplySettings, tool: str, values: Mapping[str, str]
    ) -> ToolCall:
        words: dict[str, object] = {g: values[g] for g in reply.pattern.groups}
        for name, value in reply.arguments.items():
            words[name] = (
                templates.fill(value, values) if isinstance(value, str) else value
            )
        arguments = fitted(words, self._tools[tool].parameters)
        return ToolCall(
            call_id=new_id("call"), name=tool, arguments=json.dumps(arguments)
        )

    def _to_result(self, result: Returned, entries: Sequence[Entry]) -> str:
        words = _plain(result.output)
        found = self._reason(result, entries)
        say = None if found is None else found[0].say
        if not result.success:
            say = (found and found[0].say_on_failure) or _FAILED
        values = {**self._values(""), **(found[1] if found else {}), "result": words}
        # A result whose call is unknown was called for by an earlier connection.
        return templates.fill(say or "{result}", values)

    def _reason(
        self, result: Returned, entries: Sequence[Entry]
    ) -> tuple[ReplySettings, Mapping[str, str]] | None:
        """Return the rule that called the tool: it still fits what was said."""
        before = said_before(entries, result.call_id)
        for at in range(len(before) - 1, -1, -1):
            # It may have been said in several turns, of which this is the last.
            for first in range(at, max(-1, at - _MOST_JOINED), -1):
                text = " ".join(said.text for said in before[first : at + 1])
                found = self._reply(text)
                if found is not None and found[0].tool == result.name:
                    return found
        return None

    def _values(self, text: str) -> dict[str, str]:
        now = self._clock()
        return {
            "agent": self._settings.name,
            "date": f"{now:%A}, {now.day} {now:%B}",
            "heard": text[:LONGEST_TEXT],
            "time": f"{now:%H:%M}",
        }


def _spoken(text: str) -> tuple[Sentence, ...]:
    return tuple(Sentence(sentence) for sentence in split(text))


def _plain(output: str) -> str:
    """Return the words of a result that is a JSON string, and any other as it is."""
    try:
        value = json.loads(output)
    except ValueError:
        return output
    return value if isinstance(value, str) else output


def _unknown_tool(reply: ReplySettings, known: Sequence[str]) -> str:
    have = f"the tools are: {', '.join(known)}" if known else "'tools:' names none"
    return f"the reply to '{reply.when}' calls the unknown tool '{reply.tool}'; {have}"
