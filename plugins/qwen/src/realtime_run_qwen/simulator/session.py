"""The session object: what it says at first, and what an update may change."""

import copy
from typing import Any

from pydantic import ValidationError

from realtime_run_openai.simulator.g711 import Coding
from realtime_run_openai.simulator.refusals import Refusal, refusal_of
from realtime_run_qwen.models import family_or_newest, voice_of
from realtime_run_qwen.simulator.session_rules import forbidden, invalid
from realtime_run_qwen.simulator.shapes import SessionShape, TurnDetection

_DETECTION = {
    "type": "server_vad",
    "threshold": 0.5,
    "prefix_padding_ms": 300,
    "silence_duration_ms": 800,
    "create_response": True,
    "interrupt_response": True,
}
_INSTRUCTIONS = "You are a helpful assistant."


class SessionState:
    """What the client and the service have agreed on.

    Args:
        model: The model's name.
        session_id: The session's.
        expires_at: When it ends; Qwen's server does not say it.
    """

    def __init__(self, model: str, session_id: str, expires_at: int) -> None:
        del expires_at
        self.family = family = family_or_newest(model)
        self.object: dict[str, Any] = {
            "object": "realtime.session",
            "id": session_id,
            "model": model,
            "modalities": ["text", "audio"],
            "instructions": _INSTRUCTIONS,
            "voice": voice_of(model),
            "input_audio_format": family.input_format,
            "output_audio_format": family.output_format,
            "input_audio_transcription": {"model": family.transcriber},
            "turn_detection": dict(_DETECTION),
        }
        if family.tools:
            self.object |= {"tools": [], "tool_choice": "auto"}
        self.has_spoken = False

    @property
    def model(self) -> str:
        """The model's name."""
        return str(self.object["model"])

    @property
    def tools(self) -> list[dict[str, Any]]:
        """The tools of every response, as OpenAI's session object has them."""
        return [
            {"type": "function", **tool["function"]}
            for tool in self.object.get("tools", ())
        ]

    @property
    def turn_detection(self) -> dict[str, Any] | None:
        """How turns are found; None: the client commits them."""
        found: dict[str, Any] | None = self.object["turn_detection"]
        return found

    @property
    def transcribes(self) -> bool:
        """Whether the user's speech is written down."""
        return self.object["input_audio_transcription"] is not None

    @property
    def hears(self) -> Coding:
        """What the client's sound is coded as."""
        return "audio/pcm"

    @property
    def speed(self) -> float:
        """How fast the model speaks: as usual."""
        return 1.0

    def snapshot(self) -> dict[str, Any]:
        """Return the object as an event carries it."""
        return copy.deepcopy(self.object)

    def update(self, given: dict[str, Any]) -> Refusal | None:
        """Change what is given, or nothing at all.

        Returns:
            What is wrong with it.
        """
        try:
            shape = SessionShape.model_validate(given)
        except ValidationError as error:
            wrong = refusal_of(error, given, "session")
            return invalid(wrong.message, wrong.param)
        changes = shape.model_dump(mode="json", exclude_unset=True)
        refusal = forbidden(changes, self.object, has_spoken=self.has_spoken)
        if refusal is None:
            self._merge(changes, shape)
        return refusal

    def _merge(self, changes: dict[str, Any], shape: SessionShape) -> None:
        # Alibaba's SDK sends `voice: null` where it is told none.
        if changes.get("voice", "") is None:
            del changes["voice"]
        if shape.turn_detection is not None:
            changes["turn_detection"] = _detection(shape.turn_detection)
        if shape.input_audio_transcription is not None:
            # The model is the server's choice, whichever is asked for.
            given = changes["input_audio_transcription"]
            changes["input_audio_transcription"] = {
                **given,
                "model": self.family.transcriber,
            }
        self.object.update(changes)


def _detection(given: TurnDetection) -> dict[str, Any]:
    shown = given.model_dump(mode="json")
    if given.idle_timeout_ms is None:
        del shown["idle_timeout_ms"]
    return shown
