"""`realtime-run simulate NAME`: a provider on this machine, without a key."""

import asyncio
import contextlib
import gc
import logging
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from realtime_run.core.errors import PluginError, RealtimeRunError
from realtime_run.plugin.host import Host
from realtime_run.plugin.settings import Settings
from realtime_run.plugin.simulation import Simulator, Speech
from realtime_run.spec.scalars import resolve

DEFAULT_VOICE = "local"
"""The plugin whose voice simulators speak with, if it is installed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulateOptions:
    """What was asked for on the command line."""

    name: str
    port: int | None = None
    transport: str | None = None
    tls: tuple[str, str] | None = None
    script: str | None = None
    faults: Sequence[str] = field(default_factory=tuple[str, ...])
    """`NAME` or `NAME=VALUE`."""
    overrides: Sequence[str] = field(default_factory=tuple[str, ...])
    """`KEY=VALUE`: other settings of the simulator."""
    voice: str | None = None
    with_parent: bool = False
    """End when standard input does."""


def simulate(options: SimulateOptions) -> int:
    """Serve until a signal comes; the first line of standard output is the URL.

    Returns:
        0 after SIGINT or SIGTERM.

    Raises:
        RealtimeRunError: If the simulator cannot be made or cannot serve.
    """
    logging.basicConfig(
        level=logging.WARNING, format="simulator: %(message)s", stream=sys.stderr
    )
    host = Host()
    simulator = _simulator(host, options)
    gc.freeze()  # what was loaded so far stays
    gc.enable()
    try:
        return asyncio.run(_serve(simulator, _speech(host, options.voice), options))
    except OSError as error:
        message = f"the simulator cannot serve: {error.strerror or error}"
        raise RealtimeRunError(message) from error


def settings_from(options: SimulateOptions, model: type[Settings]) -> Settings:
    """Return the simulator's settings.

    Raises:
        RealtimeRunError: If an option does not fit; names all that do not.
    """
    given: dict[str, Any] = {}
    for key in ("port", "transport", "script"):
        value = getattr(options, key)
        if value is not None:
            given[key] = value
    if options.tls is not None:
        given["tls"] = dict(zip(("certificate", "key"), options.tls, strict=True))
    if options.faults:
        pairs = [fault.partition("=") for fault in options.faults]
        given["faults"] = {name: value for name, _, value in pairs}
    for override in options.overrides:
        key, equals, text = override.partition("=")
        if not equals:
            message = f"--set {override}: write --set KEY=VALUE"
            raise RealtimeRunError(message)
        given[key] = resolve(text)
    try:
        return model.model_validate(given)
    except ValidationError as error:
        problems = [_in_words(problem, model) for problem in error.errors()]
        head = f"the simulator of {options.name!r} refuses its options:"
        raise RealtimeRunError("\n  ".join([head, *problems])) from None


def _in_words(problem: ErrorDetails, model: type[Settings]) -> str:
    where = ".".join(map(str, problem["loc"])) or "options"
    if problem["type"] == "extra_forbidden":
        near = get_close_matches(where, model.model_fields, n=1)
        known = ", ".join(sorted(model.model_fields))
        hint = f"did you mean {near[0]!r}?" if near else f"there are: {known}"
        return f"no setting {where!r}; {hint}"
    context: Mapping[str, Any] = problem.get("ctx") or {}
    hint = f" ({context['hint']})" if context.get("hint") else ""
    return f"{where}: {problem['msg'].lower()}{hint}"


def _simulator(host: Host, options: SimulateOptions) -> Simulator:
    offer = host.offer("simulator", options.name)
    return offer.make(settings_from(options, offer.settings))


def _speech(host: Host, voice: str | None) -> Speech | None:
    if voice == "tones":
        return None
    try:
        offer = host.offer("speech", voice or DEFAULT_VOICE)
        return offer.make(offer.settings())
    except PluginError:
        if voice is not None:
            raise
        return None  # it is an extra


async def _serve(
    simulator: Simulator, speech: Speech | None, options: SimulateOptions
) -> int:
    end = asyncio.Event()
    loop = asyncio.get_running_loop()

    def finish(*_: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended by itself
            loop.call_soon_threadsafe(end.set)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, finish)
    if options.with_parent:
        watcher = threading.Thread(target=_wait_for_parent, args=(finish,), daemon=True)
        watcher.start()
    async with simulator.open(speech) as url:
        print(url, flush=True)
        if not options.with_parent:
            words = "speaks" if speech is not None else "speaks in tones"
            print(f"simulator: {options.name} {words}; Ctrl-C ends", file=sys.stderr)
        await end.wait()
    return 0


def _wait_for_parent(finish: Any) -> None:
    while sys.stdin.buffer.read(1024):
        pass
    finish()
