"""What is known of Qwen's realtime models, as data. Unknown ones are passed on."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

AS_OF = date(2026, 11, 22)
"""When this was looked up."""

Vad: TypeAlias = Literal["server_vad", "semantic_vad", "smart_turn"]

_SNAPSHOT = re.compile(r"-\d{4}-\d{2}-\d{2}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A generation of models, with their variants and snapshots."""

    name: str
    """As people call it."""
    models: frozenset[str]
    """Without the dates of snapshots."""
    voice: str
    """The one that it speaks with unless another is named."""
    input_format: str
    """`input_audio_format` of 16 kHz mono s16le."""
    output_format: str
    """`output_audio_format` of 24 kHz mono s16le."""
    transcriber: str | None = None
    """The model that transcribes what the user says; None: the server knows it."""
    vads: frozenset[Vad] = frozenset({"server_vad"})
    """What finds turns."""
    sees: bool = True
    """It takes images."""
    text_input: bool = False
    tools: bool = False
    search: bool = False
    """It looks things up on the web."""
    idle_timeout: bool = False
    """`idle_timeout_ms` of `server_vad`."""
    smooth_output: bool = False
    sampling: bool = True
    """It takes `temperature`, `top_p` and the like."""
    history_turns: bool = False
    """`max_history_turns`."""
    compacts_video: bool = False
    """`video.input.representation_compact`."""
    needs_workspace: bool = False
    """Only the address of a workspace has it."""


_ASR = "qwen3-asr-flash-realtime"
_NEW_VADS: frozenset[Vad] = frozenset({"server_vad", "semantic_vad"})

QWEN_3_8 = Family(
    name="Qwen3.8",
    models=frozenset({"qwen3.8-omni-flash-realtime"}),
    voice="Tina",
    input_format="pcm",
    output_format="pcm",
    transcriber=_ASR,
    vads=_NEW_VADS,
    text_input=True,
    tools=True,
    search=True,
    compacts_video=True,
    needs_workspace=True,
)
QWEN_3_5 = Family(
    name="Qwen3.5",
    models=frozenset({"qwen3.5-omni-plus-realtime", "qwen3.5-omni-flash-realtime"}),
    voice="Tina",
    input_format="pcm",
    output_format="pcm",
    transcriber=_ASR,
    vads=_NEW_VADS,
    text_input=True,
    tools=True,
    search=True,
    idle_timeout=True,
)
QWEN_3 = Family(
    name="Qwen3",
    models=frozenset({"qwen3-omni-flash-realtime"}),
    voice="Cherry",
    input_format="pcm16",
    output_format="pcm24",
    transcriber="gummy-realtime-v1",
    smooth_output=True,
)
QWEN_TURBO = Family(
    name="Qwen-Omni-Turbo",
    models=frozenset({"qwen-omni-turbo-realtime"}),
    voice="Chelsie",
    input_format="pcm16",
    output_format="pcm16",
    transcriber="gummy-realtime-v1",
    sampling=False,
)
# It takes text and audio; of its tools and its transcriber nothing is documented.
QWEN_AUDIO = Family(
    name="Qwen-Audio",
    models=frozenset(
        {
            "qwen-audio-3.0-realtime-plus",
            "qwen-audio-3.0-realtime-flash",
            "qwen-audio-3.1-realtime-plus",
            "qwen-audio-3.1-realtime-flash",
        }
    ),
    voice="longanqian",
    input_format="pcm",
    output_format="pcm",
    vads=frozenset({"server_vad", "smart_turn"}),
    sees=False,
    text_input=True,
    history_turns=True,
)
FAMILIES: tuple[Family, ...] = (QWEN_3_8, QWEN_3_5, QWEN_3, QWEN_TURBO, QWEN_AUDIO)
_BY_MODEL: Mapping[str, Family] = {
    model: family for family in FAMILIES for model in family.models
}
_VOICES: Mapping[str, str] = {
    "qwen-audio-3.1-realtime-plus": "longanqian_v3.1",
    "qwen-audio-3.1-realtime-flash": "longanqian_v3.1",
}
"""Of models that speak with another voice than their family."""


def model_name(model: str) -> str:
    """Return a model's name without the date of a snapshot."""
    return _SNAPSHOT.sub("", model)


def family_of(model: str) -> Family | None:
    """Return what is known of a model, or None."""
    return _BY_MODEL.get(model_name(model))


def family_or_newest(model: str) -> Family:
    """Return what is known of a model; an unknown one is taken for one of Qwen3.5."""
    return family_of(model) or QWEN_3_5


def voice_of(model: str) -> str:
    """Return the voice that a model speaks with unless another is named."""
    return _VOICES.get(model_name(model)) or family_or_newest(model).voice
