"""Reads the arguments, and turns errors into lines and exit codes.

What a command needs is imported by the command: `--help` and `validate` must be quick.
"""

import argparse
import errno
import gc
import os
import signal
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from realtime_run.cli.arguments import misspelt, parser_of_arguments, with_command
from realtime_run.core.errors import RealtimeRunError

OK = 0
INVALID = 1
"""`validate`, `explain`: the spec is wrong."""
CANNOT_RUN = 2
"""Wrong usage, or a spec that cannot be run."""

_FULL = (errno.ENOSPC, errno.EIO)


def program() -> NoReturn:
    """Be the program `realtime-run`: run one command, and end the process.

    The collector finds nothing to collect while modules are imported, and takes a tenth
    of the time of `validate`; `run` turns it on again.
    """
    gc.disable()
    code = main()
    if gc.isenabled():
        sys.exit(code)
    # Nothing was opened. To take thousands of classes apart would take as long again as
    # reading the spec did.
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os._exit(code)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    return _guarded(lambda: _command(arguments))


def _command(arguments: list[str]) -> int:
    """Run the command that the arguments name."""
    parser = parser_of_arguments()
    if not arguments:
        parser.print_help(sys.stderr)
        return CANNOT_RUN
    if meant := misspelt(arguments, _COMMANDS):
        parser.error(f"no command {arguments[0]!r}; did you mean {meant!r}?")
    options = parser.parse_args(with_command(arguments, _COMMANDS))
    return _COMMANDS[options.command](options)


def _guarded(command: Callable[[], int]) -> int:
    """Run a command; what is no bug of ours becomes a line and an exit code."""
    try:
        code = command()
        if sys.stdout is not None:  # closed by who started us
            sys.stdout.flush()
    except RealtimeRunError as error:
        print(_line(error), file=sys.stderr)
        return CANNOT_RUN
    except KeyboardInterrupt:
        return 128 + signal.SIGINT  # before the conversation could see to it
    except BrokenPipeError:
        _forget_output()  # who read it has gone, as `head` does
        return OK
    except OSError as error:
        if error.errno not in _FULL:
            raise
        _forget_output()
        print(f"realtime-run: error: cannot write: {error.strerror}", file=sys.stderr)
        return CANNOT_RUN
    return code


def _forget_output() -> None:
    """Keep Python from complaining once more when it flushes at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(options: argparse.Namespace) -> int:
    from realtime_run.cli.run import run  # noqa: PLC0415 - imports the whole runner

    simulator: list[str] | None = None
    if options.simulate:
        simulator = [f"--fault={fault}" for fault in options.faults]
        simulator += [f"--script={options.script}"] if options.script else []
    elif options.script or options.faults:
        message = "--script and --fault are for the simulator: add --simulate"
        raise RealtimeRunError(message)
    return run(options.spec, overrides=options.overrides, simulator=simulator)


def _validate(options: argparse.Namespace) -> int:
    from realtime_run.cli.validate import validate  # noqa: PLC0415 - see above

    return validate(
        options.spec, overrides=options.overrides, as_json=options.format == "json"
    )


def _explain(options: argparse.Namespace) -> int:
    from realtime_run.cli.explain import explain  # noqa: PLC0415 - see above

    return explain(
        options.spec,
        options.path,
        overrides=options.overrides,
        as_json=options.format == "json",
    )


def _plugins(options: argparse.Namespace) -> int:
    from realtime_run.cli.plugins import plugins  # noqa: PLC0415 - see above

    return plugins(as_json=options.format == "json")


def _devices(options: argparse.Namespace) -> int:
    from realtime_run.cli.devices import (  # noqa: PLC0415 - see above
        DevicesOptions,
        devices,
    )

    return devices(
        DevicesOptions(
            test=options.test,
            input_device=options.input,
            output_device=options.output,
            as_json=options.format == "json",
        )
    )


def _simulate(options: argparse.Namespace) -> int:
    from realtime_run.cli.simulate import (  # noqa: PLC0415 - see above
        SimulateOptions,
        simulate,
    )

    return simulate(
        SimulateOptions(
            name=options.name,
            port=options.port,
            transport=options.transport,
            tls=options.tls and tuple(options.tls),
            script=options.script,
            faults=options.faults,
            overrides=options.overrides,
            voice=options.voice,
            with_parent=options.with_parent,
        )
    )


_COMMANDS = {
    "run": _run,
    "validate": _validate,
    "explain": _explain,
    "plugins": _plugins,
    "devices": _devices,
    "simulate": _simulate,
}


def _line(error: RealtimeRunError) -> str:
    text = str(error)
    return text if ": error: " in text else f"realtime-run: error: {text}"
