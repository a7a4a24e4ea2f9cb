"""The provider under test, as its author describes it to the suite."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from realtime_run.core.pcm import Pcm
from realtime_run.core.presets import Preset
from realtime_run.plugin.provider_api import Provider
from realtime_run.testing.conformance.scenes import Scene


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What the suite must know of a provider.

    Raises:
        ValueError: If an excuse has no reason, or `PLAIN` is excused.
    """

    name: str
    """As a spec names it."""
    stage: Callable[[Scene], AbstractAsyncContextManager[Provider]]
    """Starts what plays a scene, and gives a provider that leads to it; leaving stops
    it, and leaves nothing behind. Never called with a scene that is excused."""
    speech: Pcm | None = None
    """An utterance that the provider notices and answers, without silence at its ends;
    None if it has no ears: then `SPEECH` needs an excuse."""
    excuses: Mapping[Scene, str] = field(default_factory=dict[Scene, str])
    """Scenes that cannot be staged although the provider's capabilities include them,
    each with the reason. They are reported as skipped, with it."""
    untried: Mapping[Preset, str] = field(default_factory=dict[Preset, str])
    """Presets of `barge_in` that are left out of the table, each with the reason."""
    pace_s: float = 0.001
    """How long 20 ms of a conversation take in the table, at least: 0.02 where sound
    comes and goes no faster than it is spoken."""
    silence_ms: int = 1500
    """How much silence ends an utterance, with some to spare."""
    patience_s: float = 5.0
    """How long the conversation of one test may take."""
    stall_s: float = 0.25
    """How long connecting may keep the event loop from everything else. Raise it only
    for a library that holds Python's interpreter lock while it loads."""
    secrets: frozenset[str] = field(default=frozenset[str](), repr=False)
    """What no event may show, such as the key that `stage` gives the provider."""

    def __post_init__(self) -> None:
        if Scene.PLAIN in self.excuses:
            message = "PLAIN cannot be excused: without it nothing can be tested"
            raise ValueError(message)
        unexplained = [s.name for s, reason in self.excuses.items() if not reason]
        if unexplained:
            message = f"give a reason why {', '.join(unexplained)} cannot be staged"
            raise ValueError(message)
        left_out = [preset for preset, reason in self.untried.items() if not reason]
        if left_out:
            message = f"give a reason why {', '.join(left_out)} is not tried"
            raise ValueError(message)
        if self.speech is None and Scene.SPEECH not in self.excuses:
            message = "give an utterance as 'speech', or a reason to excuse SPEECH"
            raise ValueError(message)
