"""Where a client connected, which decides what it may ask for."""

import re
from dataclasses import dataclass
from typing import Literal

_GEMINI = re.compile(
    r"/ws/google\.ai\.generativelanguage\.(v1|v1beta|v1alpha|v1beta1)"
    r"\.GenerativeService[./]BidiGenerateContent(Constrained)?"
)
_VERTEX = re.compile(
    r"/ws/google\.cloud\.aiplatform\.(v1|v1beta|v1alpha|v1beta1)"
    r"\.LlmBidiService/BidiGenerateContent"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One address of the service."""

    service: Literal["gemini", "vertex"] = "gemini"
    version: str = "v1beta"
    constrained: bool = False
    """It is for short-lived tokens."""

    @property
    def on_vertex(self) -> bool:
        """Whether it is Vertex."""
        return self.service == "vertex"


def place_of(path: str) -> Place | None:
    """Return the place of a path; None: there is none."""
    found = _VERTEX.search(path)
    if found is not None and found.end() == len(path):
        return Place(service="vertex", version=found[1])
    found = _GEMINI.search(path)
    if found is not None and found.end() == len(path):
        return Place(version=found[1], constrained=found[2] is not None)
    return None
