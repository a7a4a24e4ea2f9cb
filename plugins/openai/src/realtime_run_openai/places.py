"""Where in the spec a parameter stands that the server complains about."""

import re
from collections.abc import Mapping

from realtime_run_openai.settings import OpenAISettings

_PREFIX = "session."
_TURN = "audio.input.turn_detection"
_VOICE = "audio.output.voice"
_PORTABLE_TURN: Mapping[str, str] = {
    "type": "turn.end",
    "eagerness": "turn.eagerness",
    "silence_duration_ms": "turn.silence",
    "create_response": "barge_in",
    "interrupt_response": "barge_in",
}
_AT_TOP: Mapping[str, str] = {"voice": _VOICE, "turn_detection": _TURN}
"""Where xAI has what OpenAI nests."""
_TOOL = re.compile(r"tools(?:\[(\d+)\]|\.(\d+))?(.*)", re.DOTALL)


def setting_of(
    param: str | None, settings: OpenAISettings, functions: int = 0
) -> str | None:
    """Return the path of the spec that a parameter comes from, or None.

    Args:
        param: As the server names it: `session.audio.output.voice`.
        settings: What is written beside `use: openai`.
        functions: How many tools of the session are functions of the spec's own; they
            stand before the MCP servers.
    """
    if param is None:
        return None
    if param == "model":
        return "provider.model"
    if not param.startswith(_PREFIX):
        return None
    path = param.removeprefix(_PREFIX)
    if path == "model":
        return "provider.model"
    head, dot, rest = path.partition(".")
    path = _AT_TOP.get(head, head) + dot + rest
    return _portable(path, settings, functions) or f"provider.session.{path}"


def _portable(path: str, settings: OpenAISettings, functions: int) -> str | None:
    """Return a key outside `session:` that a part of the session was made from."""
    session = settings.session
    if path == "instructions" and session.instructions is None:
        return "instructions"
    if path.startswith(_VOICE) and session.audio.output.voice is None:
        return "provider.voice" + path.removeprefix(_VOICE)
    if path.startswith(_TURN) and session.audio.input.turn_detection is None:
        return _PORTABLE_TURN.get(path.removeprefix(_TURN).lstrip("."), "turn")
    if tool := _TOOL.fullmatch(path):
        return _tool(tool, len(session.tools), functions)
    return None


def _tool(named: re.Match[str], servers: int, functions: int) -> str:
    index = named[1] or named[2]
    if index is None:
        return "provider.session.tools" if servers and not functions else "tools"
    at = int(index) - functions
    # A function's place in the session is not that of its file in the spec.
    return f"provider.session.tools[{at}]{named[3]}" if 0 <= at < servers else "tools"
