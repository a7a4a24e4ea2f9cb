"""How the servers that speak this protocol differ from each other, as values.

A server of another vendor is another `Dialect`, not another codec. The names that
events had in the beta of the API are known in every dialect: OpenAI itself still sends
some of them over WebRTC data channels.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from realtime_run.core.turn_detection import TurnField
from realtime_run_openai.traits import Traits

DialectName: TypeAlias = Literal["openai", "azure", "xai"]

BETA_NAMES: Mapping[str, str] = {
    "conversation.item.created": "conversation.item.added",
    "response.audio.delta": "response.output_audio.delta",
    "response.audio.done": "response.output_audio.done",
    "response.audio_transcript.delta": "response.output_audio_transcript.delta",
    "response.audio_transcript.done": "response.output_audio_transcript.done",
    "response.text.delta": "response.output_text.delta",
    "response.text.done": "response.output_text.done",
}
"""Server events by the names of the beta, and what they are called now."""


_AS_OPENAI = Traits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One vendor's way of speaking the protocol."""

    name: DialectName
    vendor: str
    """As people call it."""
    key_header: str
    """The HTTP header that carries the key."""
    key_prefix: str
    """What stands before the key in it."""
    canonical: Mapping[str, str]
    """Server events by this vendor's names, and what OpenAI calls them."""
    is_nested: bool
    """The session object has a `type`, and the voice and the turn detection stand below
    `audio`. False: they stand at its top, and there is no `type`."""
    webrtc: bool
    images: bool
    truncate: bool
    can_disable_interrupt: bool
    manual_responses: bool
    """It obeys `create_response: false`, and answers when it is asked to."""
    manual_turns: bool
    """It takes `turn_detection: null`, and turns that the client commits."""
    response_instructions: bool
    """It takes instructions for one response."""
    turn: frozenset[TurnField]
    """What of a spec's `turn:` it can do."""
    transcriber: str
    """The model that transcribes what the user says, unless the spec names one."""
    efforts: frozenset[str]
    """What `reasoning.effort` may be."""
    traits: Traits = _AS_OPENAI
    lacks: frozenset[str] = frozenset()
    """Keys of OpenAI's session object that this one does not have, as dotted paths."""


_EVERY_TURN_FIELD: frozenset[TurnField] = frozenset(
    {"server", "semantic", "eagerness", "silence"}
)
_EFFORTS = frozenset({"minimal", "low", "medium", "high", "xhigh"})

OPENAI = Dialect(
    name="openai",
    vendor="OpenAI",
    key_header="Authorization",
    key_prefix="Bearer ",
    canonical=BETA_NAMES,
    is_nested=True,
    webrtc=True,
    images=True,
    truncate=True,
    can_disable_interrupt=True,
    manual_responses=True,
    manual_turns=True,
    response_instructions=True,
    turn=_EVERY_TURN_FIELD,
    transcriber="gpt-realtime-whisper",
    efforts=_EFFORTS,
)
AZURE = replace(
    OPENAI, name="azure", vendor="Azure", key_header="api-key", key_prefix=""
)
# xAI lists conversation.item.truncate among what it does not take, and echoes, without
# saying that it obeys, create_response and interrupt_response. Of turns that the client
# commits, and of instructions for one response, nothing is known.
XAI = Dialect(
    name="xai",
    vendor="xAI",
    key_header="Authorization",
    key_prefix="Bearer ",
    canonical=BETA_NAMES,
    is_nested=False,
    webrtc=False,
    images=False,
    truncate=False,
    can_disable_interrupt=False,
    manual_responses=False,
    manual_turns=False,
    response_instructions=False,
    turn=frozenset({"server", "silence"}),
    transcriber="grok-transcribe",
    efforts=_EFFORTS | {"none"},
    lacks=frozenset(
        {
            "audio.input.noise_reduction",
            "audio.output.speed",
            "include",
            "max_output_tokens",
            "output_modalities",
            "parallel_tool_calls",
            "prompt",
            "tracing",
            "truncation",
        }
    ),
)
DIALECTS: Mapping[DialectName, Dialect] = {
    dialect.name: dialect for dialect in (OPENAI, AZURE, XAI)
}

_HOSTS: tuple[tuple[str, Dialect], ...] = (
    (".openai.azure.com", AZURE),
    (".cognitiveservices.azure.com", AZURE),
    (".services.ai.azure.com", AZURE),
    (".x.ai", XAI),
)


def dialect_of(base_url: str) -> Dialect:
    """Return the dialect of the server at an address; of an unknown one, OpenAI's."""
    host = urlsplit(base_url).hostname or ""
    for ending, dialect in _HOSTS:
        if host.endswith(ending):
            return dialect
    return OPENAI
