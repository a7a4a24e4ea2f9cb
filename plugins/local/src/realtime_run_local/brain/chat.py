"""A brain behind an OpenAI-compatible `/chat/completions`, streamed by httpx."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from realtime_run.plugin.api import ToolDefinition
from realtime_run_local.brain.chat_codec import Answer, functions, messages, problem
from realtime_run_local.brain.pieces import (
    BrainError,
    Finished,
    Piece,
    Sentence,
    Turn,
)
from realtime_run_local.brain.sse import SseDecoder
from realtime_run_local.history import tool_rounds
from realtime_run_local.sentences import Sentences
from realtime_run_local.settings import ChatSettings

if TYPE_CHECKING:
    import httpx

_CONNECT_S = 5.0
_LONGEST_PROBLEM = 4096
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_ERROR_STATUS = 400
MOST_ROUNDS = 16
"""How often in a row tools may be called before anything is said to the user's words.

Small models are known to call the same tool for ever.
"""


class ChatBrain:
    """Asks the endpoint once a turn, and gives its answer sentence by sentence.

    Making one loads httpx and the certificates, which takes 0.2 s: do it in a thread.
    """

    def __init__(
        self, settings: ChatSettings, instructions: str, tools: Sequence[ToolDefinition]
    ) -> None:
        import httpx  # noqa: PLC0415 - 0.2 s, and the rule brain does without

        self._settings = settings
        self._instructions = instructions
        self._functions = functions(tools)
        self._errors = httpx.HTTPError
        self._timeouts = httpx.TimeoutException
        key = settings.api_key
        self._key = None if key is None else key.get_secret_value()
        self._client = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {self._key}"} if self._key else {},
            timeout=httpx.Timeout(
                settings.timeout, connect=min(_CONNECT_S, settings.timeout)
            ),
            # A proxy of the environment cannot reach this machine's own endpoints.
            trust_env=urlsplit(settings.base_url).hostname not in _LOOPBACK,
        )

    async def aclose(self) -> None:
        """Close the connections to the endpoint."""
        await self._client.aclose()

    async def respond(self, turn: Turn) -> AsyncGenerator[Piece, None]:
        """Give the model's answer; closing the generator ends the request."""
        if tool_rounds(turn.entries) > MOST_ROUNDS:
            message = f"the model called tools {MOST_ROUNDS} times without an end"
            raise BrainError(message, "too_many_calls")
        answer, sentences = Answer(), Sentences()
        try:
            async with aclosing(self._chunks(turn)) as chunks:
                async for chunk in chunks:
                    for sentence in sentences.push(answer.take(chunk)):
                        yield Sentence(sentence)
        except self._timeouts as error:
            message = f"{self._place} did not answer in {self._settings.timeout:g} s"
            raise BrainError(message, "timeout") from error
        except self._errors as error:
            reason = str(error) or type(error).__name__
            message = f"{self._place} cannot be reached: {reason}"
            raise BrainError(message, "unreachable") from error
        for sentence in sentences.flush():
            yield Sentence(sentence)
        for call in answer.calls:
            yield call
        # Without a reason to finish, the stream broke off.
        complete = answer.finish_reason not in (None, "length")
        yield Finished(complete=complete, usage=answer.usage)

    @property
    def _place(self) -> str:
        return f"'{self._settings.base_url}'"

    async def _chunks(self, turn: Turn) -> AsyncGenerator[str, None]:
        url = f"{self._settings.base_url}/chat/completions"
        async with self._client.stream(
            "POST", url, json=self._request(turn)
        ) as response:
            if response.status_code >= _ERROR_STATUS:
                raise await self._refusal(response)
            async with aclosing(self._events(response)) as events:
                async for event in events:
                    if event == "[DONE]":
                        return
                    yield event

    async def _events(self, response: "httpx.Response") -> AsyncGenerator[str, None]:
        decoder = SseDecoder()
        try:
            async for piece in response.aiter_bytes():
                for chunk in decoder.push(piece):
                    yield chunk
        except ValueError as error:
            message = f"{self._place} sent no stream of events: {error}"
            raise BrainError(message, "bad_stream") from error
        for chunk in decoder.flush():
            yield chunk
        if not decoder.found:
            kind = response.headers.get("content-type", "something without a type")
            message = f"{self._place} sent no stream of events, but {kind}"
            raise BrainError(message, "bad_stream")

    def _request(self, turn: Turn) -> dict[str, object]:
        settings = self._settings
        said = messages(self._instructions, turn.entries, settings.max_history)
        if turn.instructions is not None:
            said = (*said, {"role": "system", "content": turn.instructions})
        request: dict[str, object] = {
            "model": settings.model,
            "messages": said,
            "stream": True,
            "stream_options": {"include_usage": True},
            "temperature": settings.temperature,
            "max_tokens": settings.max_tokens,
        }
        if self._functions:
            request["tools"] = self._functions
        return request

    async def _refusal(self, response: "httpx.Response") -> BrainError:
        body = await _beginning(response.aiter_bytes())
        reason, code = problem(body.decode("utf-8", "replace"))
        if self._key:
            # Some endpoints repeat the key they refuse.
            reason = reason.replace(self._key, "**********")
        message = f"{self._place} refused ({response.status_code}): {reason}"
        return BrainError(message, code or str(response.status_code))


async def _beginning(pieces: AsyncIterator[bytes]) -> bytes:
    body = b""
    async for piece in pieces:
        body += piece
        if len(body) >= _LONGEST_PROBLEM:
            break
    return body[:_LONGEST_PROBLEM]
