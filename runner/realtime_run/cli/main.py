"""Reads the arguments, and turns errors into lines and exit codes.

What a command needs is imported by the command: `--help` and `validate` must be quick.
"""

import argparse
import difflib
import errno
import gc
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from realtime_run import __version__
from realtime_run.core.errors import RealtimeRunError

OK = 0
INVALID = 1
"""`validate`: the spec is wrong."""
CANNOT_RUN = 2
"""Wrong usage, or a spec that cannot be run."""

_FULL = (errno.ENOSPC, errno.EIO)
_DESCRIPTION = """\
Hold a live spoken conversation with a speech-to-speech model, as one YAML file says.

  realtime-run agent.yaml                 talk (short for: realtime-run run agent.yaml)
  realtime-run --set audio.input=q.wav agent.yaml
  echo "what time is it" | realtime-run agent.yaml
  realtime-run validate agent.yaml        check the file, connect to nothing
  realtime-run plugins                    what can stand after `use:`
"""
_EPILOG = """\
exit codes: 0 all went well; 1 nothing was answered (run), or the spec is invalid
(validate); 2 wrong usage, or a spec that cannot be run; 130 and 143 ended by Ctrl-C and
by SIGTERM.
"""


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
    parser = _parser()
    if not arguments:
        parser.print_help(sys.stderr)
        return CANNOT_RUN
    if meant := _misspelt(arguments):
        parser.error(f"no command {arguments[0]!r}; did you mean {meant!r}?")
    options = parser.parse_args(_with_command(arguments))
    return _guarded(_COMMANDS[options.command], options)


def _guarded(
    command: Callable[[argparse.Namespace], int], options: argparse.Namespace
) -> int:
    """Run a command; what is no bug of ours becomes a line and an exit code."""
    try:
        code = command(options)
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

    return run(options.spec, overrides=options.overrides)


def _validate(options: argparse.Namespace) -> int:
    from realtime_run.cli.validate import validate  # noqa: PLC0415 - see above

    return validate(
        options.spec, overrides=options.overrides, as_json=options.format == "json"
    )


def _plugins(options: argparse.Namespace) -> int:
    from realtime_run.cli.plugins import plugins  # noqa: PLC0415 - see above

    return plugins(as_json=options.format == "json")


_COMMANDS = {"run": _run, "validate": _validate, "plugins": _plugins}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="realtime-run",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--version", action="version", version=f"realtime-run {__version__}"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="hold the conversation (the default)")
    _add_spec(run)

    validate = commands.add_parser("validate", help="check a spec, connect to nothing")
    _add_spec(validate)
    _add_format(validate)

    plugins = commands.add_parser("plugins", help="list the installed plugins")
    _add_format(plugins)
    return parser


def _add_spec(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "spec", metavar="SPEC", type=_file, help="the agent's YAML file"
    )
    parser.add_argument(
        "--set",
        dest="overrides",
        metavar="PATH=VALUE",
        action="append",
        default=[],
        help="put a value in place of the file's, as often as you like; VALUE is YAML:"
        " --set barge_in=off --set 'audio={use: file, input: q.wav}'",
    )


def _file(written: str) -> str:
    if not written:
        message = "is empty"
        raise argparse.ArgumentTypeError(message)
    return written


def _add_format(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="how to print"
    )


def _with_command(arguments: list[str]) -> list[str]:
    """Return the arguments with `run` before them, if they name no command."""
    at = 0
    while at < len(arguments):
        argument = arguments[at]
        if argument in ("-h", "--help", "--version"):
            return arguments
        if argument in _COMMANDS:
            return [argument, *arguments[:at], *arguments[at + 1 :]]
        if not argument.startswith("-"):
            break
        at += 2 if argument == "--set" else 1
    return ["run", *arguments]


def _misspelt(arguments: list[str]) -> str | None:
    """Return the command that was meant by `runn agent.yaml`, if one was."""
    words = [argument for argument in arguments if not argument.startswith("-")]
    if len(words) < 2 or words[0] in _COMMANDS or Path(words[0]).exists():  # noqa: PLR2004
        return None
    near = difflib.get_close_matches(words[0], _COMMANDS, n=1)
    return near[0] if near else None


def _line(error: RealtimeRunError) -> str:
    text = str(error)
    return text if ": error: " in text else f"realtime-run: error: {text}"
