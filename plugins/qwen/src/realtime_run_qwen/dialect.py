"""How Qwen's servers speak the protocol that they share with OpenAI's."""

from collections.abc import Mapping
from dataclasses import dataclass

from realtime_run_openai.dialect import BETA_NAMES
from realtime_run_openai.traits import Traits

INPUT_HZ = 16_000
OUTPUT_HZ = 24_000
MAX_IMAGE_BYTES = 190_000
"""As base64 it is less than 256 kB."""

_TRANSCRIPTION = "conversation.item.input_audio_transcription"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What the codec has to know of a server."""

    canonical: Mapping[str, str]
    """Server events by this server's names, and what OpenAI calls them."""
    traits: Traits
    """In what else it differs from OpenAI's."""


QWEN = Dialect(
    # The names of both generations of the API are known, as to Qwen's own clients.
    canonical={**BETA_NAMES, f"{_TRANSCRIPTION}.text": f"{_TRANSCRIPTION}.delta"},
    traits=Traits(
        keeps_item_ids=False,
        ends_cancelled=False,
        cancels_by_id=False,
        answers_tool_results=True,
        runs_tools=False,
        images="buffer",
        max_image_bytes=MAX_IMAGE_BYTES,
        forgets=False,
    ),
)
