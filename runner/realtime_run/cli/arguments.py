"""What may stand on the command line."""

import argparse
import difflib
from collections.abc import Collection
from pathlib import Path

from realtime_run import __version__

_DESCRIPTION = """\
Hold a live spoken conversation with a speech-to-speech model, as one YAML file says.

  realtime-run agent.yaml                 talk (short for: realtime-run run agent.yaml)
  realtime-run --set audio.input=q.wav agent.yaml
  echo "what time is it" | realtime-run agent.yaml
  realtime-run validate agent.yaml        check the file, connect to nothing
  realtime-run explain agent.yaml         what applies, and what becomes of it
  realtime-run --simulate agent.yaml      talk to a simulator, without a key
  realtime-run plugins                    what can stand after `use:`
  realtime-run devices --test             try the microphone and the loudspeaker
"""
_EPILOG = """\
exit codes: 0 all went well; 1 nothing was answered (run), the spec is invalid
(validate), or its provider cannot do what it asks for (explain); 2 wrong usage, or a
spec that cannot be run; 130 and 143 ended by Ctrl-C and by SIGTERM.
"""


def parser_of_arguments() -> argparse.ArgumentParser:
    """Return what reads the command line."""
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
    run.add_argument(
        "--simulate",
        action="store_true",
        help="talk to a simulator of the provider on this machine: no key, no cost",
    )
    _add_simulation(run)

    validate = commands.add_parser("validate", help="check a spec, connect to nothing")
    _add_spec(validate)
    _add_format(validate)

    explain = commands.add_parser(
        "explain", help="show what applies, where it came from, and what becomes of it"
    )
    _add_spec(explain)
    explain.add_argument(
        "path",
        metavar="PATH",
        nargs="?",
        type=_file,
        help="one key or section, such as barge_in.min_speech",
    )
    _add_format(explain)

    plugins = commands.add_parser("plugins", help="list the installed plugins")
    _add_format(plugins)

    devices = commands.add_parser(
        "devices", help="list the microphones and loudspeakers, or test two of them"
    )
    _add_devices(devices)

    simulate = commands.add_parser(
        "simulate", help="serve as a provider does, for tests and trials"
    )
    simulate.add_argument("name", metavar="PROVIDER", help="such as openai")
    simulate.add_argument("--port", type=int, help="a TCP port; 0, any free one")
    simulate.add_argument(
        "--transport", help="which of the provider's transports to serve"
    )
    simulate.add_argument(
        "--tls", nargs=2, metavar=("CERTIFICATE", "KEY"), help="PEM files: serve TLS"
    )
    simulate.add_argument(
        "--voice", help="the plugin to speak with, or tones (default: local)"
    )
    simulate.add_argument(
        "--set",
        dest="overrides",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="another setting of the simulator",
    )
    _add_simulation(simulate)
    simulate.add_argument("--with-parent", action="store_true", help=argparse.SUPPRESS)
    return parser


def _add_devices(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--test",
        action="store_true",
        help="record a second, play it back, and measure the echo",
    )
    for name, what in (("input", "microphone"), ("output", "loudspeaker")):
        parser.add_argument(
            f"--{name}",
            metavar="DEVICE",
            help=f"the {what} to test: a name or a part of one, or an index",
        )
    _add_format(parser)


def _add_simulation(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--script", metavar="FILE", help="what the simulated model hears, does and says"
    )
    parser.add_argument(
        "--fault",
        dest="faults",
        metavar="NAME[=VALUE]",
        action="append",
        default=[],
        help="something that goes wrong, as often as you like",
    )


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


def with_command(arguments: list[str], commands: Collection[str]) -> list[str]:
    """Return the arguments with `run` before them, if they name none of `commands`."""
    at = 0
    while at < len(arguments):
        argument = arguments[at]
        if argument in ("-h", "--help", "--version"):
            return arguments
        if argument in commands:
            return [argument, *arguments[:at], *arguments[at + 1 :]]
        if not argument.startswith("-"):
            break
        at += 2 if argument in ("--set", "--script", "--fault") else 1
    return ["run", *arguments]


def misspelt(arguments: list[str], commands: Collection[str]) -> str | None:
    """Return the command that was meant by `runn agent.yaml`, if one was."""
    words = [argument for argument in arguments if not argument.startswith("-")]
    if len(words) < 2 or words[0] in commands or Path(words[0]).exists():  # noqa: PLR2004
        return None
    near = difflib.get_close_matches(words[0], commands, n=1)
    return near[0] if near else None
