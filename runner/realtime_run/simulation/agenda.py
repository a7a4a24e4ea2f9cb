"""What happens later: activities that go on step by step, without a clock.

An activity is a generator that yields how many seconds pass until its next step. A step
that comes late does not shift those after it.
"""

from collections.abc import Generator
from typing import TypeAlias

Activity: TypeAlias = Generator[float, None, None]


class Agenda:
    """Runs activities when their time has come, in order."""

    def __init__(self) -> None:
        self._due: dict[str, tuple[float, int, Activity]] = {}
        self._count = 0
        self._running: str | None = None

    @property
    def deadline(self) -> float | None:
        """When `run` is to be called next."""
        return min((due for due, _, _ in self._due.values()), default=None)

    def start(self, name: str, activity: Activity, at_s: float) -> None:
        """Begin an activity; one of the same name ends. Its first step is run by `run`.

        Args:
            name: What `stop` calls it.
            activity: What is done.
            at_s: When its first step is due.
        """
        self.stop(name)
        self._count += 1
        self._due[name] = (at_s, self._count, activity)

    def stop(self, name: str) -> None:
        """End an activity; none of that name is no mistake."""
        found = self._due.pop(name, None)
        if found is not None and name != self._running:
            found[2].close()

    def run(self, at_s: float) -> None:
        """Take every step that is due, the earliest first."""
        while (name := self._first(at_s)) is not None:
            due, number, activity = self._due[name]
            self._running = name
            wait = next(activity, None)
            self._running = None
            current = self._due.get(name)
            if current is None or current[1] != number:
                continue  # the step stopped or replaced its own activity
            if wait is None:
                del self._due[name]
            else:
                self._due[name] = (due + wait, number, activity)

    def _first(self, at_s: float) -> str | None:
        ready = [
            (due, number, name)
            for name, (due, number, _) in self._due.items()
            if due <= at_s
        ]
        return min(ready)[2] if ready else None
