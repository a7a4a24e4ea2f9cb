"""What the tests of Gemini share: Google's types as judge, and whole conversations."""

import base64
import binascii
import json
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from pydantic import BaseModel, Field, ValidationError

from realtime_run.testing.simulated.conversing import Conversing
from realtime_run.testing.simulated.tap import Tap
from realtime_run_gemini import plugin

Message: TypeAlias = Mapping[str, Any]
RIDES_ALONG = frozenset({"usageMetadata", "usage_metadata"})
"""What may stand beside another member in a message of the server."""


@dataclass(frozen=True, kw_only=True)
class Official:
    """Google's SDK, asked whether a message is one of Gemini Live.

    Both raise AssertionError with all that is wrong.
    """

    client: Callable[[Message], None]
    server: Callable[[Message], None]


@pytest.fixture
def tap() -> Tap:
    """What a conversation may be had `via`."""
    return Tap()


@pytest.fixture
def conversing(tmp_path: Path) -> Conversing:
    """Hold a conversation; at its end, every rule of events is checked."""
    return Conversing(
        name="gemini", plugin=plugin, folder=tmp_path, key="key-of-these-tests"
    )


@pytest.fixture(scope="session")
def official() -> Official:
    """Judges messages; the tests that ask for it need google-genai, and cost 1 s."""
    pytest.importorskip("google.genai", reason="google-genai is not installed")
    client, server = _models()

    def of_client(message: Message) -> None:
        wrong = [*_invalid(client, message), *_not_one(message)]
        if "realtimeInput" in message:
            wrong += _not_one(message["realtimeInput"], "realtimeInput")
        assert wrong == [], message

    def of_server(message: Message) -> None:
        rest = {key: message[key] for key in message if key not in RIDES_ALONG}
        wrong = [*_invalid(server, message)]
        if rest or not message:
            wrong += _not_one(rest)
        assert wrong == [], message

    return Official(client=of_client, server=of_server)


def _models() -> tuple[type[BaseModel], type[BaseModel]]:
    """Return the SDK's types, without what they leave out or are too lenient in."""
    from google.genai import types  # noqa: PLC0415 - a second, for few tests

    class Setup(types.LiveClientSetup):
        realtime_input_config: types.RealtimeInputConfig | None = None
        system_instruction: types.Content | None = None
        tools: list[types.Tool] | None = None

    class ContextUpdate(types.LiveClientContextUpdate):
        system_instruction: types.Content | None = None

    class Client(types.LiveClientMessage):
        setup: Setup | None = None
        context_update: ContextUpdate | None = None

    class Activity(types.VoiceActivity):
        # On the wire it is `type`; the SDK renames it before it validates.
        voice_activity_type: types.VoiceActivityType | None = Field(None, alias="type")

    class Usage(types.UsageMetadata):
        # What Vertex calls the tokens of the response.
        candidates_token_count: int | None = None
        candidates_tokens_details: list[types.ModalityTokenCount] | None = None

    class Server(types.LiveServerMessage):
        voice_activity: Activity | None = None
        usage_metadata: Usage | None = None

    return Client, Server


def _invalid(model: type[BaseModel], message: Message) -> list[str]:
    """Return what the SDK refuses, or warns of: so it does with an unknown enum."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            model.model_validate_json(json.dumps(message))
    except ValidationError as error:
        return [
            f"{'.'.join(map(str, each['loc']))}: {each['msg']}"
            for each in error.errors(include_url=False)
        ]
    except UserWarning as warning:
        return [str(warning)]
    return [*_undecodable(message)]


def _undecodable(value: object) -> Iterator[str]:
    """Find what is no base64, of either alphabet: the SDK takes any text for it."""
    if isinstance(value, Mapping):
        if {"data", "mimeType"} <= value.keys():
            try:
                base64.b64decode(
                    value["data"].translate({45: 43, 95: 47}), validate=True
                )
            except binascii.Error as error:
                yield f"data: {error}"
        for each in value.values():
            yield from _undecodable(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _undecodable(each)


def _not_one(message: Message, place: str = "the message") -> Iterator[str]:
    if len(message) != 1:
        yield f"{place} has not one member but {sorted(message) or 'none'}"
