"""A device that is none: it calls back at the pace of real time."""

import threading
import time
from collections.abc import Callable

STALL_S = 1.0
"""Lateness beyond which what was missed is given up: a process that was stopped for a
minute must not catch up on that minute in one burst."""


class Silence:
    """Stands in for a device while there is none. Calls from a thread of its own."""

    def __init__(self, period_ms: int, call: Callable[[], None]) -> None:
        """Begin to call.

        Args:
            period_ms: How often.
            call: Plays or hears one period. Must not raise.
        """
        self._period_s = period_ms / 1000
        self._call = call
        self._over = threading.Event()
        threading.Thread(target=self._run, name="devices-silence", daemon=True).start()

    def close(self) -> None:
        """Stop calling; does not wait."""
        self._over.set()

    def _run(self) -> None:
        due = time.monotonic()
        while not self._over.wait(max(0.0, due - time.monotonic())):
            self._call()
            due += self._period_s
            if time.monotonic() - due > STALL_S:
                due = time.monotonic()
