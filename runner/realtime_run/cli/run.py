"""`realtime-run SPEC`: hold the conversation."""

import asyncio
import gc
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from types import FrameType

from realtime_run.assembly.build import build
from realtime_run.cli.missing import missing_module
from realtime_run.cli.seat import Seat, how_to_talk, seat_of
from realtime_run.cli.simulated import simulated
from realtime_run.cli.typed import TypedLines, standard_input
from realtime_run.core.errors import ProviderError, RealtimeRunError
from realtime_run.realtime import Realtime
from realtime_run.spec.masking import mask_long

UNANSWERED = 1
"""Something was said, and no answer to any of it came."""
END_WITHIN_S = 5.0
"""How long an orderly end may take after a signal."""
_SHOW_CURSOR = b"\x1b[?25h"


def run(
    spec: str, *, overrides: Sequence[str], simulator: Sequence[str] | None = None
) -> int:
    """Hold the conversation that a spec describes.

    Args:
        spec: The spec's file.
        overrides: As with `--set`.
        simulator: Options of the provider's simulator, which takes its place; None:
            the provider itself.

    Returns:
        0 if it ended by itself, 1 if nothing was answered; 128 and the signal's number
        if a signal ended it.

    Raises:
        RealtimeRunError: If it cannot be held, or not any more.
    """
    try:
        if simulator is None:
            return _run(spec, overrides)
        with simulated(spec, overrides, simulator) as led:
            return _run(spec, led)
    except ModuleNotFoundError as error:
        if (message := missing_module(error)) is None:
            raise
        raise RealtimeRunError(message) from error


def _run(spec: str, overrides: Sequence[str]) -> int:
    built = build(Path(spec), overrides=overrides)
    for warning in built.warnings:
        print(warning, file=sys.stderr)
    # What the console shows in its own way is not logged a second time.
    console = any(named.name == "console" for named in built.parts.handlers)
    logging.basicConfig(
        level=logging.WARNING if console else logging.INFO,
        format="realtime-run: %(message)s",
        stream=_StandardError(),
    )
    # What was loaded so far stays: to look through it again and again would make pauses
    # in the sound.
    gc.freeze()
    gc.enable()
    realtime = Realtime(built.parts)
    text = standard_input()
    live = built.parts.audio.live
    seat = seat_of(realtime, built.parts, text)
    if seat is None and text is not None and text.interactive and live:
        # Elsewhere the end of the text is the end of the input; a seat sees to it.
        text.when_ended(partial(realtime.end, "Ctrl-D"))
    if hint := how_to_talk(
        text,
        seat,
        hears=built.loaded.spec.audio.use != "none",
        by_key=built.parts.turn.end == "push_to_talk",
    ):
        print(hint, file=sys.stderr)
    try:
        return asyncio.run(_hold(realtime, text, seat))
    except RealtimeRunError as error:
        message = mask_long(str(error), built.parts.secrets)
        setting = error.setting if isinstance(error, ProviderError) else None
        place = built.parts.locate(setting) if setting else None
        raise RealtimeRunError(
            f"{place}: error: {message}" if place else message
        ) from error


async def _hold(realtime: Realtime, text: TypedLines | None, seat: Seat | None) -> int:
    ending = _Ending(realtime, asyncio.get_running_loop(), seat)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ending.signalled)
    await (realtime.run(text) if seat is None else seat.hold())
    figures = realtime.figures
    if not ending.exit_code and figures["unanswered"] and not figures["answered"]:
        print("realtime-run: nothing that was said was answered", file=sys.stderr)
        return UNANSWERED
    return ending.exit_code


class _StandardError:
    """Standard error as it is at the moment.

    A live view stands in for it, and prints above itself what is written.
    """

    def write(self, text: str) -> None:
        if sys.stderr is not None:  # closed by who started us
            sys.stderr.write(text)

    def flush(self) -> None:
        if sys.stderr is not None:
            sys.stderr.flush()


class _Ending:
    """Ends the conversation on the first signal, and the process on the second."""

    def __init__(
        self, realtime: Realtime, loop: asyncio.AbstractEventLoop, seat: Seat | None
    ) -> None:
        self._realtime = realtime
        self._loop = loop
        self._seat = seat
        self.exit_code = 0

    def signalled(self, number: int, _frame: FrameType | None) -> None:
        if self.exit_code:
            self._exit_at_once()
        self.exit_code = 128 + number
        name = signal.Signals(number).name
        self._loop.call_soon_threadsafe(self._realtime.end, name)
        # A loop that is blocked, or a part that does not let go, must not keep us.
        watchdog = threading.Timer(END_WITHIN_S, self._exit_at_once)
        watchdog.daemon = True
        watchdog.start()

    def _exit_at_once(self) -> None:
        if self._seat is not None:
            self._seat.leave()
        if os.isatty(1):
            # A live view may have hidden the cursor, and left it amid a line.
            os.write(1, _SHOW_CURSOR + b"\r\n")
        os._exit(self.exit_code)
