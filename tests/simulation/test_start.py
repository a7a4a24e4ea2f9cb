"""What every simulator does before it serves."""

from pathlib import Path

import pytest
from pydantic_core import PydanticCustomError

from realtime_run.core.errors import ProviderError
from realtime_run.core.pcm import Pcm
from realtime_run.plugin.simulation import SimulatorSettings
from realtime_run.simulation.disturbance import Disturbances
from realtime_run.simulation.faults import Fault, count, read_faults
from realtime_run.simulation.start import Faulty, known_faults, ready
from realtime_run.simulation.tones import Tones


class Mute:
    rate_hz = 24_000

    async def say(self, text: str) -> Pcm:
        message = f"no voice says {text!r}"
        raise ProviderError(message)


@pytest.mark.parametrize(
    ("most", "faulty"),
    [(None, [True, True, True]), (1, [True, False, False]), (2, [True, True, False])],
)
def test_only_the_first_connections_are_faulty(
    most: int | None, faulty: list[bool]
) -> None:
    counter = Faulty(most)

    assert [counter.next() for _ in range(3)] == faulty


def test_faults_that_are_known_stay_as_they_are_written() -> None:
    known = {"drop": Fault("N", count("drop_after"))}

    given = known_faults({"drop": "2"}, lambda g: read_faults(g, known, Disturbances()))

    assert given == {"drop": "2"}


def test_a_fault_that_is_not_known_is_a_problem_of_the_spec() -> None:
    with pytest.raises(PydanticCustomError, match="no fault 'dorp'"):
        known_faults({"dorp": ""}, lambda g: read_faults(g, {}, Disturbances()))


async def test_a_simulator_without_a_script_has_none() -> None:
    assert await ready(SimulatorSettings(), Tones()) is None


@pytest.fixture
def scripted(tmp_path: Path) -> SimulatorSettings:
    script = tmp_path / "script.yaml"
    script.write_text("turns: [{say: Hello.}]", encoding="utf-8")
    return SimulatorSettings(script=script)


async def test_a_script_is_read(scripted: SimulatorSettings) -> None:
    read = await ready(scripted, Tones())

    assert read is not None
    assert [turn.say for turn in read.turns] == ["Hello."]


async def test_a_voice_that_cannot_speak_is_told_before_anybody_calls() -> None:
    with pytest.raises(ProviderError, match=r"no voice says 'Hello\.'"):
        await ready(SimulatorSettings(), Mute())
