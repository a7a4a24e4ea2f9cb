import errno
import os
from pathlib import Path
from typing import Any

import pytest

from realtime_run.builtin.cameras import cameras
from realtime_run.builtin.devices import (
    Device,
    camera_input,
    camera_trouble,
    screen_input,
    screen_trouble,
)
from realtime_run.builtin.video_settings import CameraSettings, ScreenSettings
from realtime_run.core.errors import VideoError

WEBCAM = Device(address="/dev/video0", name="HD Webcam")
BRIO = Device(address="/dev/video2", name="Logitech BRIO")
BOTH = (WEBCAM, BRIO)


def camera(device: str | None = None, **settings: Any) -> CameraSettings:
    return CameraSettings(device=device, **settings)


@pytest.mark.parametrize(
    ("device", "address"),
    [
        (None, "/dev/video0"),
        ("/dev/video2", "/dev/video2"),
        ("Logitech BRIO", "/dev/video2"),
        ("brio", "/dev/video2"),
        ("/dev/video9", "/dev/video9"),
    ],
)
def test_a_camera_of_linux_is_named_by_path_or_name(
    device: str | None, address: str
) -> None:
    source = camera_input(camera(device), "linux", BOTH)

    assert (source.name, source.format, source.endless) == (address, "v4l2", True)
    assert source.options == {}


def test_a_camera_is_asked_for_the_size_that_is_wanted() -> None:
    source = camera_input(camera(size="640x480"), "linux", BOTH)

    assert source.options == {"video_size": "640x480"}


def test_a_camera_of_macos_is_opened_without_its_microphone() -> None:
    source = camera_input(camera("FaceTime"), "darwin", ())

    assert (source.name, source.format) == ("FaceTime:none", "avfoundation")
    assert source.options == {"framerate": "30"}


def test_a_camera_of_windows_is_named() -> None:
    present = (Device(address="Integrated Camera", name="Integrated Camera"),)

    source = camera_input(camera(), "win32", present)

    assert (source.name, source.format) == ("video=Integrated Camera", "dshow")


@pytest.mark.parametrize(
    ("device", "present", "said"),
    [
        (None, (), "no camera: this machine has none, or none that may be used"),
        ("brio", (), "no camera 'brio': this machine has none"),
        (
            "obs",
            BOTH,
            (
                "no camera 'obs': there is /dev/video0 (HD Webcam),"
                " /dev/video2 (Logitech BRIO)"
            ),
        ),
    ],
)
def test_a_missing_camera_says_what_there_is(
    device: str | None, present: tuple[Device, ...], said: str
) -> None:
    with pytest.raises(VideoError) as raised:
        camera_input(camera(device), "linux", present)

    assert str(raised.value) == said


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.EBUSY, "camera '/dev/video0' is in use by another program"),
        (errno.ENODEV, "camera '/dev/video0' is gone"),
        (
            errno.EACCES,
            (
                "camera '/dev/video0' may not be used: permission denied;"
                " is the user in the group 'video'?"
            ),
        ),
        (
            errno.EINVAL,
            (
                "cannot use camera '/dev/video0': invalid argument;"
                " does it have the size 99x99?"
            ),
        ),
    ],
)
def test_what_is_wrong_with_a_camera_is_said_in_words(number: int, said: str) -> None:
    error = OSError(number, os.strerror(number))

    assert camera_trouble(camera(size="99x99"), "/dev/video0", error) == said


def test_the_screen_is_the_display_of_the_session() -> None:
    source = screen_input(ScreenSettings(), "linux", {"DISPLAY": ":1"})

    assert (source.name, source.format) == (":1", "x11grab")
    assert source.options == {"probesize": "32", "framerate": "5"}


def test_a_part_of_the_screen_can_be_shown() -> None:
    settings = ScreenSettings(size="640x480", rate=2.5)

    source = screen_input(settings, "win32", {})

    assert (source.name, source.format) == ("desktop", "gdigrab")
    assert source.options == {"framerate": "2.5", "video_size": "640x480"}


def test_a_screen_of_macos_is_numbered() -> None:
    source = screen_input(ScreenSettings(device="1"), "darwin", {})

    assert source.name == "Capture screen 1:none"


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({}, "no screen: DISPLAY is not set"),
        ({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, "a Wayland session"),
    ],
)
def test_without_a_screen_that_may_be_seen_it_says_so(
    environ: dict[str, str], said: str
) -> None:
    with pytest.raises(VideoError, match=said):
        screen_input(ScreenSettings(), "linux", environ)


def test_a_display_that_is_named_is_taken_on_wayland_too() -> None:
    environ = {"WAYLAND_DISPLAY": "wayland-0"}

    assert screen_input(ScreenSettings(device=":7"), "linux", environ).name == ":7"


def test_a_display_that_is_not_there_is_said_in_words() -> None:
    error = OSError(errno.EIO, "Input/output error")

    assert screen_trouble(":9", error) == (
        "no screen ':9': there is no such display, or it lets nobody in"
    )


def machine(root: Path, nodes: dict[int, tuple[str, str] | None]) -> None:
    """Make the files by which Linux describes its video devices."""
    (root / "dev").mkdir()
    for number, described in nodes.items():
        (root / "dev" / f"video{number}").touch()
        if described is not None:
            folder = root / "sys" / "class" / "video4linux" / f"video{number}"
            folder.mkdir(parents=True)
            (folder / "name").write_text(f"{described[0]}\n")
            (folder / "index").write_text(f"{described[1]}\n")


def test_the_cameras_of_linux_are_listed_in_order_without_their_other_nodes(
    tmp_path: Path,
) -> None:
    machine(
        tmp_path,
        {
            10: ("Late", "0"),
            0: ("HD Webcam", "0"),
            1: ("HD Webcam", "1"),
            2: ("Logitech BRIO", "0"),
        },
    )

    assert cameras("linux", tmp_path) == (
        WEBCAM,
        BRIO,
        Device(address="/dev/video10", name="Late"),
    )


def test_a_camera_lent_to_a_container_is_listed_without_a_name(tmp_path: Path) -> None:
    machine(tmp_path, {3: None})

    (found,) = cameras("linux", tmp_path)

    assert (found, str(found)) == (
        Device(address="/dev/video3", name=""),
        "/dev/video3",
    )


def test_a_machine_without_cameras_has_none(tmp_path: Path) -> None:
    assert cameras("linux", tmp_path) == ()
