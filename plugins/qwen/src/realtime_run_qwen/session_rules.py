"""Which keys of the session object a family of models takes.

The server checks a session as a whole, and refuses all of it for one key: what it would
refuse is found here, before connecting. Nothing is said of unknown models.
"""

from collections.abc import Iterator

from realtime_run.plugin.misfits import Misfit
from realtime_run_qwen.models import Family
from realtime_run_qwen.session_settings import ServerVad, SessionSettings

_SAMPLING = (
    "temperature",
    "top_p",
    "top_k",
    "max_tokens",
    "repetition_penalty",
    "presence_penalty",
    "seed",
)


def session_misfits(
    session: SessionSettings, family: Family | None
) -> Iterator[Misfit]:
    """Yield what a server would refuse, at places that begin with `session`.

    Args:
        session: What is written.
        family: Of the model; None: nothing is known of it.
    """
    if session.temperature is not None and session.top_p is not None:
        yield Misfit(
            ("session", "top_p"),
            "'temperature' and 'top_p' say the same in two ways",
            "keep one of them",
        )
    if family is not None:
        yield from _formats(session, family)
        yield from _turns(session, family)
        yield from _absent(session, family)


def _formats(session: SessionSettings, family: Family) -> Iterator[Misfit]:
    for key, wanted in (
        ("input_audio_format", family.input_format),
        ("output_audio_format", family.output_format),
    ):
        written = getattr(session, key)
        if written is not None and written != wanted:
            yield Misfit(
                ("session", key),
                f"{family.name} calls its format '{wanted}', not '{written}'",
                "leave it out: it goes by the model",
            )


def _turns(session: SessionSettings, family: Family) -> Iterator[Misfit]:
    turns = session.turn_detection
    if turns is None:
        return
    if turns.type not in family.vads:
        yield Misfit(
            ("session", "turn_detection", "type"),
            f"{family.name} has no {turns.type}",
            f"write {' or '.join(sorted(family.vads))}",
        )
    idles = isinstance(turns, ServerVad) and turns.idle_timeout_ms is not None
    if idles and not family.idle_timeout:
        yield Misfit(
            ("session", "turn_detection", "idle_timeout_ms"),
            f"{family.name} has no 'idle_timeout_ms'",
            "write turn: {nudge_after: 10s} in the spec: the runner does the same",
        )


def _absent(session: SessionSettings, family: Family) -> Iterator[Misfit]:
    lacks: dict[str, bool] = {
        **dict.fromkeys(_SAMPLING, not family.sampling),
        "smooth_output": not family.smooth_output,
        "tool_choice": not family.tools,
        "enable_search": not family.search,
        "search_options": not family.search,
        "max_history_turns": not family.history_turns,
        "video": not family.compacts_video,
    }
    for key in sorted(key for key, lacking in lacks.items() if lacking):
        if key in session.model_fields_set:
            yield Misfit(
                ("session", key),
                f"{family.name} takes no '{key}'",
                "leave it out",
            )
