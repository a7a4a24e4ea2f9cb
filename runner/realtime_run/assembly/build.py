"""Turns a spec into the parts of a session: every plugin made, nothing opened.

It reads files and runs the user's own: call it before the event loop starts, or in a
thread.
"""

import os
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from realtime_run.assembly.abilities import check
from realtime_run.assembly.advising import advice_on
from realtime_run.assembly.making import made, provider_and_audio, vad_of
from realtime_run.assembly.placing import place_of
from realtime_run.assembly.user_code import handlers_of, load_module, tools_of
from realtime_run.core.errors import Problem, SpecError, UserCodeError
from realtime_run.plugin.api import (
    Conversation,
    SessionInfo,
    Tool,
    VideoSource,
)
from realtime_run.plugin.function_tool import FunctionTool
from realtime_run.plugin.host import Host
from realtime_run.session.parts import Limits, NamedHandler, Parts
from realtime_run.spec.load import LoadedSpec, load
from realtime_run.spec.model import AgentSpec, Use, UserToolsSettings

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A spec, and what was made of it."""

    loaded: LoadedSpec
    parts: Parts
    advice: tuple[Problem, ...] = ()
    """What the provider finds odd in it."""

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What is legal in the spec, and odd."""
        return (*self.loaded.warnings, *self.advice)


def build(
    file: Path,
    *,
    overrides: Sequence[str] = (),
    environ: Mapping[str, str] | None = None,
    host: Host | None = None,
) -> Built:
    """Return the parts that a spec describes.

    Args:
        file: The spec.
        overrides: As with `--set`.
        environ: Where `${NAME}` comes from; None takes the process's.
        host: The plugins; None takes what is installed.

    Raises:
        SpecError: If the spec is wrong, or a handler or tool file does not load; holds
            every problem.
        CapabilityError: If the provider cannot do what the spec asks for.
    """
    host = host or Host()
    environ = os.environ if environ is None else environ
    loaded = load(
        file, settings_of=host.settings_of, overrides=overrides, environ=environ
    )
    spec = loaded.spec
    provider, audio = provider_and_audio(spec, host)
    check(loaded, provider.capabilities)
    tools = _tools(spec.tools, host)
    effective = loaded.effective()
    parts = Parts(
        provider_name=spec.provider.use,
        provider=provider,
        audio=audio,
        handlers=tuple(_handler(use, host) for use in spec.handlers),
        bind_tools=lambda conversation: _bound(tools, conversation),
        instructions=spec.instructions,
        barge_in=spec.barge_in.lowered(),
        video=_video(spec.video, host),
        fps=spec.fps,
        limits=_limits(spec),
        info=SessionInfo(
            session_id=str(uuid.uuid4()),
            agent_name=str(effective["name"]),
            provider=spec.provider.use,
            capabilities=provider.capabilities,
            spec_file=file,
            effective_spec=effective,
        ),
        turn=spec.turn.lowered(),
        greeting=spec.greeting,
        locate=lambda path: place_of(loaded, path),
        secrets=loaded.secrets,
    )
    if parts.lowered().policy.listens:
        parts = replace(parts, vad=vad_of(spec.vad, host))
    return Built(loaded=loaded, parts=parts, advice=_advice(loaded, parts, tools))


def _advice(
    loaded: LoadedSpec, parts: Parts, tools: Sequence[Tool]
) -> tuple[Problem, ...]:
    problems = advice_on(loaded, parts.provider, parts.opening(tools, ()))
    if any(problem.severity == "error" for problem in problems):
        raise SpecError(problems)
    return problems


def _limits(spec: AgentSpec) -> Limits:
    return Limits(
        quiet_s=spec.session.quiet,
        answer_within_s=spec.session.answer_within,
        connect_attempts=spec.session.reconnect.max_attempts,
        rotates=spec.session.rotate == "before_limit",
    )


def _video(use: Use, host: Host) -> VideoSource | None:
    if use.use == "none":
        return None
    return made(lambda: host.offer("video", use.use), use)


def _placed(use: Use, load_: Callable[[], T]) -> T:
    """Return what a user's file holds; its errors name the spec's line too."""
    try:
        return load_()
    except UserCodeError as error:
        raise SpecError([use.problem(str(error))]) from error


def _handler(use: Use, host: Host) -> NamedHandler:
    if use.path is None:
        return NamedHandler(
            name=use.use, handler=made(lambda: host.offer("handler", use.use), use)
        )
    path = use.path
    handler = _placed(use, lambda: handlers_of(load_module(path), use.attribute))
    return NamedHandler(name=path.name, handler=handler)


def _tools(uses: Sequence[Use], host: Host) -> tuple[Tool, ...]:
    tools: dict[str, Tool] = {}
    for use in uses:
        for tool in _tools_of(use, host):
            name = tool.definition.name
            if name in tools:
                raise SpecError([use.problem(f"a second tool named {name!r}")])
            tools[name] = tool
    return tuple(tools.values())


def _tools_of(use: Use, host: Host) -> Sequence[Tool]:
    if use.path is None:
        return made(lambda: host.offer("tools", use.use), use)
    path = use.path
    tools = _placed(use, lambda: tools_of(load_module(path), use.attribute))
    settings = use.settings
    if isinstance(settings, UserToolsSettings) and settings.model_fields_set:
        return tuple(tool.with_timeout(settings.timeout) for tool in tools)
    return tools


def _bound(tools: Sequence[Tool], conversation: Conversation) -> Sequence[Tool]:
    return tuple(
        tool.bind(conversation) if isinstance(tool, FunctionTool) else tool
        for tool in tools
    )
