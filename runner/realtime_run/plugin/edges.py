"""The contracts between the session and where it hears, speaks and sees."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Literal, Protocol

from msgspec import Struct

from realtime_run.core.pcm import Pcm
from realtime_run.core.picture import Picture


class DeviceChange(Struct, frozen=True, kw_only=True):
    """What became of a device while it was used."""

    direction: Literal["input", "output"]
    state: Literal["lost", "replaced", "returned", "failed"]
    """lost: it gives or takes no sound any more; replaced: another one, or silence, has
    taken its place; returned: it is back and in use; failed: its driver or callback
    raised an error, and it goes on."""
    device: str
    """What it calls itself."""
    replacement: str | None = None
    """What is used in its place: a device's name, or `none`."""
    reason: str | None = None


class OutputDevice(Protocol):
    """A device that holds samples for a while before they are heard."""

    @property
    def unheard_frames(self) -> int:
        """How many of the frames that were pulled have not been heard yet.

        Asked at every pull and at every interruption, from any thread; never waits.
        """
        ...

    def filled(self) -> None:
        """Take note that samples wait to be pulled, for a device that sleeps meanwhile.

        Called on the session's loop whenever more come; must neither wait nor call
        back.
        """

    def flush(self) -> int:
        """Drop them, and return how many frames will therefore never be heard.

        Called on the session's loop, at once, when the agent is interrupted or paused;
        must neither wait nor call back. What is dropped for a pause is pulled again
        afterwards. A device that cannot take back what it holds returns 0.
        """
        ...


class Playback(Protocol):
    """What the agent still has to say, as an output device sees it."""

    @property
    def rate_hz(self) -> int:
        """Frames a second, mono."""
        ...

    @property
    def pending_frames(self) -> int:
        """How many frames wait to be pulled; none do while the agent is paused."""
        ...

    def pull(self, frames: int, *, taken: Callable[[], None] | None = None) -> bytes:
        """Return exactly `frames` frames of s16le, silence where nothing waits.

        Call it when the device needs them, not earlier: what was pulled counts as
        heard, but for what an attached device says it still holds. May be called from
        any thread, never waits.

        Args:
            frames: How many.
            taken: Called as soon as they count as pulled, before anybody else can ask
                for `unheard_frames`: a device with a thread of its own notes here that
                it holds them. Must neither wait nor call back.
        """
        ...

    def attach(self, device: OutputDevice) -> None:
        """Name the device that holds samples between `pull` and the ear."""
        ...

    def report(self, change: DeviceChange) -> None:
        """Tell the session that a device was lost, replaced or is back.

        May be called from any thread, never waits.
        """
        ...


class Microphone(Protocol):
    """An open source of the user's speech."""

    @property
    def rate_hz(self) -> int:
        """Frames a second of what `read` returns; stays the same."""
        ...

    @property
    def used_up(self) -> bool:
        """True when only silence will follow, as after the end of a file."""
        ...

    @property
    def patient(self) -> bool:
        """True if nothing is lost by reading later, as of a file that is read fast.

        Otherwise the newest sound matters more than the oldest: when the connection
        does not take it, the oldest is dropped.
        """
        ...

    async def read(self) -> Pcm:
        """Return the next samples, 20 ms as a rule, mono, at `rate_hz`.

        Waits as long as a microphone would. Never ends: a source that is used up goes
        on with silence, since providers need it to notice the end of a turn. What was
        heard before the first call is not in it.

        Raises:
            AudioError: If the source is lost.
        """
        ...


class AudioEdge(Protocol):
    """Where the user is heard and hears. Making one has no side effects."""

    @property
    def output_hz(self) -> int | None:
        """The rate at which it pulls; None takes the provider's."""
        ...

    @property
    def live(self) -> bool:
        """True where a person speaks and hears; False for files and silence."""
        ...

    def open(
        self, playback: Playback
    ) -> AbstractAsyncContextManager[Microphone | None]:
        """Begin to pull from `playback`, and give the microphone, if there is one.

        Leaving stops pulling and closes files and devices.

        Raises:
            AudioError: If a file or device cannot be used.
        """
        ...


class VideoSource(Protocol):
    """A camera, a screen, a film."""

    def open(self) -> AbstractAsyncContextManager["OpenVideo"]:
        """Open it; leaving the context closes it.

        Raises:
            VideoError: If there is no such camera, screen or file, or it is in use.
        """
        ...


class OpenVideo(Protocol):
    """A source that gives pictures."""

    async def read(self) -> Picture | None:
        """Return the next picture as soon as there is one; None at the end.

        Pictures that nobody read in the meantime are skipped: the latest matters.

        Raises:
            VideoError: If the source is lost.
        """
        ...
