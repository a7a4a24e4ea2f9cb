"""What a picture shows, in two words: enough to tell that it arrived."""

from collections.abc import Mapping

_COLOURS: Mapping[str, tuple[int, int, int]] = {
    "black": (0, 0, 0),
    "white": (255, 255, 255),
    "grey": (128, 128, 128),
    "red": (220, 30, 30),
    "green": (30, 180, 30),
    "blue": (30, 30, 220),
    "yellow": (230, 230, 30),
    "orange": (240, 140, 20),
    "purple": (140, 30, 160),
    "cyan": (30, 210, 210),
    "brown": (120, 70, 30),
    "pink": (250, 150, 190),
}


def colour_name(red: float, green: float, blue: float) -> str:
    """Return the name of the nearest colour; parts are 0 to 255."""

    def distance(name: str) -> float:
        r, g, b = _COLOURS[name]
        return (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2

    return min(_COLOURS, key=distance)


def video_described(red: float, green: float, blue: float) -> str:
    """Return in words what a video shows, given its average colour."""
    return f"a video that is mostly {colour_name(red, green, blue)}"
