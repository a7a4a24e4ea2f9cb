"""`realtime-run devices`: what can be heard and played here, and whether it works."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from msgspec import structs

from realtime_run.cli.device_findings import FINE, NEEDS_CARE, Finding, findings
from realtime_run.core.errors import PluginError, RealtimeRunError
from realtime_run.plugin.host import Host
from realtime_run.plugin.sound_devices import SoundDevice, SoundDevices

_DEFAULT = "default"
_OURS = "devices"
_ABSENT = "no installed plugin knows sound devices; pip install 'realtime-run[devices]'"
_TITLES = (("input", "microphones"), ("output", "loudspeakers"))


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicesOptions:
    """What the command line says."""

    test: bool = False
    input_device: str | None = None
    output_device: str | None = None
    as_json: bool = False


def devices(options: DevicesOptions, known: SoundDevices | None = None) -> int:
    """List the devices, or test two of them; return the exit code.

    Args:
        options: What to do.
        known: The devices; those of the installed plugin if it is left out.

    Raises:
        RealtimeRunError: If no plugin knows devices, or they cannot be used.
    """
    chosen = (options.input_device, options.output_device)
    if not options.test and chosen != (None, None):
        message = "--input and --output are for a test: add --test"
        raise RealtimeRunError(message)
    known = known or sound_devices(Host())
    if options.test:
        return _tested(known, options)
    return _listed(known.listed(), as_json=options.as_json)


def sound_devices(host: Host) -> SoundDevices:
    """Return what the first plugin offers that knows devices; ours comes first.

    Raises:
        PluginError: If there is none.
    """
    names = {plugin.name for plugin in host.installed()}
    broken: list[PluginError] = []
    for name in sorted(names, key=lambda name: (name != _OURS, name)):
        try:
            if "devices" in host.kinds(name):
                offer = host.offer("devices", name)
                return offer.make(offer.settings())
        except PluginError as error:
            broken.append(error)  # of no concern, unless nothing else is found
    if _OURS in names and broken:
        raise broken[0]
    raise PluginError(_ABSENT)


def _listed(found: Sequence[SoundDevice], *, as_json: bool) -> int:
    if as_json:
        _print_json({"devices": [structs.asdict(device) for device in found]})
        return FINE if found else NEEDS_CARE
    for direction, title in _TITLES:
        there = [device for device in found if device.direction == direction]
        print(f"{title}:" if there else f"{title}: none")
        for device in there:
            mark = "  (default)" if device.default else ""
            print(f"  {device.index}  {_printable(device.name)}{mark}")
    if not found:
        print("a spec without sound says audio: none")
    return FINE if found else NEEDS_CARE


def _tested(known: SoundDevices, options: DevicesOptions) -> int:
    def report(line: str) -> None:
        # Beside JSON, what happens is for a person's eyes only.
        print(line, file=sys.stderr if options.as_json else sys.stdout, flush=True)

    test = known.test(
        _device(options.input_device), _device(options.output_device), report
    )
    found = findings(test)
    if options.as_json:
        shown = [structs.asdict(finding) for finding in found]
        _print_json({"test": structs.asdict(test), "findings": shown})
    else:
        for finding in found:
            print(_written(finding))
    return FINE if all(finding.fine for finding in found) else NEEDS_CARE


def _device(written: str | None) -> str | int:
    """Return a device as a spec would name it: a number is an index."""
    if written is None:
        return _DEFAULT
    return int(written) if written.isascii() and written.isdigit() else written


def _written(finding: Finding) -> str:
    hint = "" if finding.hint is None else f"\n  hint: {finding.hint}"
    return f"{'ok' if finding.fine else 'not ok'}: {finding.message}{hint}"


def _printable(name: str) -> str:
    r"""Return a name on one line, with what does not print escaped as `\n` is."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in name)


def _print_json(shown: object) -> None:
    print(json.dumps(shown, indent=2, ensure_ascii=False))
