"""What a provider cannot do is told at its place, all at once, with what it can."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from realtime_run.assembly.build import build
from realtime_run.core.capabilities import Capabilities
from realtime_run.core.errors import CapabilityError
from realtime_run.plugin.api import Provider
from realtime_run.plugin.hooks import Offer, hookimpl
from realtime_run.plugin.host import Host
from realtime_run.plugin.settings import Settings
from realtime_run.testing.scripted import ScriptedProvider

GATES = Capabilities(
    input_hz=16_000, output_hz=16_000, turn=frozenset({"server", "silence"})
)
"""It always interrupts itself, and looks for the turns by itself."""
OBSERVES = replace(GATES, manual_responses=True, manual_turns=True)
WEBRTC = replace(OBSERVES, truncates_itself=True)
DEAF = replace(OBSERVES, user_transcripts=False)
FORGETS_NOTHING = replace(OBSERVES, truncate=False)
MUTE = replace(GATES, text_input=False)


class Plugin:
    def __init__(self, capabilities: Capabilities) -> None:
        self._made = ScriptedProvider(capabilities)

    @hookimpl
    def realtime_run_provider(self) -> Offer[Provider]:
        return Offer(Settings, lambda _settings: self._made)


def refusal(
    folder: Path, capabilities: Capabilities, text: str, *overrides: str
) -> list[str]:
    """Return what is said, without the lines of the spec, and each hint after `|`."""
    spec = folder / "agent.yaml"
    spec.write_text(f"provider: parrot\n{text}\n", encoding="utf-8")
    host = Host()
    host.register(Plugin(capabilities), "parrot")
    with pytest.raises(CapabilityError) as caught:
        build(spec, overrides=overrides, environ={}, host=host)
    said: list[str] = []
    for line in str(caught.value).splitlines():
        if "error: " in line:
            said.append(line.removeprefix(f"{folder}/agent.yaml:"))
        elif " hint: " in line:
            said[-1] += "|" + line.partition(" hint: ")[2]
        elif line.startswith("  | "):
            said[-1] += "|" + line.partition("^")[2].lstrip("^").strip()
    return said


def test_what_follows_from_what_is_refused_is_not_refused_a_second_time(
    tmp_path: Path,
) -> None:
    refused = refusal(tmp_path, GATES, "barge_in: {decide: provider, min_speech: 1s}")

    (only,) = refused
    assert only.startswith("2:42: error: min_speech is the runner's")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "turn: {eagerness: low}",
            (
                "2:19: error: provider 'parrot' cannot do turn.eagerness"
                "|the nearest it can do: silence: 500ms"
            ),
        ),
        (
            "turn: {end: semantic}",
            (
                "2:13: error: provider 'parrot' cannot do turn.end: semantic"
                "|the nearest it can do: end: auto"
            ),
        ),
        (
            "barge_in: {decide: provider, resume_after: 1s}",
            (
                "2:44: error: resume_after is the runner's, and decide: provider leaves"
                " the decision to the provider|write decide: auto"
            ),
        ),
        (
            "turn: {eagerness: low, silence: 1s}",
            (
                "2:19: error: eagerness and silence say the same in two ways"
                "|keep one of them"
            ),
        ),
        (
            "turn: {end: push_to_talk, silence: 1s}",
            (
                "2:36: error: with end: push_to_talk the key ends a turn, not silence"
                "|leave it out, or write end: local"
            ),
        ),
        (
            "turn: {end: local}",
            (
                "2:13: error: provider 'parrot' finds the end of a turn by itself only"
                "|the nearest it can do: end: auto"
            ),
        ),
        (
            "barge_in: {min_words: 2}",
            (
                "2:23: error: min_words needs a transcript: provider 'parrot' hears"
                " nothing of the user until the agent is interrupted, so no transcript"
                " can come in time|the nearest that can be: min_speech: 500ms"
            ),
        ),
        (
            "barge_in: {decide: provider, min_speech: 400ms, react: pause}",
            (
                "2:42: error: min_speech is the runner's, and decide: provider leaves"
                " the decision to the provider|write decide: auto"
            ),
        ),
        (
            "barge_in: {react: stop, min_speech: 400ms}",
            (
                "2:37: error: react: stop has dropped the agent's voice before"
                " min_speech can count|write react: pause"
            ),
        ),
        (
            "barge_in: {react: stop, resume_after: 1s}",
            (
                "2:39: error: react: stop has dropped the agent's voice before"
                " resume_after can count|write react: pause"
            ),
        ),
    ],
)
def test_what_cannot_be_done_is_refused_at_its_place(
    tmp_path: Path, text: str, message: str
) -> None:
    assert message in refusal(tmp_path, GATES, text)


@pytest.mark.parametrize(
    ("capabilities", "text", "message"),
    [
        (
            DEAF,
            "barge_in: {ignore: [mhm]}",
            (
                "2:20: error: ignore needs a transcript: provider 'parrot' gives no"
                " transcript of the user|the nearest that can be: min_speech: 500ms"
            ),
        ),
        (
            WEBRTC,
            "barge_in: {heard: keep}",
            (
                "2:19: error: provider 'parrot' always forgets what was not heard"
                "|write heard: truncate, or leave it out"
            ),
        ),
        (
            FORGETS_NOTHING,
            "barge_in: {heard: truncate}",
            (
                "2:19: error: provider 'parrot' cannot be made to forget what was not"
                " heard|write heard: keep, or leave it out"
            ),
        ),
        (
            OBSERVES,
            "turn: {end: push_to_talk}\nbarge_in: {decide: provider}",
            (
                "3:20: error: with turn.end: push_to_talk the provider hears no speech"
                " to decide about|write decide: auto"
            ),
        ),
        (
            OBSERVES,
            "turn: {end: push_to_talk}\nbarge_in: {min_speech: 1s}",
            (
                "3:24: error: with turn.end: push_to_talk the key interrupts at once:"
                " min_speech has nothing to weigh|leave it out, or write turn.end:"
                " local"
            ),
        ),
        (
            MUTE,
            "greeting: say hello",
            (
                "2:11: error: provider 'parrot' cannot be told what to say first"
                "|leave it out; write into 'instructions' how to begin"
            ),
        ),
    ],
)
def test_what_this_provider_cannot_do_is_refused(
    tmp_path: Path, capabilities: Capabilities, text: str, message: str
) -> None:
    assert refusal(tmp_path, capabilities, text) == [message]


def test_all_that_cannot_be_done_is_told_at_once(tmp_path: Path) -> None:
    text = "turn:\n  end: semantic\n  silence: 1s\nbarge_in:\n  min_words: 2\n"

    found = refusal(tmp_path, MUTE, f"{text}greeting: hello")

    assert [one.partition(":")[0] for one in found] == ["3", "4", "6", "7"]


def test_what_was_set_is_refused_as_it_was_set(tmp_path: Path) -> None:
    (found,) = refusal(tmp_path, GATES, "barge_in: polite", "barge_in.min_words=2")

    assert found.startswith("--set barge_in.min_words=2: error: min_words needs")


def test_a_preset_is_never_refused_for_what_nobody_wrote(tmp_path: Path) -> None:
    host = Host()
    host.register(Plugin(FORGETS_NOTHING), "parrot")
    spec = tmp_path / "agent.yaml"

    for preset in ("off", "eager"):
        spec.write_text(f"provider: parrot\nbarge_in: {preset}\n", encoding="utf-8")

        built = build(spec, environ={}, host=host)

        assert built.parts.lowered().refusals == ()
