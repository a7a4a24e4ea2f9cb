"""Decides which device a spec means, and what to try when that one is not there."""

from collections.abc import Sequence

from msgspec import Struct

from realtime_run.core.errors import AudioError
from realtime_run_devices.driver import Direction, Found

DEFAULT = "default"
IN_WORDS: dict[Direction, str] = {"input": "microphone", "output": "loudspeaker"}
_ESCAPED = str.maketrans({"'": "\\'", "\\": "\\\\"})


class Home(Struct, frozen=True, kw_only=True):
    """The device that a spec means, as it can be found again when it was away."""

    direction: Direction
    name: str | None
    """None: whatever the system has as its default."""
    nth: int = 0
    """Which of those of that name."""


def resolve(
    wanted: str | int, direction: Direction, present: Sequence[Found]
) -> tuple[Home, Found | None]:
    """Return what `wanted` means.

    An index counts the devices of the direction. A name is compared without regard to
    case: the whole of it first, then a part of it that only one device has.

    Returns:
        How to find it again, and the device; None where the system is to choose.

    Raises:
        AudioError: If there is none, or more than one; lists those that are there.
    """
    there = [one for one in present if one.device.direction == direction]
    if not there:
        message = (
            f"no {IN_WORDS[direction]}: this machine has none, or none that may be"
            " used; see `realtime-run devices`, or write audio: none"
        )
        raise AudioError(message)
    if wanted == DEFAULT:
        return Home(direction=direction, name=None), _default(direction, there)
    found = _indexed(wanted, direction, there)
    name = found.device.name
    alike = [one for one in there if one.device.name == name]
    return Home(direction=direction, name=name, nth=alike.index(found)), found


def candidates(home: Home, present: Sequence[Found]) -> tuple[Found, ...]:
    """Return what may be opened when a device is to be found again, best first.

    What only hears the loudspeaker is never put in the place of a microphone: the agent
    would listen to itself.
    """
    there = [one for one in present if one.device.direction == home.direction]
    alike = [one for one in there if one.device.name == home.name]
    # With fewer of that name than before, one of them is better than another device.
    at_home = alike[home.nth : home.nth + 1] or alike[:1]
    others = [one for one in there if one.device.default and not one.loopback]
    return (*at_home, *(one for one in others if one not in at_home))


def is_home(home: Home, found: Found) -> bool:
    """Return whether a device is the one that the spec means."""
    return home.name is None or home.name == found.device.name


def quoted(name: str) -> str:
    r"""Return a name between quotes, with what does not print escaped as `\n` is."""
    shown = name.translate(_ESCAPED)
    printable = (c if c.isprintable() else ascii(c)[1:-1] for c in shown)
    return f"'{''.join(printable)}'"


def _default(direction: Direction, there: Sequence[Found]) -> Found | None:
    """Return the default where it has to be told to the driver."""
    marked = [one for one in there if one.device.default]
    if direction == "output" or not any(one.loopback for one in there):
        return None
    # A system that has such things would move the microphone's stream to one of them
    # when the microphone goes, unless the stream is bound to a device.
    if marked and not marked[0].loopback:
        return marked[0]
    which = quoted(marked[0].device.name) if marked else "none"
    message = (
        f"no microphone: the system's default is {which}, which hears no more than a"
        f" loudspeaker plays; name another one, or write input: none{_list(there)}"
    )
    raise AudioError(message)


def _indexed(wanted: str | int, direction: Direction, there: Sequence[Found]) -> Found:
    what = IN_WORDS[direction]
    if isinstance(wanted, int):
        exact = [one for one in there if one.device.index == wanted]
        if exact:
            return exact[0]
        message = f"no {what} {wanted}: there is{_list(there)}"
        raise AudioError(message)
    folded = wanted.casefold()
    exact = [one for one in there if one.device.name.casefold() == folded]
    part = [one for one in there if folded in one.device.name.casefold()]
    near = exact or part
    if len(near) == 1:
        return near[0]
    if near:
        message = (
            f"{what} {quoted(wanted)} may be any of {len(near)}: write more of its"
            f" name, or its index{_list(near)}"
        )
    else:
        message = f"no {what} {quoted(wanted)}: there is{_list(there)}"
    raise AudioError(message)


def _list(there: Sequence[Found]) -> str:
    return "".join(
        f"\n  {one.device.index}: {quoted(one.device.name)}" for one in there
    )
