"""Presets and blocks, and what lies over what."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from realtime_run.core.presets import PRESETS, BargeIn, Protect
from realtime_run.spec.barge_in import shown
from realtime_run.spec.load import LoadedSpec
from realtime_run.spec.model import AgentSpec

Read = Callable[..., LoadedSpec]

KEY = {"PARROT_API_KEY": "squawk"}
POLITE = PRESETS["polite"]
EAGER = PRESETS["eager"]
GUARDED = PRESETS["guarded"]


def lowered(read: Read, barge_in: str, *overrides: str) -> BargeIn:
    text = f"provider: parrot\nbarge_in: {barge_in}\n"
    return read(text, overrides=overrides).spec.barge_in.lowered()


@pytest.mark.parametrize("name", PRESETS)
def test_a_name_is_its_preset(read: Read, name: str) -> None:
    assert lowered(read, name) == PRESETS[name]


def test_a_block_begins_with_polite(read: Read) -> None:
    assert lowered(read, "{min_words: 2}") == replace(
        POLITE, min_words=2, written=frozenset({"min_words"})
    )


@pytest.mark.parametrize("block", ["{decide: provider}", "{react: stop}"])
def test_a_block_that_leaves_it_to_the_provider_begins_with_eager(
    read: Read, block: str
) -> None:
    written = frozenset({block.strip("{").partition(":")[0]})

    assert lowered(read, block) == replace(EAGER, written=written)


def test_a_block_that_stops_at_once_and_asks_for_more_lets_the_runner_decide(
    read: Read,
) -> None:
    assert lowered(read, "{react: stop, protect: {start: 300ms}}") == replace(
        EAGER,
        decide="auto",
        protect=Protect(start_ms=300),
        written=frozenset({"react", "protect"}),
    )


def test_every_key_of_a_block_reaches_the_core(read: Read) -> None:
    block = (
        "{decide: runner, react: duck, min_speech: 300ms, min_words: 2,"
        " ignore: [mhm], always: [stop], resume_after: 2s,"
        " protect: {greeting: true, start: 300ms, tools: true},"
        " heard: keep, tools: cancel}"
    )

    assert lowered(read, block) == BargeIn(
        decide="runner",
        react="duck",
        min_speech_ms=300,
        min_words=2,
        ignore=("mhm",),
        always=("stop",),
        resume_after_ms=2000,
        protect=Protect(greeting=True, start_ms=300, tools=True),
        heard="keep",
        tools="cancel",
        written=frozenset(
            {
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
            }
        ),
    )


def test_null_never_resumes(read: Read) -> None:
    assert lowered(read, "{resume_after: null}").resume_after_ms is None


def test_a_key_that_is_set_lies_over_the_preset_of_the_file(read: Read) -> None:
    assert lowered(read, "guarded", "barge_in.min_speech=400ms") == replace(
        GUARDED, min_speech_ms=400, written=frozenset({"min_speech"})
    )


def test_a_part_of_protect_that_is_set_keeps_the_other_parts(read: Read) -> None:
    assert lowered(read, "guarded", "barge_in.protect.start=300ms") == replace(
        GUARDED,
        protect=Protect(greeting=True, start_ms=300),
        written=frozenset({"protect"}),
    )


def test_a_preset_that_is_set_replaces_the_block_of_the_file(read: Read) -> None:
    assert lowered(read, "{min_speech: 400ms}", "barge_in=guarded") == GUARDED


def test_a_block_that_is_set_lies_over_the_block_of_the_file(read: Read) -> None:
    found = lowered(read, "{min_speech: 400ms}", "barge_in={min_words: 1}")

    assert found == replace(
        POLITE,
        min_speech_ms=400,
        min_words=1,
        written=frozenset({"min_speech", "min_words"}),
    )


def test_a_preset_of_the_environment_is_the_start_of_what_is_set(read: Read) -> None:
    spec = read(
        "provider: parrot\nbarge_in: {react: duck}\n",
        overrides=["barge_in.min_speech=400ms"],
        environ={**KEY, "RT__BARGE_IN": "guarded"},
    ).spec

    assert spec.barge_in.lowered() == replace(
        GUARDED, min_speech_ms=400, written=frozenset({"min_speech"})
    )


def test_a_key_of_the_environment_is_written(read: Read) -> None:
    spec = read(
        "provider: parrot\nbarge_in: polite\n",
        environ={**KEY, "RT__barge_in__min_words": "3"},
    ).spec

    assert spec.barge_in.lowered() == replace(
        POLITE, min_words=3, written=frozenset({"min_words"})
    )


def test_a_block_lies_over_the_preset_that_it_extends(
    read: Read, tmp_path: Path
) -> None:
    (tmp_path / "base.yaml").write_text("provider: parrot\nbarge_in: guarded\n")

    spec = read(
        "extends: base.yaml\nbarge_in: {react: duck}\n", file=tmp_path / "a.yaml"
    ).spec

    assert spec.barge_in.lowered() == replace(
        GUARDED, react="duck", written=frozenset({"react"})
    )


def test_stopping_at_once_keeps_what_a_preset_protects(read: Read) -> None:
    assert lowered(read, "guarded", "barge_in.react=stop") == replace(
        EAGER,
        decide="auto",
        protect=Protect(greeting=True),
        written=frozenset({"react"}),
    )


def test_off_stays_off_with_what_is_not_about_interruptions(read: Read) -> None:
    assert lowered(read, "off", "barge_in.heard=keep") == replace(
        PRESETS["off"], heard="keep", written=frozenset({"heard"})
    )


def test_who_says_who_decides_turns_it_on_again(read: Read) -> None:
    assert lowered(read, "off", "barge_in.decide=runner") == replace(
        POLITE, decide="runner", written=frozenset({"decide"})
    )


BLOCKS = st.fixed_dictionaries(
    {},
    optional={
        "decide": st.sampled_from(["auto", "provider", "runner"]),
        "react": st.sampled_from(["stop", "pause", "duck"]),
        "min_speech": st.sampled_from(["0s", "300ms"]),
        "min_words": st.sampled_from([0, 2]),
        "ignore": st.sampled_from([[], ["mhm"]]),
        "always": st.sampled_from([[], ["stop"]]),
        "resume_after": st.sampled_from([None, "2s"]),
        "protect": st.sampled_from(
            [
                {"greeting": True, "start": "100ms", "tools": True},
                {"greeting": False, "start": "0s", "tools": False},
            ]
        ),
        "heard": st.sampled_from(["truncate", "keep"]),
        "tools": st.sampled_from(["keep", "cancel"]),
    },
)


@given(name=st.sampled_from(["eager", "polite", "guarded"]), block=BLOCKS)
def test_what_was_written_applies_and_the_rest_is_as_a_preset_has_it(
    read: Read, name: str, block: dict[str, object]
) -> None:
    over = f"barge_in={json.dumps(block)}"
    spec = read(
        f"provider: parrot\nbarge_in: {name}\n", overrides=[over] if block else []
    ).spec
    found = shown(spec.barge_in.lowered())
    presets = spec.barge_in.presets()

    assert spec.barge_in.lowered().written == frozenset(block)
    assert {key: found[key] for key in block} == block
    assert {key: found[key] for key in presets} == {
        key: shown(PRESETS[preset])[key] for key, preset in presets.items()
    }
    assert found.keys() == block.keys() | presets.keys()


def test_a_preset_is_shown_as_its_name(read: Read) -> None:
    loaded = read("provider: parrot\nbarge_in: guarded\n")

    assert loaded.effective()["barge_in"] == "guarded"


def test_a_block_is_shown_as_it_applies(read: Read) -> None:
    loaded = read("provider: parrot\nbarge_in: {resume_after: null}\n")

    assert loaded.effective()["barge_in"] == {
        "decide": "auto",
        "react": "pause",
        "min_speech": "250ms",
        "min_words": 0,
        "ignore": [],
        "always": [],
        "resume_after": None,
        "protect": {"greeting": False, "start": "0s", "tools": False},
        "heard": "truncate",
        "tools": "keep",
    }


def test_a_preset_of_the_environment_is_not_shown(read: Read) -> None:
    loaded = read(
        "provider: parrot\nbarge_in: ${MODE}\n", environ={**KEY, "MODE": "off"}
    )

    assert loaded.effective()["barge_in"] == "**********"


@pytest.mark.parametrize(
    ("path", "origin"),
    [
        ("barge_in", "agent.yaml:4:11"),
        ("barge_in.min_speech", "--set barge_in.min_speech"),
        ("barge_in.react", "preset guarded"),
        ("barge_in.protect.start", "agent.yaml:4:29"),
        ("barge_in.protect.greeting", "preset guarded"),
        ("turn.end", "default"),
        ("greeting", "default"),
        ("vad.use", "default"),
    ],
)
def test_every_key_keeps_its_origin(
    read: Read, tmp_path: Path, path: str, origin: str
) -> None:
    text = "provider: parrot\n#\n#\nbarge_in: {protect: {start: 100ms}}\n"
    (tmp_path / "base.yaml").write_text("barge_in: guarded\n")

    loaded = read(
        text.replace("#", "extends: base.yaml", 1),
        file=tmp_path / "agent.yaml",
        overrides=["barge_in.min_speech=400ms"],
    )

    found = loaded.origin(path)
    assert found.removeprefix(f"{tmp_path}/") == origin


@pytest.mark.parametrize("path", ["barge_in.min_speach", "barge_in.preset"])
def test_what_no_preset_has_has_no_origin(read: Read, path: str) -> None:
    loaded = read("provider: parrot\n")

    with pytest.raises(KeyError):
        loaded.origin(path)


def test_a_schema_takes_a_name_or_a_block() -> None:
    schema = AgentSpec.model_json_schema()["$defs"]["BargeInSettings"]

    names, block = schema["anyOf"]
    assert names == {"enum": ["off", "eager", "polite", "guarded"]}
    assert sorted(block["properties"]) == [
        "always",
        "decide",
        "heard",
        "ignore",
        "min_speech",
        "min_words",
        "protect",
        "react",
        "resume_after",
        "tools",
    ]
    assert block["additionalProperties"] is False
