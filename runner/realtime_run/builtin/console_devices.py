"""What the console tells of microphones and speakers that come and go: pure."""

from typing import assert_never

from realtime_run.builtin.console_state import Line
from realtime_run.builtin.console_text import clean
from realtime_run.core.events import AudioDeviceChangedEvent

_LABELS = {"input": "microphone", "output": "speaker"}
_NOTHING = {"input": "silence", "output": "nothing"}


def device_line(event: AudioDeviceChangedEvent) -> Line:
    """Return what became of a device, in a line."""
    label, device = _LABELS[event.direction], f"'{clean(event.device)}'"
    reason = f" ({clean(event.reason)})" if event.reason else ""
    match event.state:
        case "lost":
            text = f"{device} is lost{reason}{_in_its_place(event)}"
        case "replaced":
            text = f"{device} is replaced by {_replacement(event)}{reason}"
        case "returned":
            text = f"{device} is back{reason}"
            return Line(kind="note", label=label, text=text)
        case "failed":
            text = f"{device} failed{reason}; it goes on"
        case _:
            assert_never(event.state)
    return Line(kind="warning", label=label, text=text)


def _in_its_place(event: AudioDeviceChangedEvent) -> str:
    if event.replacement is None:
        return ""
    return f"; {_replacement(event)} takes its place"


def _replacement(event: AudioDeviceChangedEvent) -> str:
    if event.replacement in (None, "none"):
        return _NOTHING[event.direction]
    return f"'{clean(event.replacement)}'"
