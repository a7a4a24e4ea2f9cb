"""What the model is shown: one source at a time, over all connections."""

import asyncio

from realtime_run.core.errors import CapabilityError
from realtime_run.core.events import RealtimeErrorEvent
from realtime_run.plugin.api import VideoSource
from realtime_run.session.causes import cause_of
from realtime_run.session.circuit import Circuit
from realtime_run.session.clock import Clock
from realtime_run.session.parts import Parts
from realtime_run.session.video import VideoPump, command_for


class Watching:
    """Shows sources, one after another, in the tasks of a session."""

    def __init__(self, circuit: Circuit, parts: Parts, clock: Clock) -> None:
        """Make one that shows nothing yet.

        Args:
            circuit: What pictures go to, and errors.
            parts: What the session is made of; its video is shown as soon as somebody
                is connected to see it.
            clock: What the pace is taken from.

        Raises:
            CapabilityError: If there is a video, and the provider takes none.
        """
        self._circuit = circuit
        self._parts = parts
        self._clock = clock
        self._fps = parts.fps
        self._first = parts.video
        self._pump: VideoPump | None = None
        self._task: asyncio.Task[None] | None = None
        self._one_at_a_time = asyncio.Lock()
        if parts.video is not None:
            self._check()

    @property
    def fps(self) -> float:
        """The most pictures a second."""
        return self._fps

    @fps.setter
    def fps(self, fps: float) -> None:
        self._fps = fps
        if self._pump is not None:
            self._pump.repace()

    def connected(self) -> None:
        """Show a new connection what there is to see: it has seen nothing."""
        if self._first is not None and self._circuit.tasks is not None:
            self.watch(self._first, self._circuit.tasks)
        elif self._pump is not None:
            self._pump.repeat()

    def watch(self, source: VideoSource, tasks: asyncio.TaskGroup) -> None:
        """Show what a source sees, in place of what was shown before.

        Raises:
            CapabilityError: If the provider takes no pictures.
        """
        self._check()
        self.stop()
        pump = VideoPump(
            source,
            fps=lambda: self._fps,
            make=command_for(self._parts.provider.capabilities),
            send=self._circuit.send,
            clock=self._clock,
        )
        self._pump = pump
        setting = "video" if source is self._parts.video else None
        self._task = tasks.create_task(self._show(pump, setting), name="video")

    def stop(self) -> None:
        """Show nothing any more."""
        self._first = self._pump = None
        if self._task is not None:
            self._task.cancel()

    def _check(self) -> None:
        if self._parts.provider.capabilities.video == "none":
            message = f"provider {self._parts.provider_name!r} takes no video"
            raise CapabilityError(message)

    async def _show(self, pump: VideoPump, setting: str | None) -> None:
        try:
            # A camera can be opened by one at a time, and it may be the same one.
            async with self._one_at_a_time:
                await pump.run()
        except* Exception as group:  # noqa: BLE001 - foreign code
            # A plugin's code: the talk goes on without pictures.
            error = str(cause_of(group))
            self._circuit.emit(
                RealtimeErrorEvent(error=error, context="video", setting=setting)
            )
        finally:
            if self._pump is pump:
                self._pump = None
