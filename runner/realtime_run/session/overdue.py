"""Notices what did not happen: an answer that is overdue, the end of all input."""

from collections.abc import Callable

from realtime_run.core.turn_inputs import AnswerOverdue, Ticked
from realtime_run.session.circuit import Circuit
from realtime_run.session.clock import Clock
from realtime_run.session.parts import Limits

LOOK_S = 0.1
"""How often to look."""
LOOK_LIVE_S = 0.5
"""The same where a person speaks: no input is ever used up, and each look wakes the
machine."""


class Overdue:
    """Counts the time in which nothing happened."""

    def __init__(
        self,
        circuit: Circuit,
        limits: Limits,
        end: Callable[[str], None],
        *,
        look_s: float = LOOK_S,
    ) -> None:
        """Make one that has not begun to look.

        Args:
            circuit: What is looked at.
            limits: How long things may take.
            end: Ends the session, if it may end by itself.
            look_s: How often to look.
        """
        self._look_s = look_s
        self._circuit = circuit
        self._limits = limits
        self._end = end
        self._awaited_s = 0.0
        self._quiet_s = 0.0
        self._still_s = 0.0
        self._steps = 0

    async def look(self, clock: Clock) -> None:
        """Look until cancelled."""
        while True:
            await clock.sleep(self._look_s)
            self._circuit.hub.report_lag()
            if self._circuit.engine.ticks and self._circuit.link.connected.is_set():
                self._circuit.engine.apply(Ticked())
            self._look_for_an_answer()
            if self._circuit.user.used_up:
                self._look_for_the_end()

    def _look_for_an_answer(self) -> None:
        turns = self._circuit.engine.turns
        awaiting = turns.awaiting or turns.unended
        self._awaited_s = self._awaited_s + self._look_s if awaiting else 0.0
        if self._awaited_s >= self._limits.answer_within_s:
            self._awaited_s = 0.0
            overdue = AnswerOverdue(waited_s=self._limits.answer_within_s)
            self._circuit.engine.apply(overdue)

    def _look_for_the_end(self) -> None:
        connected = self._circuit.link.connected.is_set()
        if self._circuit.quiet:
            self._quiet_s += self._look_s
        elif connected:  # none may ever last as long as the silence that ends a run
            self._quiet_s = 0.0
        if self._quiet_s >= self._limits.quiet_s:
            self._end("the input is used up")
        # A provider that began something and never ends it must not keep a run alive.
        engine, playback = self._circuit.engine, self._circuit.playback
        moved = engine.steps != self._steps or playback.pending_frames
        self._steps = engine.steps
        # One that does not answer at all is given up by who connects, and says why.
        still = connected and not moved and not self._circuit.toolbox.running
        self._still_s = self._still_s + self._look_s if still else 0.0
        if self._still_s >= self._limits.answer_within_s:
            waited = f"{self._limits.answer_within_s:g} s"
            self._still_s = 0.0
            engine.figures.unanswered += not engine.idle
            self._end(f"nothing happened for {waited} after the input was used up")
