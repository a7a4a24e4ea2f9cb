"""What may stand beside `use:` of the video sources that come with the runner.

Apart from the plugins themselves: to check a spec, none of them is imported.
"""

import re
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field

from realtime_run.builtin.video_graph import graph_problem
from realtime_run.plugin.settings import ExistingFile, Settings, value_error

_SIZE = re.compile(r"[1-9][0-9]{1,4}x[1-9][0-9]{1,4}")


def _is_size(size: str) -> str:
    if not _SIZE.fullmatch(size):
        raise value_error(
            message="must be a size, not '{got}'",
            hint="sizes are written like 1280x720",
            got=size,
        )
    return size


def _may_run(graph: str) -> str:
    if problem := graph_problem(graph):
        raise value_error(message="{got}", hint=problem[1], got=problem[0])
    return graph


Size: TypeAlias = Annotated[str, AfterValidator(_is_size)]
"""Width and height in pixels, written `1280x720`."""


class NoVideoSettings(Settings):
    """`video: none` has no settings."""


class CameraSettings(Settings):
    """Which camera."""

    device: str | None = Field(None, min_length=1)
    """Its path or its name, or a part of the name; else the first there is."""
    size: Size | None = None
    """The size it is asked for; else its own."""
    rate: float = Field(10.0, ge=1, le=30)
    """The most pictures a second that are taken."""


class ScreenSettings(Settings):
    """Which part of which screen."""

    device: str | None = Field(None, min_length=1)
    """Linux: the X display, such as `:0`; macOS: the screen's number. Else the one
    that is in use."""
    size: Size | None = None
    """How much of it, from the upper left corner; else all of it."""
    rate: float = Field(5.0, ge=1, le=30)
    """How many pictures are taken a second."""


class FileVideoSettings(Settings):
    """Which film or picture."""

    path: ExistingFile
    """A film or a still picture of any usual format."""
    loop: bool = False
    """Begin again at the end of a film. A still picture stays anyway."""
    rate: float = Field(10.0, ge=1, le=30)
    """The most pictures a second that are taken of it."""


class LavfiSettings(Settings):
    """Which pattern."""

    graph: Annotated[str, AfterValidator(_may_run)] = "testsrc2=size=640x480:rate=10"
    """A filter of FFmpeg that draws, and those that change what it drew."""
    rate: float = Field(10.0, ge=1, le=30)
    """The most pictures a second that are taken of it."""
