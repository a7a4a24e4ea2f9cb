"""What is well formed in a session and still not allowed: by model, and together."""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from realtime_run_openai.simulator.refusals import Refusal
from realtime_run_qwen.models import Family, family_or_newest
from realtime_run_qwen.simulator.shapes import SAMPLING

_Rule: TypeAlias = Callable[[dict[str, Any], Family], Refusal | None]
_NAME = re.compile(r"[A-Z][A-Za-z]*( [A-Z][A-Za-z]*)?")
"""What voices of the Omni models are called."""
_CLONED = re.compile(r"[A-Za-z0-9_]+(-[A-Za-z0-9_]+)+")
_OF_AUDIO = re.compile(r"long[a-z]+(_v\d+(\.\d+)?)?")
"""What voices of the audio models are called."""
_SINCE_3_5 = frozenset({"Tina"})
_VISION_MODEL = "Qwen3.8"


def invalid(message: str, param: str | None = None) -> Refusal:
    """Return what the server says to a value that it does not take."""
    return Refusal(code="invalid_value", message=message, param=param)


def forbidden(
    changes: dict[str, Any], known: Mapping[str, Any], *, has_spoken: bool
) -> Refusal | None:
    """Return why an update is refused as a whole, or None.

    Args:
        changes: What is given.
        known: The session as it is.
        has_spoken: Whether the model has given audio.
    """
    family = family_or_newest(known["model"])
    found = (rule(changes, family) for rule in _RULES)
    refusal = next((one for one in found if one is not None), None)
    return (
        refusal
        or _voice_changed(changes, known, has_spoken=has_spoken)
        or _searches_with_tools({**known, **changes})
    )


def _voice(changes: dict[str, Any], family: Family) -> Refusal | None:
    voice = changes.get("voice")
    if voice is None or _speaks(voice, family):
        return None
    return invalid(f"Voice '{voice}' is not supported.", "session.voice")


def _speaks(voice: str, family: Family) -> bool:
    if family.history_turns:
        return _OF_AUDIO.fullmatch(voice) is not None
    if family.tools and _CLONED.fullmatch(voice):
        return True
    is_too_new = voice in _SINCE_3_5 and not family.tools
    return _NAME.fullmatch(voice) is not None and not is_too_new


def _voice_changed(
    changes: dict[str, Any], known: Mapping[str, Any], *, has_spoken: bool
) -> Refusal | None:
    voice = changes.get("voice")
    if voice in {None, known["voice"]} or not has_spoken:
        return None
    message = "Cannot update a conversation's voice if assistant audio is present."
    return Refusal(code="cannot_update_voice", message=message, param="session.voice")


def _formats(changes: dict[str, Any], family: Family) -> Refusal | None:
    given = {"input_audio_format", "output_audio_format"} & set(changes)
    if given and "audio" in changes:
        name = min(given)
        return invalid(f"'{name}' cannot stand beside 'audio'.", f"session.{name}")
    # Alibaba's SDK sends pcm16 both ways, to every model.
    usual = {
        "input_audio_format": {"pcm16", family.input_format},
        "output_audio_format": {"pcm16", family.output_format},
    }
    for name in sorted(given):
        if changes[name] not in usual[name]:
            message = f"Format '{changes[name]}' is not supported."
            return invalid(message, f"session.{name}")
    return None


def _turns(changes: dict[str, Any], family: Family) -> Refusal | None:
    detection = changes.get("turn_detection")
    if detection is None:
        return None
    kind = detection["type"]
    if kind not in family.vads:
        message = f"Turn detection '{kind}' is not supported."
        return invalid(message, "session.turn_detection.type")
    if detection.get("idle_timeout_ms") is not None and (
        kind != "server_vad" or not family.idle_timeout
    ):
        message = "'idle_timeout_ms' is not supported."
        return invalid(message, "session.turn_detection.idle_timeout_ms")
    return None


def _features(changes: dict[str, Any], family: Family) -> Refusal | None:
    has: Mapping[str, bool] = {
        "tools": family.tools,
        "tool_choice": family.tools,
        "enable_search": family.search,
        "search_options": family.search,
        "smooth_output": family.smooth_output,
        "max_history_turns": family.history_turns,
        "video": family.name == _VISION_MODEL,
        **dict.fromkeys(SAMPLING, family.sampling),
    }
    for name in changes:
        if not has.get(name, True):
            return invalid(f"'{name}' is not supported.", f"session.{name}")
    return None


def _searches_with_tools(session: Mapping[str, Any]) -> Refusal | None:
    if session.get("enable_search") and session.get("tools"):
        message = "'enable_search' and 'tools' exclude each other."
        return invalid(message, "session.tools")
    return None


_RULES: tuple[_Rule, ...] = (_features, _voice, _formats, _turns)
