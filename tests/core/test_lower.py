"""Whatever a spec asks for is refused, or becomes a policy that makes sense."""

from collections.abc import Callable
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from realtime_run.core.barge_in import Lowered, lower
from realtime_run.core.capabilities import Capabilities
from realtime_run.core.lowerings import Way
from realtime_run.core.presets import PRESETS, BargeIn, Protect, runner_only
from realtime_run.core.turn_detection import TurnDetection

FIELDS = (
    "decide",
    "react",
    "min_speech",
    "min_words",
    "ignore",
    "always",
    "resume_after",
    "protect",
    "heard",
    "tools",
)
phrases = st.sampled_from([(), ("mhm",), ("stop", "wait a moment")])
protects = st.builds(
    Protect,
    greeting=st.booleans(),
    start_ms=st.sampled_from([0, 300]),
    tools=st.booleans(),
)


def as_a_spec_has_it(barge_in: BargeIn) -> BargeIn:
    """Return a block with all in `written` that no preset brings unwritten.

    None brings words, nor lets the provider decide beside what only the runner does.
    """
    words = {
        "min_words": barge_in.min_words > 0,
        "ignore": bool(barge_in.ignore),
        "always": bool(barge_in.always),
        "decide": barge_in.decide == "provider" and bool(runner_only(barge_in)),
    }
    brought = {field for field, is_used in words.items() if is_used}
    return replace(barge_in, written=barge_in.written | brought)


barge_ins = st.one_of(
    st.sampled_from(list(PRESETS.values())),
    st.builds(
        BargeIn,
        possible=st.booleans(),
        decide=st.sampled_from(["auto", "provider", "runner"]),
        react=st.sampled_from(["stop", "pause", "duck"]),
        min_speech_ms=st.sampled_from([0, 250]),
        min_words=st.sampled_from([0, 2]),
        ignore=phrases,
        always=phrases,
        resume_after_ms=st.sampled_from([None, 1500]),
        protect=protects,
        heard=st.sampled_from(["truncate", "note", "keep"]),
        tools=st.sampled_from(["keep", "cancel"]),
        written=st.frozensets(st.sampled_from(FIELDS)),
    ).map(as_a_spec_has_it),
)
turns = st.builds(
    TurnDetection,
    end=st.sampled_from(["auto", "server", "semantic", "local", "push_to_talk"]),
    eagerness=st.sampled_from([None, "low"]),
    silence_ms=st.sampled_from([None, 500]),
    nudge_after_ms=st.sampled_from([None, 10_000]),
)
providers = st.builds(
    Capabilities,
    input_hz=st.just(16_000),
    output_hz=st.just(24_000),
    turn=st.frozensets(st.sampled_from(["server", "semantic", "eagerness", "silence"])),
    speech_events=st.booleans(),
    cancels_on_speech=st.booleans(),
    can_disable_interrupt=st.booleans(),
    manual_responses=st.booleans(),
    manual_turns=st.booleans(),
    user_transcripts=st.booleans(),
    min_speech=st.booleans(),
    notes_what_was_heard=st.booleans(),
    cancel=st.booleans(),
    truncate=st.booleans(),
    truncates_itself=st.booleans(),
)


def everything(
    test: Callable[[BargeIn, TurnDetection, Capabilities], None],
) -> Callable[[], None]:
    return given(barge_ins, turns, providers)(test)


def runs(barge_in: BargeIn, turn: TurnDetection, able: Capabilities) -> Lowered | None:
    """Return how it is carried out; None if it is refused."""
    lowered = lower(barge_in, turn, able, "parrot")
    return None if lowered.refusals else lowered


@everything
def test_the_provider_is_asked_for_nothing_that_it_cannot_do(
    barge_in: BargeIn, turn: TurnDetection, able: Capabilities
) -> None:
    lowered = runs(barge_in, turn, able)
    if lowered is None:
        return
    policy = lowered.policy

    assert not policy.session_answers or able.manual_responses
    assert policy.hearing != "manual" or able.manual_turns
    assert not policy.truncate or able.truncate or able.notes_what_was_heard
    assert lowered.min_speech_ms is None or able.min_speech
    assert policy.cancel == able.cancel
    assert not policy.provider_cancels or able.cancels_on_speech
    if not lowered.interruptible and not policy.session_answers:
        assert able.can_disable_interrupt or policy.hearing == "manual"


@everything
def test_who_decides_hears_the_user(
    barge_in: BargeIn, turn: TurnDetection, able: Capabilities
) -> None:
    lowered = runs(barge_in, turn, able)
    if lowered is None:
        return
    policy = lowered.policy

    if policy.decides == "provider":
        assert (policy.hearing, policy.react) == ("open", "stop")
        assert not turn.manual
    if policy.decides == "runner":
        assert policy.listens or policy.push_to_talk
    if policy.needs_words and policy.decides == "runner":
        assert (policy.hearing, able.user_transcripts) == ("open", True)


@everything
def test_what_is_off_is_never_interrupted_by_speech(
    barge_in: BargeIn, turn: TurnDetection, able: Capabilities
) -> None:
    lowered = runs(replace(barge_in, possible=False), turn, able)
    if lowered is None:
        return

    assert lowered.policy.decides == "nobody"
    assert not lowered.policy.interruptible
    assert not lowered.policy.session_answers


@everything
def test_what_was_asked_for_of_the_runner_is_not_forgotten(
    barge_in: BargeIn, turn: TurnDetection, able: Capabilities
) -> None:
    lowered = runs(barge_in, turn, able)
    alone = [field for field in runner_only(barge_in) if field in barge_in.written]
    if lowered is None or not barge_in.possible or not alone:
        return
    shown = {row.field for row in lowered.rows if row.way != "none"}

    measured = lowered.min_speech_ms is not None
    assert lowered.policy.decides == ("provider" if measured else "runner")
    assert {f"barge_in.{field}" for field in alone} <= shown


@everything
def test_every_field_is_explained_at_most_once(
    barge_in: BargeIn, turn: TurnDetection, able: Capabilities
) -> None:
    rows = lower(barge_in, turn, able, "parrot").rows
    fields = [row.field for row in rows]

    assert len(fields) == len(set(fields))
    assert {row.way for row in rows} <= set(get_args(Way))
    assert all(row.words for row in rows)


@everything
def test_a_refusal_names_a_field_and_what_can_be(
    barge_in: BargeIn, turn: TurnDetection, able: Capabilities
) -> None:
    for refusal in lower(barge_in, turn, able, "parrot").refusals:
        section, _, field = refusal.field.partition(".")

        assert (section, field) in {
            *(("turn", key) for key in ("end", "eagerness", "silence")),
            *(("barge_in", key) for key in FIELDS),
        }
        assert refusal.message
        assert refusal.hint


@pytest.mark.parametrize("preset", PRESETS)
@given(able=providers)
def test_no_preset_is_refused_by_any_provider(preset: str, able: Capabilities) -> None:
    lowered = lower(PRESETS[preset], TurnDetection(), able, "parrot")  # type: ignore[index]  # a preset's name

    assert lowered.refusals == ()


@given(able=providers)
def test_polite_is_observed_where_the_provider_can_leave_it_to_the_runner(
    able: Capabilities,
) -> None:
    policy = lower(PRESETS["polite"], TurnDetection(), able, "parrot").policy

    expected = "open" if able.manual_responses else "gate"
    assert (policy.decides, policy.hearing, policy.react) == (
        "runner",
        expected,
        "pause",
    )
    assert policy.session_answers == able.manual_responses


@pytest.mark.parametrize(
    ("turn", "hint"),
    [
        (TurnDetection(end="semantic"), "the nearest it can do: end: local"),
        (
            TurnDetection(silence_ms=300),
            "write end: local beside it: the runner then listens for the end",
        ),
    ],
)
def test_where_the_runner_can_find_the_turns_that_is_the_nearest(
    turn: TurnDetection, hint: str
) -> None:
    able = Capabilities(input_hz=16_000, output_hz=24_000, manual_turns=True)

    (refusal,) = lower(PRESETS["polite"], turn, able, "parrot").refusals

    assert refusal.hint == hint
    nearest = replace(turn, end="local")
    assert lower(PRESETS["polite"], nearest, able, "parrot").refusals == ()


@pytest.mark.parametrize(
    ("tools", "words"),
    [
        ("cancel", "running tools are stopped"),
        ("keep", "running tools are left to finish"),
    ],
)
def test_what_becomes_of_tools_is_told(tools: Any, words: str) -> None:
    able = Capabilities(input_hz=16_000, output_hz=24_000)

    rows = lower(BargeIn(tools=tools), TurnDetection(), able, "parrot").rows

    assert {row.words for row in rows if row.field == "barge_in.tools"} == {words}


@pytest.mark.parametrize(
    ("preset", "told"), [("polite", True), ("eager", False), ("off", False)]
)
def test_what_follows_a_false_alarm_is_told_where_there_can_be_one(
    preset: Any, told: bool
) -> None:
    able = Capabilities(input_hz=16_000, output_hz=24_000)

    rows = lower(PRESETS[preset], TurnDetection(), able, "parrot").rows

    assert ("barge_in.resume_after" in {row.field for row in rows}) == told


def test_a_provider_that_measures_speech_decides_by_itself() -> None:
    able = Capabilities(input_hz=16_000, output_hz=24_000, min_speech=True)
    asked = BargeIn(
        react="stop",
        min_speech_ms=400,
        resume_after_ms=None,
        written=frozenset({"react", "min_speech"}),
    )

    lowered = lower(asked, TurnDetection(), able, "parrot")

    assert lowered.refusals == ()
    assert (lowered.policy.decides, lowered.policy.hearing) == ("provider", "open")
    assert lowered.min_speech_ms == 400
    ways = {row.field: (row.way, row.words) for row in lowered.rows}
    assert ways["barge_in.min_speech"] == ("native", "measured by the provider")


@pytest.mark.parametrize(
    "beside", [{"decide": "runner"}, {"protect": Protect(greeting=True)}]
)
def test_beside_what_is_the_runners_it_measures_nothing(beside: Any) -> None:
    able = Capabilities(input_hz=16_000, output_hz=24_000, min_speech=True)
    asked = BargeIn(
        react="stop",
        min_speech_ms=400,
        resume_after_ms=None,
        written=frozenset({"react", "min_speech", *beside}),
    )

    lowered = lower(replace(asked, **beside), TurnDetection(), able, "parrot")

    assert [refusal.field for refusal in lowered.refusals] == ["barge_in.min_speech"]


def test_polite_is_weighed_by_the_runner_although_the_provider_measures() -> None:
    able = Capabilities(input_hz=16_000, output_hz=24_000, min_speech=True)

    lowered = lower(PRESETS["polite"], TurnDetection(), able, "parrot")

    assert (lowered.policy.decides, lowered.policy.hearing) == ("runner", "gate")
    assert lowered.min_speech_ms is None


@pytest.mark.parametrize(
    ("able", "hint"),
    [
        ({"truncate": True}, "write heard: truncate, or leave it out"),
        ({"truncate": False}, "write heard: keep, or leave it out"),
    ],
)
def test_a_note_of_what_was_heard_needs_who_takes_one(
    able: dict[str, bool], hint: str
) -> None:
    provider = Capabilities(input_hz=16_000, output_hz=24_000, **able)
    asked = BargeIn(heard="note", written=frozenset({"heard"}))

    (refusal,) = lower(asked, TurnDetection(), provider, "parrot").refusals

    assert (refusal.field, refusal.hint) == ("barge_in.heard", hint)


def test_who_cannot_forget_may_be_told_what_was_heard() -> None:
    able = Capabilities(
        input_hz=16_000, output_hz=24_000, truncate=False, notes_what_was_heard=True
    )
    forget = BargeIn(heard="truncate", written=frozenset({"heard"}))
    note = BargeIn(heard="note", written=frozenset({"heard"}))

    (refusal,) = lower(forget, TurnDetection(), able, "parrot").refusals
    told = lower(note, TurnDetection(), able, "parrot")
    unsaid = lower(PRESETS["polite"], TurnDetection(), able, "parrot")

    assert refusal.hint == "write heard: note, or leave it out"
    assert (told.policy.truncate, unsaid.policy.truncate) == (True, False)
    ways = {row.field: row.way for row in told.rows}
    assert ways["barge_in.heard"] == "native"
