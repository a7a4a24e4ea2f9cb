"""How OpenAI itself speaks."""

import re
from collections.abc import Mapping
from typing import Any

from realtime_run.simulation.hearing import TurnPolicy
from realtime_run_openai.simulator.accent import Accent, Event, Session, Telling
from realtime_run_openai.simulator.conversation import Conversation, Entry
from realtime_run_openai.simulator.plan import Plan, make_plan
from realtime_run_openai.simulator.requests import ResponseOptions
from realtime_run_openai.simulator.session import SessionState

_RATE_HZ = 24_000
_LEAST_MS = 100
_SILENCES_MS = {"low": 1200, "medium": 700, "auto": 700, "high": 400}
"""What semantic VAD is simulated by: how long a pause may be."""


def _plan(session: Session) -> Plan:
    return make_plan(session, ResponseOptions(), Conversation())


def _as_it_is(event: Event) -> Event:
    return event


def _transcript(entry: Entry, _: Session) -> Telling:
    for word in re.findall(r"\s*\S+", entry.transcript):
        yield "delta", {"delta": word}
    duration = {"type": "duration", "seconds": -(-entry.audio_ms // 1000)}
    yield "completed", {"transcript": entry.transcript, "usage": duration}


def _turns(detection: Mapping[str, Any]) -> TurnPolicy:
    if detection["type"] == "semantic_vad":
        return TurnPolicy(silence_ms=_SILENCES_MS[detection["eagerness"]])
    return TurnPolicy(
        threshold=detection["threshold"],
        prefix_padding_ms=detection["prefix_padding_ms"],
        silence_ms=detection["silence_duration_ms"],
    )


OPENAI = Accent(
    session=SessionState,
    plan=_plan,
    spoken=_as_it_is,
    transcript=_transcript,
    turns=_turns,
    rate_hz=_RATE_HZ,
    least_ms=_LEAST_MS,
    tells_silence=True,
    transcript_first=False,
    expired="Your session hit the maximum duration of 60 minutes.",
)
