"""The session object: what it says at first, and what an update may change."""

import copy
import re
from typing import Any

from pydantic import ValidationError

from realtime_run_openai.simulator.g711 import Coding
from realtime_run_openai.simulator.refusals import Refusal, refusal_of
from realtime_run_openai.simulator.shapes import SessionShape

_INSTRUCTIONS = (
    "You are a helpful, witty, and friendly AI. Act like a human, but remember that you"
    " aren't a human. Talk quickly. You should always call a function if you can."
)
_NO_REASONING = re.compile(
    r"gpt-(4o-(mini-)?realtime.*|audio.*|realtime(-mini|-1\.5)?(-\d{4}-\d\d-\d\d)?)"
)
_ECHOED_NULLS = {"transcription": {"language": None, "prompt": None}}


def reasons(model: str) -> bool:
    """Return whether a model takes `reasoning` and calls tools in parallel."""
    return _NO_REASONING.fullmatch(model) is None


class SessionState:
    """What the client and the service have agreed on."""

    def __init__(self, model: str, session_id: str, expires_at: int) -> None:
        self.object: dict[str, Any] = {
            "type": "realtime",
            "object": "realtime.session",
            "id": session_id,
            "model": model,
            "output_modalities": ["audio"],
            "instructions": _INSTRUCTIONS,
            "tools": [],
            "tool_choice": "auto",
            "max_output_tokens": "inf",
            "tracing": None,
            "truncation": "auto",
            "prompt": None,
            "expires_at": expires_at,
            "audio": {
                "input": {
                    "format": {"type": "audio/pcm", "rate": 24_000},
                    "transcription": None,
                    "noise_reduction": None,
                    "turn_detection": {
                        "type": "server_vad",
                        "threshold": 0.5,
                        "prefix_padding_ms": 300,
                        "silence_duration_ms": 200,
                        "idle_timeout_ms": None,
                        "create_response": True,
                        "interrupt_response": True,
                    },
                },
                "output": {
                    "format": {"type": "audio/pcm", "rate": 24_000},
                    "voice": "alloy",
                    "speed": 1.0,
                },
            },
            "include": None,
        }
        self.has_spoken = False
        """Whether the model has given audio, after which its voice stays."""

    @property
    def model(self) -> str:
        """The model's name."""
        return str(self.object["model"])

    @property
    def input(self) -> dict[str, Any]:
        """`audio.input`."""
        found: dict[str, Any] = self.object["audio"]["input"]
        return found

    @property
    def output(self) -> dict[str, Any]:
        """`audio.output`."""
        found: dict[str, Any] = self.object["audio"]["output"]
        return found

    @property
    def turn_detection(self) -> dict[str, Any] | None:
        """`audio.input.turn_detection`."""
        found: dict[str, Any] | None = self.input["turn_detection"]
        return found

    @property
    def tools(self) -> list[dict[str, Any]]:
        """The tools of every response."""
        found: list[dict[str, Any]] = self.object["tools"]
        return found

    @property
    def transcribes(self) -> bool:
        """Whether the user's speech is written down."""
        return self.input["transcription"] is not None

    @property
    def hears(self) -> Coding:
        """What the client's sound is coded as."""
        found: Coding = self.input["format"]["type"]
        return found

    @property
    def speed(self) -> float:
        """How fast the model speaks; 1 as usual."""
        return float(self.output["speed"])

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
            return refusal_of(error, given, "session")
        changes = shape.model_dump(mode="json", exclude_unset=True)
        refusal = self._forbidden(changes)
        if refusal is None:
            self._merge(changes, shape)
        return refusal

    def _forbidden(self, changes: dict[str, Any]) -> Refusal | None:
        """Return what is well formed and still not allowed."""
        model = changes.get("model")
        if model is not None and model != self.model:
            message = f"The model of a session cannot be changed to '{model}'."
            return Refusal(code="invalid_value", message=message, param="session.model")
        voice = changes.get("audio", {}).get("output", {}).get("voice")
        if voice is not None and self.has_spoken and voice != self.output["voice"]:
            return Refusal(
                code="cannot_update_voice",
                message="Cannot update a conversation's voice if assistant audio is"
                " present.",
                param="session.audio.output.voice",
            )
        tracing = self.object["tracing"]
        if tracing is not None and changes.get("tracing", tracing) != tracing:
            message = "Tracing cannot be changed once it is set."
            return Refusal(
                code="invalid_value", message=message, param="session.tracing"
            )
        if changes.get("reasoning") is not None and not reasons(self.model):
            message = f"Unsupported for '{self.model}': 'session.reasoning'."
            return Refusal(
                code="unsupported_parameter", message=message, param="session.reasoning"
            )
        return None

    def _merge(self, changes: dict[str, Any], shape: SessionShape) -> None:
        audio = changes.pop("audio", {})
        changes.pop("model", None)
        self.object.update(changes)
        self.output.update(audio.get("output", {}))
        given = audio.get("input", {})
        if given.get("turn_detection") is not None:
            given["turn_detection"] = self._turns(given["turn_detection"], shape)
        if given.get("transcription") is not None:
            known = self.input["transcription"] or _ECHOED_NULLS["transcription"]
            given["transcription"] = {**known, **given["transcription"]}
            given["transcription"].setdefault("model", "gpt-realtime-whisper")
        self.input.update(given)
        for side in (self.input, self.output):
            if side["format"]["type"] == "audio/pcm":
                side["format"]["rate"] = 24_000

    def _turns(self, given: dict[str, Any], shape: SessionShape) -> dict[str, Any]:
        """Return turn detection with what was not given: as it was, or the default."""
        known = self.turn_detection
        if known is not None and known["type"] == given["type"]:
            return {**known, **given}
        detection = shape.audio.input.turn_detection
        return {} if detection is None else detection.model_dump(mode="json")
