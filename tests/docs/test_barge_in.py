"""What the page says of presets and providers is what is done."""

import re
from pathlib import Path

from msgspec.structs import replace

from realtime_run.core.barge_in import lower
from realtime_run.core.capabilities import Capabilities
from realtime_run.core.presets import PRESETS, BargeIn
from realtime_run.core.turn_detection import TurnDetection
from realtime_run.plugin.host import Host
from realtime_run.spec.barge_in import BargeInSettings
from realtime_run.spec.load import load_bytes

PAGE = Path(__file__).parents[2] / "docs" / "barge-in.md"
PROVIDERS = {
    "`openai`, WebSocket": ("openai", {"api_key": "k", "transport": "websocket"}),
    "`openai`, WebRTC": ("openai", {"api_key": "k", "transport": "webrtc"}),
    "`gemini`": ("gemini", {"api_key": "k"}),
    "`qwen`": ("qwen", {"api_key": "k"}),
    "`local`": ("local", {}),
    "`echo`": ("echo", {}),
}


def asking(**values: object) -> tuple[BargeIn, TurnDetection]:
    """Return a block that is polite but for what is written in it."""
    block = BargeInSettings.model_validate(values, strict=False)
    return block.lowered(), TurnDetection()


def ending(turn: TurnDetection) -> tuple[BargeIn, TurnDetection]:
    return PRESETS["polite"], turn


ASKED: dict[str, tuple[str, tuple[BargeIn, TurnDetection]]] = {
    "`off`": ("barge_in", (PRESETS["off"], TurnDetection())),
    "`decide: provider`": ("barge_in.decide", asking(decide="provider")),
    "`react: pause`, `duck`": ("barge_in.react", asking(react="pause")),
    "`min_speech`": ("barge_in.min_speech", asking(min_speech="400ms")),
    "`protect`": ("barge_in.protect", asking(protect={"greeting": True})),
    "`min_speech`, `react: stop`": (
        "barge_in.min_speech",
        asking(min_speech="400ms", react="stop"),
    ),
    "`min_words`": ("barge_in.min_words", asking(min_words=2)),
    "`ignore`": ("barge_in.ignore", asking(ignore=("mhm",))),
    "`always`": ("barge_in.always", asking(always=("stop",))),
    "`heard: truncate`": ("barge_in.heard", asking(heard="truncate")),
    "`heard: note`": ("barge_in.heard", asking(heard="note")),
    "`heard: keep`": ("barge_in.heard", asking(heard="keep")),
    "`turn.end: server`": ("turn.end", ending(TurnDetection(end="server"))),
    "`turn.end: semantic`": ("turn.end", ending(TurnDetection(end="semantic"))),
    "`turn.end: local`": ("turn.end", ending(TurnDetection(end="local"))),
    "`turn.end: push_to_talk`": ("turn.end", ending(TurnDetection(end="push_to_talk"))),
    "`turn.eagerness`": ("turn.eagerness", ending(TurnDetection(eagerness="low"))),
    "`turn.silence`": ("turn.silence", ending(TurnDetection(silence_ms=500))),
    "`turn.nudge_after`": (
        "turn.nudge_after",
        ending(TurnDetection(nudge_after_ms=10_000)),
    ),
}


def capabilities(name: str, settings: dict[str, str]) -> Capabilities:
    offer = Host().offer("provider", name)
    made = offer.make(offer.settings.model_validate(settings))
    return made.capabilities


def way(field: str, asked: tuple[BargeIn, TurnDetection], able: Capabilities) -> str:
    lowered = lower(*asked, able, "parrot")
    if any(refusal.field == field for refusal in lowered.refusals):
        return "refused"
    (found,) = (row.way for row in lowered.rows if row.field == field)
    return found


def test_the_table_of_providers_is_what_is_done() -> None:
    page = PAGE.read_text(encoding="utf-8")
    able = [capabilities(*one) for one in PROVIDERS.values()]

    rows = [f"| | {' | '.join(PROVIDERS)} |", f"|---|{'---|' * len(PROVIDERS)}"]
    rows += [
        f"| {title} | {' | '.join(way(*asked, one) for one in able)} |"
        for title, asked in ASKED.items()
    ]

    assert "\n".join(rows) in page, "\n".join(rows)


def test_the_block_of_the_page_is_polite_written_out() -> None:
    page = PAGE.read_text(encoding="utf-8")
    (block,) = re.findall(
        r"^```yaml\n(barge_in:\n.*?)^```$", page, re.MULTILINE | re.DOTALL
    )

    text = f"provider: echo\n{block}"
    loaded = load_bytes(text.encode(), PAGE, settings_of=Host().settings_of, environ={})

    written = {key for key in BargeInSettings.model_fields if key != "preset"}
    expected = replace(PRESETS["polite"], written=frozenset(written))
    assert loaded.spec.barge_in.lowered() == expected


def test_the_page_names_every_preset() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert [name for name in PRESETS if f"\n| `{name}` | " not in page] == []
