"""Finds the cameras of this machine. It blocks: call it in a worker thread."""

import re
from pathlib import Path

from realtime_run.builtin.devices import Device

_SYSTEM = {"darwin": "avfoundation", "win32": "dshow"}
_NUMBERED = re.compile(r"video(\d+)")


def cameras(platform: str, root: Path = Path("/")) -> tuple[Device, ...]:
    """Return the cameras that are there, the first of them the one to take.

    Args:
        platform: As `sys.platform` has it.
        root: Where `/dev` and `/sys` are.
    """
    if platform in _SYSTEM:
        return _listed(_SYSTEM[platform])
    numbers = sorted(
        int(match[1])
        for path in (root / "dev").glob("video*")
        if (match := _NUMBERED.fullmatch(path.name))
    )
    found = (_described(root, number) for number in numbers)
    return tuple(device for device in found if device is not None)


def _described(root: Path, number: int) -> Device | None:
    """Return a device of Linux; None if it gives no pictures.

    A camera has further nodes of the same name, for what is no picture: their index,
    which is counted in each camera, is not 0.
    """
    folder = root / "sys" / "class" / "video4linux" / f"video{number}"
    if _text(folder / "index") not in {"0", ""}:
        return None
    return Device(address=f"/dev/video{number}", name=_text(folder / "name"))


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""  # a container may have the device without its description


def _listed(system: str) -> tuple[Device, ...]:
    try:
        from av.device import enumerate_input_devices  # noqa: PLC0415 - heavy
    except ImportError:  # an older PyAV: names are tried as they stand
        return ()
    return tuple(
        Device(address=device.name, name=device.description)
        for device in enumerate_input_devices(system)
        if "video" in device.media_types
        and not device.description.startswith("Capture screen")
    )
