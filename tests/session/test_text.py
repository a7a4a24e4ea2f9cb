import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from realtime_run.core import provider_events as reported
from realtime_run.core.capabilities import Capabilities
from realtime_run.core.commands import CreateResponse, SendText
from realtime_run.core.errors import CapabilityError, NotConnectedError
from realtime_run.session.parts import Limits
from realtime_run.testing.scripted import ScriptedProvider
from realtime_run.testing.sound import HandAudio
from realtime_run.testing.time import settle


class Lines:
    def __init__(self, *lines: str, interactive: bool) -> None:
        self._lines = lines
        self.interactive = interactive
        self.more = asyncio.Event()
        """Set: the end of the lines is seen."""

    async def lines(self) -> AsyncIterator[str]:
        for line in self._lines:
            yield line
        await self.more.wait()


def answer(response_id: str) -> tuple[reported.ProviderEvent, ...]:
    return (
        reported.ResponseStarted(response_id=response_id),
        reported.AudioOutput(response_id=response_id, pcm=bytes(48 * 20)),
        reported.ResponseDone(response_id=response_id),
    )


async def test_a_piped_line_waits_until_the_one_before_was_answered(talk: Any) -> None:
    t = await talk(text=Lines("one", "two", interactive=False))
    connection = await t.connection()

    assert await connection.until(SendText) == [SendText(text="one")]
    connection.report(*answer("r1"))
    await settle()
    assert len(await connection.until(SendText)) == 1
    await t.play(20)

    assert await connection.until(SendText, 2) == [
        SendText(text="one"),
        SendText(text="two"),
    ]


async def test_a_piped_line_waits_for_an_answer_that_a_lost_connection_owed(
    talk: Any,
) -> None:
    t = await talk(text=Lines("one", "two", interactive=False))
    first = await t.connection()
    await first.until(SendText)

    first.drop()
    await settle()
    await t.clock.forward(1)
    second = await t.connection(2)
    await second.until(CreateResponse)
    early = list(second.sent)
    second.report(*answer("r2"))
    await settle()
    await t.play(20)

    assert early == [CreateResponse()]
    assert await second.until(SendText) == [SendText(text="two")]


async def test_a_piped_line_goes_on_where_a_lost_connection_owed_nothing(
    talk: Any,
) -> None:
    t = await talk(text=Lines("one", "two", interactive=False))
    first = await t.connection()
    await first.until(SendText)
    first.report(*answer("r1")[:-1])  # the end of it never comes
    await settle()
    first.drop()
    await settle()
    await t.play(20)
    await t.clock.forward(1)
    second = await t.connection(2)

    assert await second.until(SendText) == [SendText(text="two")]


async def test_a_typed_line_interrupts_the_agent(talk: Any) -> None:
    t = await talk(text=Lines("one", "two", interactive=True))
    connection = await t.connection()

    assert len(await connection.until(SendText, 2)) == 2
    assert t.realtime.epoch == 1


async def test_with_barge_in_off_a_typed_line_interrupts_nothing(talk: Any) -> None:
    text = Lines("one", "two", interactive=True)
    t = await talk(text=text, barge_in="off")
    connection = await t.connection()

    await connection.until(SendText, 2)

    assert t.realtime.epoch == 0


@pytest.mark.parametrize(
    ("interactive", "microphone", "ends"),
    [(True, False, False), (False, False, False), (True, True, True)],
)
async def test_an_open_terminal_keeps_alive_only_what_has_no_microphone(
    talk: Any, *, interactive: bool, microphone: bool, ends: bool
) -> None:
    t = await talk(
        text=Lines(interactive=interactive),
        audio=HandAudio(microphone=microphone),
        ends_when_quiet=True,
        limits=Limits(quiet_s=1),
    )
    await t.connection()
    await t.audio.opened.wait()
    await settle()
    if t.audio.microphone:
        t.audio.microphone.used_up = True

    await t.clock.forward(5)
    await settle()

    assert t.realtime.connected is not ends


async def test_a_provider_that_takes_no_text_says_so(talk: Any) -> None:
    deaf = Capabilities(input_hz=16_000, output_hz=24_000, text_input=False)
    t = await talk(provider=ScriptedProvider(deaf))
    await t.connection()

    with pytest.raises(CapabilityError, match="takes no text"):
        await t.realtime.simple_response("hello")


async def test_what_is_not_running_takes_nothing(talk: Any) -> None:
    t = await talk()
    await t.connection()
    await t.realtime.close()

    with pytest.raises(NotConnectedError):
        await t.realtime.simple_response("hello")
