"""What hears where the user speaks, and whether anything has to."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from realtime_run.assembly.build import Built, build
from realtime_run.core.capabilities import Capabilities
from realtime_run.core.errors import PluginError, SpecError
from realtime_run.plugin.api import Provider
from realtime_run.plugin.hooks import Offer, hookimpl
from realtime_run.plugin.host import Host
from realtime_run.plugin.settings import Settings
from realtime_run.plugin.voice import Vad, VoiceDetector
from realtime_run.testing.scripted import ScriptedProvider

GATES = Capabilities(input_hz=16_000, output_hz=16_000)
MANUAL = replace(GATES, manual_turns=True)


class Parrot:
    def __init__(self, capabilities: Capabilities) -> None:
        self._made = ScriptedProvider(capabilities)

    @hookimpl
    def realtime_run_provider(self) -> Offer[Provider]:
        return Offer(Settings, lambda _settings: self._made)


class EarSettings(Settings):
    threshold: float = 0.5


class Ear:
    def __init__(self, name: str, threshold: float) -> None:
        self.name = name
        self.threshold = threshold

    def load(self, rate_hz: int) -> VoiceDetector:
        raise NotImplementedError


class EarPlugin:
    def __init__(self, name: str, *, library: bool = True) -> None:
        self._name = name
        self._library = library
        self.asked = 0

    @hookimpl
    def realtime_run_vad(self) -> Offer[Vad]:
        self.asked += 1
        if not self._library:
            message = "it has no library"
            raise PluginError(message)
        return Offer(EarSettings, lambda settings: Ear(self._name, settings.threshold))


def built(
    folder: Path, text: str, silero: EarPlugin, able: Capabilities = GATES
) -> Built:
    spec = folder / "agent.yaml"
    spec.write_text(f"provider: parrot\n{text}\n", encoding="utf-8")
    host = Host()
    host.register(Parrot(able), "parrot")
    host.register(silero, "silero")
    host.register(EarPlugin("energy"), "energy")
    return build(spec, environ={}, host=host)


def ear(made: Built) -> tuple[str, float] | None:
    vad = made.parts.vad
    assert vad is None or isinstance(vad, Ear)
    return None if vad is None else (vad.name, vad.threshold)


def test_silero_hears_where_it_is_installed(tmp_path: Path) -> None:
    made = built(tmp_path, "barge_in: polite", EarPlugin("silero"))

    assert ear(made) == ("silero", 0.5)


def test_without_its_library_energy_hears(tmp_path: Path) -> None:
    made = built(tmp_path, "barge_in: polite", EarPlugin("silero", library=False))

    assert ear(made) == ("energy", 0.5)


def test_what_is_named_hears(tmp_path: Path) -> None:
    text = "barge_in: polite\nvad: {use: energy, threshold: 0.7}"

    made = built(tmp_path, text, EarPlugin("silero"))

    assert ear(made) == ("energy", 0.7)


def test_what_is_named_must_have_its_library(tmp_path: Path) -> None:
    text = "barge_in: polite\nvad: silero"

    with pytest.raises(SpecError) as caught:
        built(tmp_path, text, EarPlugin("silero", library=False))

    (problem,) = caught.value.problems
    assert (problem.line, problem.column) == (3, 6)
    assert "it has no library" in problem.message


@pytest.mark.parametrize(
    ("text", "listens"),
    [
        ("barge_in: eager", False),
        ("barge_in: off", False),
        ("barge_in: polite\nturn: {end: push_to_talk}", False),
        ("barge_in: eager\nturn: {end: local}", True),
        ("barge_in: {protect: {greeting: true}}", True),
    ],
)
def test_nothing_is_asked_for_a_detector_that_is_not_needed(
    tmp_path: Path, text: str, listens: bool
) -> None:
    silero = EarPlugin("silero")

    made = built(tmp_path, text, silero, MANUAL)

    assert ear(made) == (("silero", 0.5) if listens else None)
    assert silero.asked == (1 if listens else 0)


def test_what_the_agent_says_first_reaches_the_session(tmp_path: Path) -> None:
    made = built(tmp_path, "greeting: Say hello.", EarPlugin("silero"))

    assert made.parts.greeting == "Say hello."
