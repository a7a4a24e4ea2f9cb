"""`realtime-run SPEC --simulate`: a spec against its provider's simulator."""

import json
import os
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from realtime_run.core.errors import PluginError, RealtimeRunError
from realtime_run.plugin.hooks import SimulatorOffer
from realtime_run.plugin.host import Host
from realtime_run.plugin.simulation import Simulator
from realtime_run.spec.load import named_provider

READY_S = 20.0
END_S = 3.0


@contextmanager
def simulated(
    spec: str, overrides: Sequence[str], options: Sequence[str]
) -> Generator[Sequence[str]]:
    """Run the simulator of a spec's provider; it ends with the block.

    It is a process of its own, as the real service is a machine of its own.

    Args:
        spec: The spec's file.
        overrides: As with `--set`.
        options: For `realtime-run simulate`: `--script` and `--fault`.

    Yields:
        The overrides, and those that lead the spec to the simulator.

    Raises:
        RealtimeRunError: If there is no simulator, or it does not start.
    """
    name = named_provider(Path(spec), overrides=overrides, environ=os.environ)
    if name is None:
        yield overrides  # the spec is wrong: who loads it says what is
        return
    reach = _offer(name).reach
    command = [sys.executable, "-m", "realtime_run", "simulate", name, *options]
    # A session of its own: Ctrl-C is for the agent, which then leaves in order.
    with subprocess.Popen(  # noqa: S603 - ourselves
        [*command, "--with-parent"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),  # Windows
    ) as process:
        try:
            url = process.stdout.readline().strip() if process.stdout else ""
            if not url:
                message = f"the simulator of {name!r} did not start"
                raise RealtimeRunError(message)
            print(f"realtime-run: simulating {name} at {url}", file=sys.stderr)
            led = [
                f"provider.{key}={json.dumps(value)}"
                for key, value in reach(url).items()
            ]
            yield [*overrides, *led]
        finally:
            _end(process)


def _offer(name: str) -> SimulatorOffer[Simulator]:
    host = Host()
    if "simulator" not in host.kinds(name):
        message = f"provider {name!r} has no simulator"
        raise PluginError(message, hint="leave out --simulate")
    return host.offer("simulator", name)


def _end(process: "subprocess.Popen[str]") -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()
