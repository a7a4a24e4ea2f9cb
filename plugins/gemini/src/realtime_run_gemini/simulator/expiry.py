"""How a connection ends by itself: told before, or not."""

from realtime_run.simulation.agenda import Activity
from realtime_run_gemini.simulator.desk import Desk
from realtime_run_gemini.simulator.requests import INTERNAL, Refusal

_DEADLINE = "Deadline expired before operation could complete."
"""Seen in the field: after an hour, without any goAway."""
_ABORTED = "The operation was aborted."


def start_expiry(desk: Desk) -> None:
    """Plan the end of a connection that has just been set up."""
    options, faults = desk.options, desk.options.faults
    lifetime_s = options.lifetime_s if faults.expire_s is None else faults.expire_s
    ahead_s = min(lifetime_s, options.go_away_s)
    if faults.go_away_s is not None:
        lifetime_s = ahead_s = faults.go_away_s
    warned_s = desk.now_s + lifetime_s - ahead_s
    desk.agenda.start("expiry", _expire(desk, ahead_s), warned_s)
    if faults.deadline_s is not None:
        deadline_s = desk.now_s + faults.deadline_s
        desk.agenda.start("deadline", _end(desk), deadline_s)


def _expire(desk: Desk, ahead_s: float) -> Activity:
    desk.send({"goAway": {"timeLeft": f"{ahead_s:g}s"}})
    yield ahead_s
    desk.refuse(Refusal(code=INTERNAL, reason=_ABORTED))


def _end(desk: Desk) -> Activity:
    desk.refuse(Refusal(code=INTERNAL, reason=_DEADLINE))
    yield 0.0
