"""How the functions of a session are declared, and what a model takes of that."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from realtime_run.plugin.misfits import Misfit
from realtime_run_gemini.models import UNKNOWN, Behavior, family_of
from realtime_run_gemini.tool_settings import ToolSettings

if TYPE_CHECKING:
    # Settings are read to validate a spec, which no codec is needed for.
    from realtime_run_gemini.codec.options import Scheduling

_WORDS: dict[str, Behavior] = {"blocking": "BLOCKING", "non_blocking": "NON_BLOCKING"}
_SCHEDULING: "dict[str, Scheduling]" = {"interrupt": "INTERRUPT", "silent": "SILENT"}
_REFUSALS: dict[Behavior, str] = {
    "BLOCKING": "'{model}' talks on while a function runs: it has no 'blocking'",
    "NON_BLOCKING": "'{model}' waits for its functions: it has no 'non_blocking'",
}


def tool_misfits(tools: ToolSettings, model: str) -> Iterator[Misfit]:
    """Yield what a known model would refuse, at places below `use: gemini`."""
    family = family_of(model)
    if family is None or not family.behaviors:
        return
    asked: list[tuple[tuple[str | int, ...], str | None]] = [
        (("tools", "behavior"), tools.behavior),
        *(
            (("tools", "functions", name, "behavior"), own.behavior)
            for name, own in tools.functions.items()
        ),
    ]
    for place, word in asked:
        behavior = _WORDS.get(word or "auto")
        if behavior is not None and behavior not in family.behaviors:
            message = _REFUSALS[behavior].format(model=model)
            yield Misfit(place, message, "leave it out")


def declared_behavior(tools: ToolSettings, name: str, model: str) -> Behavior | None:
    """Return the `behavior` of a function's declaration; None: there is none.

    A model that has no choice may not know the field.
    """
    family = family_of(model) or UNKNOWN
    choice = len(family.behaviors) > 1
    return _WORDS.get(tools.behavior_of(name)) if choice else None


def is_non_blocking(tools: ToolSettings, name: str, model: str) -> bool:
    """Return whether the model talks on while a function runs."""
    behaviors = (family_of(model) or UNKNOWN).behaviors
    default: tuple[Behavior | None, ...] = (*behaviors, None)
    actual = declared_behavior(tools, name, model) or default[0]
    return actual == "NON_BLOCKING"


def scheduling_of(tools: ToolSettings, name: str) -> "Scheduling | None":
    """Return when the model is to speak of a result; None: as by default."""
    word: Literal["when_idle", "interrupt", "silent"] = tools.scheduling_of(name)
    return _SCHEDULING.get(word)
