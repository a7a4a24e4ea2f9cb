"""How much audio of each item was received, and how to cut what was not heard."""

from collections.abc import Iterable

from msgspec import Struct

from realtime_run.core.pcm import BYTES_PER_SAMPLE


class AudioPart(Struct):
    """The audio of one item of a response, as it grows."""

    item_id: str
    content_index: int = 0
    received: int = 0
    """Bytes handed on."""
    rest: bytes = b""
    """Half a sample, until the next delta brings the other half."""
    complete: bool = False
    """The server has sent all of it."""
    cut: bool = False
    """The server was told to forget the rest."""

    def push(self, pcm: bytes) -> bytes:
        """Return the whole samples that more bytes complete."""
        if self.rest or len(pcm) % BYTES_PER_SAMPLE:
            pcm = self.rest + pcm
            end = len(pcm) - len(pcm) % BYTES_PER_SAMPLE
            pcm, self.rest = pcm[:end], pcm[end:]
        self.received += len(pcm)
        return pcm


class Cut(Struct, frozen=True):
    """The server shall forget an item's audio from here on; at 0, the whole item."""

    item_id: str
    content_index: int
    audio_end_ms: int


def cuts(parts: Iterable[AudioPart], played_ms: int, rate_hz: int) -> tuple[Cut, ...]:
    """Return what to tell the server, and mark the parts as cut.

    Args:
        parts: The audio of a response, in the order in which it is played.
        played_ms: How much of the whole was heard.
        rate_hz: Samples a second.
    """
    found: list[Cut] = []
    left = max(0, played_ms)
    for part in parts:
        received_ms = part.received * 1000 // (BYTES_PER_SAMPLE * rate_hz)
        heard, left = min(left, received_ms), max(0, left - received_ms)
        heard_whole = part.complete and heard == received_ms and heard
        if not (part.cut or heard_whole):
            part.cut = True
            found.append(Cut(part.item_id, part.content_index, heard))
    return tuple(found)
