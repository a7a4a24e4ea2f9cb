"""The provider: what the runner asks for connections."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime

from realtime_run.core.capabilities import Capabilities
from realtime_run.plugin.api import Connection, Opening
from realtime_run_local.pipeline import Pipeline
from realtime_run_local.settings import LocalSettings


def _now() -> datetime:
    return datetime.now().astimezone()


class LocalProvider:
    """VAD, speech to text, brain and text to speech, in this process."""

    def __init__(
        self, settings: LocalSettings, clock: Callable[[], datetime] = _now
    ) -> None:
        self._pipeline = Pipeline(settings, clock)

    @property
    def capabilities(self) -> Capabilities:
        """What the pipeline can do."""
        return self._pipeline.capabilities

    def connect(self, opening: Opening) -> AbstractAsyncContextManager[Connection]:
        """Load the models and begin to listen; leaving stops all of it.

        Raises:
            ProviderError: If a model does not load, or a rule names an unknown tool.
        """
        return self._pipeline.connect(opening)
