"""What every simulator does before it serves, and how many connections are faulty."""

from collections.abc import Callable, Mapping

from realtime_run.plugin.settings import value_error
from realtime_run.plugin.simulation import SimulatorSettings, Speech
from realtime_run.plugin.threads import run_in_thread
from realtime_run.simulation.faults import FaultError
from realtime_run.simulation.script import Script, read_script


async def ready(settings: SimulatorSettings, speech: Speech) -> Script | None:
    """Return the script, if there is one, once the voice has been tried.

    Raises:
        SpecError: If the script is wrong.
        ProviderError: If the voice cannot speak.
    """
    script = None
    if settings.script is not None:
        script = await run_in_thread(read_script, settings.script)
    await speech.say("Hello.")  # a voice that cannot speak is told now, and to us
    return script


def known_faults(
    given: Mapping[str, str], parse: Callable[[Mapping[str, str]], object]
) -> Mapping[str, str]:
    """Return faults as they were given, if a simulator knows them: for its settings.

    Args:
        given: Names and their values.
        parse: Reads them; raises `FaultError`.

    Raises:
        PydanticCustomError: If it does not know one, as a problem of the spec.
    """
    try:
        parse(given)
    except FaultError as error:
        raise value_error(message="{got}", hint=error.hint, got=error.message) from None
    return given


class Faulty:
    """Counts connections: only the first are to have faults."""

    def __init__(self, most: int | None) -> None:
        """Begin to count.

        Args:
            most: How many have; None: all.
        """
        self._most = most
        self._connections = 0

    def next(self) -> bool:
        """Count one more connection, and tell whether it has faults."""
        self._connections += 1
        return self._most is None or self._connections <= self._most
