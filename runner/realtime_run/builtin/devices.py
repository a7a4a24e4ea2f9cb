"""Decides what FFmpeg opens for a camera or a screen, on each kind of system.

Nothing is opened or looked up here: what there is comes in as values.
"""

import errno
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from realtime_run.builtin.video_settings import CameraSettings, ScreenSettings
from realtime_run.core.errors import VideoError
from realtime_run.media.video_feed import VideoInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A camera that is there."""

    address: str
    """By what FFmpeg opens it: a path, or on macOS and Windows a name or number."""
    name: str
    """What it calls itself."""

    def __str__(self) -> str:
        return (
            self.address
            if self.name in {"", self.address}
            else (f"{self.address} ({self.name})")
        )


def camera_input(
    settings: CameraSettings, platform: str, present: Sequence[Device]
) -> VideoInput:
    """Return how a camera is opened.

    Args:
        settings: What the spec says.
        platform: As `sys.platform` has it.
        present: The cameras that were found.

    Raises:
        VideoError: If there is none, or none of that name.
    """
    address = _address(settings.device, platform, present)
    size = {} if settings.size is None else {"video_size": settings.size}
    if platform == "darwin":
        # Without a rate it asks for 29.97, which cameras refuse that offer 30.
        options = {"framerate": "30", **size}
        name = f"{address}:none"
        return VideoInput(
            name=name, format="avfoundation", options=options, endless=True
        )
    if platform == "win32":
        return VideoInput(
            name=f"video={address}", format="dshow", options=size, endless=True
        )
    return VideoInput(name=address, format="v4l2", options=size, endless=True)


def screen_input(
    settings: ScreenSettings, platform: str, environ: Mapping[str, str]
) -> VideoInput:
    """Return how a screen is opened.

    Args:
        settings: What the spec says.
        platform: As `sys.platform` has it.
        environ: The environment, which names the display.

    Raises:
        VideoError: If there is no screen, or none that may be seen.
    """
    rate = {"framerate": f"{settings.rate:g}"}
    size = {} if settings.size is None else {"video_size": settings.size}
    if platform == "darwin":
        name = f"Capture screen {settings.device or 0}:none"
        # It knows no size: the whole screen is given, and scaled down.
        return VideoInput(name=name, format="avfoundation", options=rate, endless=True)
    if platform == "win32":
        return VideoInput(
            name="desktop", format="gdigrab", options=rate | size, endless=True
        )
    return VideoInput(
        name=settings.device or _display(environ),
        format="x11grab",
        # The first picture tells all there is to know; else FFmpeg waits for ten.
        options={"probesize": "32", **rate, **size},
        endless=True,
    )


def camera_trouble(settings: CameraSettings, address: str, error: Exception) -> str:
    """Return what went wrong with a camera, in the user's words."""
    if isinstance(error, PermissionError):
        return (
            f"camera '{address}' may not be used: permission denied;"
            " is the user in the group 'video'?"
        )
    number = getattr(error, "errno", None)
    if number == errno.EBUSY:
        return f"camera '{address}' is in use by another program"
    if number in {errno.ENODEV, errno.ENXIO}:
        return f"camera '{address}' is gone"
    asked = f"; does it have the size {settings.size}?" if settings.size else ""
    return f"cannot use camera '{address}': {reason(error)}{asked}"


def screen_trouble(name: str, error: Exception) -> str:
    """Return what went wrong with a screen, in the user's words."""
    if getattr(error, "errno", None) == errno.EIO:
        return f"no screen '{name}': there is no such display, or it lets nobody in"
    return f"cannot show the screen '{name}': {reason(error)}"


def reason(error: Exception) -> str:
    """Return what an error says, without a number or a file name."""
    text = getattr(error, "strerror", None) or str(error)
    return " ".join(text.split()).lower()


def _address(wanted: str | None, platform: str, present: Sequence[Device]) -> str:
    if wanted is None:
        if not present:
            message = "no camera: this machine has none, or none that may be used"
            raise VideoError(message)
        return present[0].address
    exact = [one for one in present if wanted in {one.address, one.name}]
    near = [one for one in present if wanted.casefold() in one.name.casefold()]
    found = exact or near
    if found:
        return found[0].address
    # A list may be missing where the camera is not: a path is tried as it stands.
    if wanted.startswith("/dev/") or (not present and platform != "linux"):
        return wanted
    raise VideoError(no_camera(wanted, present))


def no_camera(wanted: str, present: Sequence[Device]) -> str:
    """Return that there is no such camera, and which there are."""
    there = ", ".join(map(str, present))
    rest = f"there is {there}" if there else "this machine has none"
    return f"no camera '{wanted}': {rest}"


def _display(environ: Mapping[str, str]) -> str:
    if environ.get("WAYLAND_DISPLAY"):
        message = (
            "the screen of a Wayland session cannot be seen by other programs: log in"
            " to an X11 session, or name an X display (device: ':0') to show X11"
            " windows only"
        )
        raise VideoError(message)
    display = environ.get("DISPLAY")
    if not display:
        message = (
            "no screen: DISPLAY is not set; run it in a graphical session, or name the"
            " X display (device: ':0')"
        )
        raise VideoError(message)
    return display
