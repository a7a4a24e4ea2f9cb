"""Decides which graphs of `video: {use: lavfi}` may run: those that draw, and no more.

FFmpeg has filters that read files, open connections and run commands, and a graph may
come from a spec that somebody else wrote. So filters are allowed one by one, and the
ways to write one are few enough to be read for sure.
"""

import re
from difflib import get_close_matches

SOURCES = frozenset(
    {
        "allrgb",
        "allyuv",
        "color",
        "colorchart",
        "colorspectrum",
        "gradients",
        "mandelbrot",
        "pal100bars",
        "pal75bars",
        "rgbtestsrc",
        "sierpinski",
        "smptebars",
        "smptehdbars",
        "testsrc",
        "testsrc2",
        "yuvtestsrc",
        "zoneplate",
    }
)
"""The filters that draw."""
CHANGES = frozenset(
    {
        "crop",
        "drawbox",
        "drawgrid",
        "format",
        "fps",
        "hflip",
        "hue",
        "negate",
        "pad",
        "rotate",
        "scale",
        "transpose",
        "trim",
        "vflip",
    }
)
"""The filters that change what was drawn."""
_FILTER = re.compile(r"\s*(?P<name>[a-z0-9_]+)\s*(?:=(?P<options>.*))?", re.DOTALL)
_FORBIDDEN = re.compile(r"['\\\[\];/](?<!\d/)")
"""Quotes, escapes, labels and further chains, which could hide a filter's name, and
the slash by which an option is read from a file; but not that of `30000/1001`."""


def graph_problem(graph: str) -> tuple[str, str | None] | None:
    """Return what is wrong with a graph and what to do about it; None if it may run."""
    if found := _FORBIDDEN.search(graph):
        return (
            f"'{found[0]}' is not allowed in a graph",
            "write filters parted by commas: testsrc2=size=640x480,hflip",
        )
    for number, part in enumerate(graph.split(",")):
        match = _FILTER.fullmatch(part)
        if match is None:
            return f"'{part.strip()}' is no filter", "such as testsrc2=size=640x480"
        allowed = CHANGES if number else SOURCES
        if match["name"] not in allowed:
            return _not_allowed(match["name"], allowed)
    return None


def _not_allowed(name: str, allowed: frozenset[str]) -> tuple[str, str]:
    what = "draws a picture" if allowed is SOURCES else "may change a picture"
    near = get_close_matches(name, allowed, n=1)
    hint = f"did you mean '{near[0]}'?" if near else ", ".join(sorted(allowed))
    return f"'{name}' is no filter that {what}", hint
