"""Server-sent events (WHATWG HTML, section 9.2): bytes in any pieces to messages."""

LONGEST_LINE = 1_000_000
"""Bytes; a longer line is no answer of a language model."""


class SseDecoder:
    """One stream of events."""

    def __init__(self) -> None:
        self._bytes = b""
        self._data: list[str] = []
        self.found = False
        """Whether there has been any event."""

    def push(self, piece: bytes) -> tuple[str, ...]:
        """Return the `data` of the events that `piece` completes.

        Raises:
            ValueError: If a line never ends.
        """
        *lines, self._bytes = (self._bytes + piece).split(b"\n")
        if len(self._bytes) > LONGEST_LINE:
            message = f"a line of more than {LONGEST_LINE} bytes"
            raise ValueError(message)
        found = list[str]()
        for line in lines:
            # Cut at line ends only, so that no character of several bytes is torn.
            self._line(line.removesuffix(b"\r").decode("utf-8", "replace"), found)
        return tuple(found)

    def flush(self) -> tuple[str, ...]:
        """Return the event that the end of the stream cut short."""
        return self.push(b"\n\n")

    def _line(self, line: str, found: list[str]) -> None:
        if not line:
            if self._data:
                found.append("\n".join(self._data))
                self.found = True
            self._data = []
            return
        name, _, value = line.partition(":")
        if name == "data":
            self._data.append(value.removeprefix(" "))
