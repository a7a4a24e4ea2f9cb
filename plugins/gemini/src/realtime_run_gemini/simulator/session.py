"""What a setup makes of a session: how it listens, answers and remembers."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from realtime_run.simulation.hearing import TurnPolicy
from realtime_run.simulation.model import KnownTool
from realtime_run_gemini.models import Family
from realtime_run_gemini.simulator.content_shapes import (
    FunctionDeclaration,
    Schema,
    Tool,
)
from realtime_run_gemini.simulator.place import Place
from realtime_run_gemini.simulator.setup_shapes import (
    ActivityDetection,
    Compression,
    Setup,
)
from realtime_run_gemini.simulator.shapes import ContextUpdate

_ONSET_MS = 60
_SILENCES_MS = {"END_SENSITIVITY_LOW": 900}
_SILENCE_MS = 500
_LOUDNESS = {"START_SENSITIVITY_LOW": 0.75}
_NORMAL = 0.5
"""What the sensitivities are simulated by: no numbers are published."""
WINDOW = 131_072
"""Tokens that a context may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session that was set up."""

    model: str
    family: Family
    place: Place
    instructions: str
    tools: tuple[FunctionDeclaration, ...]
    searches: bool
    policy: TurnPolicy | None
    """How turns are found in the sound; None: the client tells."""
    signals: bool
    """`voiceActivityDetectionSignal` tells of speech, too."""
    interrupts: bool
    hears_words: bool
    """The user's words are told."""
    tells_words: bool
    """The model's words are told."""
    thinks_aloud: bool
    most_tokens: int | None
    low_resolution: bool
    resumable: bool
    numbers_messages: bool
    """Updates of the resumption count the client's messages."""
    compression: tuple[int, int] | None
    """From how many tokens on the context is cut, and down to how many."""
    awaits_history: bool
    """The first content of the client is the history, which nobody answers."""

    @property
    def is_interactive(self) -> bool:
        """Whether the model answers in several turns, and tells when it is idle."""
        return self.family.prefix == "gemini-3.8-live-extended-thinking"

    @property
    def known_tools(self) -> Sequence[KnownTool]:
        """The functions, as the mind knows them."""
        return tuple(
            KnownTool(name=one.name, schema=_schema(one)) for one in self.tools
        )

    @property
    def preamble(self) -> str:
        """What stands before every context."""
        tools = [one.model_dump(mode="json", exclude_none=True) for one in self.tools]
        return self.instructions + (json.dumps(tools) if tools else "")

    def behavior(self, name: str) -> Literal["BLOCKING", "NON_BLOCKING"]:
        """Return whether the model waits for a function."""
        declared = next((one.behavior for one in self.tools if one.name == name), None)
        if declared in {None, "UNSPECIFIED"}:
            return self.family.behaviors[0] if self.family.behaviors else "BLOCKING"
        return "BLOCKING" if declared == "BLOCKING" else "NON_BLOCKING"

    def updated(self, update: ContextUpdate) -> "Session":
        """Return it with other instructions, other tools or both."""
        session = self
        if update.system_instruction is not None:
            session = replace(session, instructions=update.system_instruction.text)
        if update.tools is not None:
            session = replace(
                session,
                tools=_functions(update.tools.tools),
                searches=_searches(update.tools.tools),
            )
        return session


def session_of(setup: Setup, family: Family, place: Place) -> Session:
    """Return what a setup that was accepted asks for."""
    config, realtime = setup.generation_config, setup.realtime_input_config
    thinking, resumption = config.thinking_config, setup.session_resumption
    return Session(
        model=setup.model,
        family=family,
        place=place,
        instructions=setup.system_instruction.text,
        tools=_functions(setup.tools),
        searches=_searches(setup.tools),
        policy=_policy(realtime.automatic_activity_detection),
        signals=bool(setup.explicit_vad_signal),
        interrupts=realtime.activity_handling != "NO_INTERRUPTION",
        hears_words=setup.input_audio_transcription is not None
        or family.input_transcription == "always",
        tells_words=setup.output_audio_transcription is not None,
        thinks_aloud=thinking is not None and thinking.include_thoughts,
        most_tokens=config.max_output_tokens,
        low_resolution=config.media_resolution == "MEDIA_RESOLUTION_LOW",
        resumable=resumption is not None,
        numbers_messages=resumption is not None and resumption.transparent,
        compression=_compression(setup.context_window_compression),
        awaits_history=setup.history_config.initial_history_in_client_content,
    )


def _functions(tools: Sequence[Tool]) -> tuple[FunctionDeclaration, ...]:
    return tuple(one for tool in tools for one in tool.function_declarations)


def _searches(tools: Sequence[Tool]) -> bool:
    return any(
        tool.google_search is not None or tool.google_search_retrieval is not None
        for tool in tools
    )


def _policy(detection: ActivityDetection) -> TurnPolicy | None:
    if detection.disabled:
        return None
    onset_ms, silence_ms = detection.prefix_padding_ms, detection.silence_duration_ms
    default = _SILENCES_MS.get(detection.end_of_speech_sensitivity, _SILENCE_MS)
    return TurnPolicy(
        threshold=_LOUDNESS.get(detection.start_of_speech_sensitivity, _NORMAL),
        # Here the padding is how much speech is needed before it counts.
        onset_ms=_ONSET_MS if onset_ms is None else onset_ms,
        prefix_padding_ms=0,
        silence_ms=default if silence_ms is None else silence_ms,
    )


def _compression(asked: Compression | None) -> tuple[int, int] | None:
    if asked is None:
        return None
    trigger = asked.trigger_tokens or WINDOW * 8 // 10
    window = asked.sliding_window
    return trigger, (window and window.target_tokens) or trigger // 2


def _schema(one: FunctionDeclaration) -> object:
    if one.parameters is None:
        return one.parameters_json_schema
    return _as_json_schema(one.parameters)


def _as_json_schema(schema: Schema) -> dict[str, Any]:
    found: dict[str, Any] = schema.model_dump(
        by_alias=True, exclude_none=True, exclude={"items", "properties", "any_of"}
    )
    if schema.type is not None:
        found["type"] = schema.type.lower()
    if schema.items is not None:
        found["items"] = _as_json_schema(schema.items)
    if schema.properties is not None:
        found["properties"] = {
            name: _as_json_schema(one) for name, one in schema.properties.items()
        }
    if schema.any_of is not None:
        found["anyOf"] = [_as_json_schema(one) for one in schema.any_of]
    return found
