"""Where in the spec a parameter stands that the server complains about."""

from collections.abc import Mapping

from realtime_run_qwen.settings import QwenSettings

_PREFIX = "session."
_TURN = "turn_detection"
_PORTABLE_TURN: Mapping[str, str] = {
    "type": "turn.end",
    "silence_duration_ms": "turn.silence",
    "create_response": "barge_in",
    "interrupt_response": "barge_in",
}
_PORTABLE: Mapping[str, str] = {
    "instructions": "instructions",
    "voice": "provider.voice",
    _TURN: "turn",
    "enable_search": "provider.search.enabled",
    "search_options": "provider.search.sources",
    # What these are called goes by the model.
    "input_audio_format": "provider.model",
    "output_audio_format": "provider.model",
}
"""What a part of the session is made from, unless `session:` has it."""


def setting_of(param: str | None, settings: QwenSettings) -> str | None:
    """Return the path of the spec that a parameter comes from, or None.

    Args:
        param: As the server names it: `session.voice`.
        settings: What is written beside `use: qwen`.
    """
    if param is None:
        return None
    if param in ("model", "session.model"):
        return "provider.model"
    if not param.startswith(_PREFIX):
        return None
    path = param.removeprefix(_PREFIX)
    return _portable(path, settings) or f"provider.session.{path}"


def _portable(path: str, settings: QwenSettings) -> str | None:
    """Return a key outside `session:` that a part of the session was made from."""
    head = path.replace("[", ".").partition(".")[0]
    if head == "tools":
        return "tools"
    portable = _PORTABLE.get(head)
    if portable is None or getattr(settings.session, head) is not None:
        return None
    if head == _TURN:
        return _PORTABLE_TURN.get(path.removeprefix(_TURN).lstrip("."), portable)
    return portable
