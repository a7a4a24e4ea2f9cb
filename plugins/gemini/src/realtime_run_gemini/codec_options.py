"""What a codec has to know of the settings."""

from functools import partial

from realtime_run.plugin.provider_api import Opening
from realtime_run_gemini.codec.options import CodecOptions, Scheduling
from realtime_run_gemini.faults import fault
from realtime_run_gemini.models import UNKNOWN, family_of
from realtime_run_gemini.prices import cost_usd
from realtime_run_gemini.settings import GeminiSettings
from realtime_run_gemini.setup import realtime_input
from realtime_run_gemini.tool_rules import is_non_blocking, scheduling_of

_HOUR_S = 3600.0
LONGEST_S = 600.0
"""After how long the server ends a connection (ai.google.dev). Some last for 58 minutes
and end unannounced (seen in the field)."""
GRACE_S = 60.0
"""How long the session looks for a moment to move, where the spec lets it wait."""
HANDLE_LIFETIME_S = 2 * _HOUR_S
"""The Gemini API keeps a session that has ended for two hours (ai.google.dev)."""
VERTEX_HANDLE_LIFETIME_S = 24 * _HOUR_S
"""Vertex keeps it for a day (Google Cloud's pages)."""


def codec_options(settings: GeminiSettings, opening: Opening) -> CodecOptions:
    """Return what does not change while a connection is open."""
    family = family_of(settings.model) or UNKNOWN
    names = [tool.name for tool in opening.tools]
    turns = realtime_input(settings, opening)
    on_vertex = settings.vertex is not None
    scheduling: dict[str, Scheduling] = {}
    for name in names:
        if (when := scheduling_of(settings.tools, name)) is not None:
            scheduling[name] = when
    return CodecOptions(
        model=settings.model,
        text_by=family.text_by,
        content_at_any_time=family.content_at_any_time,
        interruptible=turns.get("activityHandling") != "NO_INTERRUPTION",
        manual_turns=opening.manual_turns,
        non_blocking=frozenset(
            name
            for name in names
            if is_non_blocking(settings.tools, name, settings.model)
        ),
        scheduling=scheduling,
        frame_ms=settings.frame_ms,
        rotate_after_s=settings.rotate_after,
        longest_s=max(LONGEST_S, settings.rotate_after + GRACE_S),
        handle_lifetime_s=VERTEX_HANDLE_LIFETIME_S if on_vertex else HANDLE_LIFETIME_S,
        cost=partial(cost_usd, settings.model),
        fault=partial(fault, settings=settings),
    )
