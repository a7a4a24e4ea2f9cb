"""The pipeline: loads its stages, and runs them for the time of a connection."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from realtime_run.core.capabilities import Capabilities
from realtime_run.core.errors import AudioError, ProviderError
from realtime_run.core.provider_events import ProviderFailed
from realtime_run.plugin.api import Opening
from realtime_run.plugin.threads import Worker
from realtime_run.plugin.voice import VoiceDetector
from realtime_run_local.brain.chat import ChatBrain
from realtime_run_local.brain.pieces import Brain
from realtime_run_local.connection import INPUT_HZ, LocalConnection, Parts
from realtime_run_local.ear import Ear, Heard
from realtime_run_local.history import History, Said
from realtime_run_local.ids import new_id
from realtime_run_local.manual_ear import ManualEar
from realtime_run_local.outbox import Outbox
from realtime_run_local.responder import Responder
from realtime_run_local.settings import LocalSettings, PiperSettings, RulesSettings
from realtime_run_local.speech_to_text.recognizer import Recognizer
from realtime_run_local.stages import (
    BrainOpening,
    make_brain,
    make_recognizer,
    make_synthesizer,
)
from realtime_run_local.text_to_speech.espeak import RATE_HZ
from realtime_run_local.text_to_speech.piper import voice_rate_hz
from realtime_run_local.text_to_speech.synthesizer import Synthesizer
from realtime_run_local.transcriber import Transcriber
from realtime_run_local.user_turns import UserTurns
from realtime_run_local.voice import Voice
from realtime_run_silero.detector import load_detector

_CLOSE_S = 0.5
_UNREAD = ProviderFailed(
    error="the rules brain does not read 'instructions': its replies are all it knows;"
    " a chat brain follows them",
    error_code="instructions_unread",
    context="connecting",
)
"""An option must not be accepted and ignored in silence."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stages:
    detector: VoiceDetector
    recognizer: Recognizer
    brain: Brain
    synthesizer: Synthesizer


@dataclass(frozen=True, slots=True)
class _Workers:
    """The threads: models load side by side, then two of them work."""

    hearing: Worker
    speaking: Worker
    loading: Worker
    thinking: Worker

    async def stop(self) -> None:
        """End the threads; waits a moment for those that are busy."""
        workers = (self.hearing, self.speaking, self.loading, self.thinking)
        try:
            async with asyncio.timeout(_CLOSE_S):
                for worker in workers:
                    # A thread holds on to its last call, and with that to a model. One
                    # that was freed in a thread while Python ends would abort it.
                    await worker.run(_nothing)
        except TimeoutError:
            pass  # it is left behind, as a daemon, with the call that does not return
        finally:
            for worker in workers:
                worker.stop()


class Pipeline:
    """VAD, speech to text, brain and text to speech, in this process."""

    def __init__(self, settings: LocalSettings, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._clock = clock
        voice = settings.text_to_speech
        self._output_hz = (
            voice_rate_hz(voice) if isinstance(voice, PiperSettings) else RATE_HZ
        )

    @property
    def capabilities(self) -> Capabilities:
        """What the pipeline can do."""
        return Capabilities(
            input_hz=INPUT_HZ,
            output_hz=self._output_hz,
            manual_responses=True,
            manual_turns=True,
            response_instructions=True,
        )

    @asynccontextmanager
    async def connect(self, opening: Opening) -> AsyncGenerator[LocalConnection, None]:
        """Load the models and begin to listen; leaving stops all of it.

        Raises:
            ProviderError: If a model does not load, or a rule names an unknown tool.
        """
        async with AsyncExitStack() as stack:
            workers = _Workers(
                Worker("local-hearing"),
                Worker("local-speaking"),
                Worker("local-loading"),
                Worker("local-thinking"),
            )
            stack.push_async_callback(workers.stop)
            stages = await self._load(opening, workers)
            stack.push_async_callback(_release, stages, workers)
            stack.push_async_callback(_close, stages.brain)
            async with self._running(opening, stages, workers) as connection:
                yield connection

    async def _load(self, opening: Opening, workers: _Workers) -> _Stages:
        start = BrainOpening(opening=opening, clock=self._clock)
        settings = self._settings
        async with asyncio.TaskGroup() as tasks:
            brain = tasks.create_task(
                _tried(lambda: workers.thinking.run(make_brain, settings, start))
            )
            detector = tasks.create_task(
                _tried(lambda: workers.loading.run(load_detector, INPUT_HZ))
            )
            recognizer = tasks.create_task(
                _tried(lambda: workers.hearing.run(make_recognizer, settings))
            )
            synthesizer = tasks.create_task(
                _tried(lambda: workers.speaking.run(make_synthesizer, settings))
            )
        return _Stages(
            brain=_loaded(brain.result()),
            detector=_loaded(detector.result()),
            recognizer=_loaded(recognizer.result()),
            synthesizer=_loaded(synthesizer.result()),
        )

    @asynccontextmanager
    async def _running(
        self, opening: Opening, stages: _Stages, workers: _Workers
    ) -> AsyncGenerator[LocalConnection, None]:
        outbox = Outbox()
        if opening.instructions.strip() and isinstance(
            self._settings.brain, RulesSettings
        ):
            outbox.put(_UNREAD)
        history = History(
            Said(item_id=new_id("item"), role=item.role, text=item.text)
            for item in opening.history
        )
        voice = Voice(stages.synthesizer, workers.speaking)
        responder = Responder(stages.brain, voice, history, outbox)
        turns = UserTurns(opening, responder, history)
        parts = Parts(outbox=outbox, history=history, responder=responder, turns=turns)
        transcriber = Transcriber(
            stages.recognizer, workers.hearing, outbox, turns.transcribed
        )
        heard = Heard(outbox=outbox, transcriber=transcriber, on_started=turns.started)
        ear: Ear | ManualEar
        working: list[Callable[[], Awaitable[None]]] = [transcriber.run, responder.run]
        if opening.manual_turns:
            ear = ManualEar(outbox, transcriber, turns)
        else:
            ear = Ear(self._settings.vad, stages.detector, heard)
            working.append(ear.run)
        failure: BaseException | None = None
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(_guarded(work, outbox)) for work in working]
            try:
                yield LocalConnection(parts, ear, self._session_config(opening))
            except BaseException as error:  # noqa: BLE001 - raised again below
                # Within the group it would come out wrapped in an ExceptionGroup.
                failure = error
            finally:
                outbox.end("the connection was closed", was_clean=True)
                for task in running:
                    task.cancel()
        if failure is not None:
            raise failure

    def _session_config(self, opening: Opening) -> dict[str, object]:
        return {
            **self._settings.model_dump(mode="json"),
            "tools": [tool.name for tool in opening.tools],
            "interruptible": opening.interruptible,
            "answers": opening.answers,
            "manual_turns": opening.manual_turns,
        }


def _nothing() -> None:
    pass


async def _guarded(run: Callable[[], Awaitable[None]], outbox: Outbox) -> None:
    """End the connection if a part of it fails: the session then hears of it."""
    try:
        await run()
    except Exception as error:  # noqa: BLE001 - reported as the end of the connection
        outbox.end(f"the local pipeline failed: {error!r}", was_clean=False)


async def _tried(load: Callable[[], Awaitable[T]]) -> "T | Exception":
    """Return an error instead of raising it, which would wrap it in a group."""
    try:
        return await load()
    except Exception as error:  # noqa: BLE001 - raised again by `_loaded`
        return error


def _loaded(stage: "T | Exception") -> T:
    if isinstance(stage, ProviderError):
        raise stage
    if isinstance(stage, AudioError):
        raise ProviderError(str(stage), is_recoverable=False) from stage
    if isinstance(stage, Exception):
        message = f"a stage of the local pipeline does not load: {stage!r}"
        raise ProviderError(message, is_recoverable=False) from stage
    return stage


async def _release(stages: _Stages, workers: _Workers) -> None:
    # The error that ends a conversation holds on to all of its frames, and so to the
    # models: 100 MB would wait for the garbage collector, which is in no hurry.
    try:
        async with asyncio.timeout(_CLOSE_S):
            await workers.hearing.run(stages.recognizer.close)
            await workers.speaking.run(stages.synthesizer.close)
    except TimeoutError:
        pass  # a model that does not return keeps itself


async def _close(brain: Brain) -> None:
    if isinstance(brain, ChatBrain):
        try:
            async with asyncio.timeout(_CLOSE_S):
                await brain.aclose()
        except TimeoutError:
            pass  # the endpoint does not let go; its sockets close with the process
