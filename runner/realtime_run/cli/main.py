"""Reads the arguments, and turns errors into lines and exit codes.

What a command needs is imported by the command: `--help` and `validate` must be quick.
"""

import argparse
import os
import signal
import sys
from collections.abc import Sequence

from realtime_run import __version__
from realtime_run.core.errors import RealtimeRunError

OK = 0
INVALID = 1
"""`validate`: the spec is wrong."""
CANNOT_RUN = 2
"""Wrong usage, or a spec that cannot be run."""

_DESCRIPTION = """\
Hold a live spoken conversation with a speech-to-speech model, as one YAML file says.

  realtime-run agent.yaml                 talk (short for: realtime-run run agent.yaml)
  realtime-run --set audio.input=q.wav agent.yaml
  echo "what time is it" | realtime-run agent.yaml
  realtime-run validate agent.yaml        check the file, connect to nothing
  realtime-run plugins                    what can stand after `use:`
"""
_EPILOG = """\
exit codes: 0 all went well; 1 the spec is invalid (validate); 2 wrong usage, or a spec
that cannot be run; 130 and 143 ended by Ctrl-C and by SIGTERM.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = _parser()
    if not arguments:
        parser.print_help(sys.stderr)
        return CANNOT_RUN
    options = parser.parse_args(_with_command(arguments))
    try:
        return _COMMANDS[options.command](options)
    except RealtimeRunError as error:
        print(_line(error), file=sys.stderr)
        return CANNOT_RUN
    except KeyboardInterrupt:
        return 128 + signal.SIGINT  # before the conversation could see to it
    except BrokenPipeError:
        # Who read our output has gone, as `head` does. Python would complain once more
        # when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK


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
    parser.add_argument("spec", metavar="SPEC", help="the agent's YAML file")
    parser.add_argument(
        "--set",
        dest="overrides",
        metavar="PATH=VALUE",
        action="append",
        default=[],
        help="put a value in place of the file's, as often as you like; VALUE is YAML:"
        " --set barge_in=off --set 'audio={use: file, input: q.wav}'",
    )


def _add_format(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="how to print"
    )


def _with_command(arguments: list[str]) -> list[str]:
    """Return the arguments with `run` before them, if they name no command."""
    at = 0
    while at < len(arguments):
        argument = arguments[at]
        if argument in ("-h", "--help", "--version") or argument in _COMMANDS:
            return arguments
        if not argument.startswith("-"):
            break
        at += 2 if argument == "--set" else 1
    return ["run", *arguments]


def _line(error: RealtimeRunError) -> str:
    text = str(error)
    return text if ": error: " in text else f"realtime-run: error: {text}"
