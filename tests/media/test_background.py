import asyncio

import pytest

from realtime_run.core.errors import AudioError, ProviderError
from realtime_run.media.background import running


async def for_ever() -> None:
    await asyncio.Event().wait()


async def fail() -> None:
    message = "the disk is full"
    raise AudioError(message)


async def test_a_failing_loop_ends_the_body_and_is_raised_as_it_is() -> None:
    with pytest.raises(AudioError, match=r"^the disk is full$") as raised:
        async with running(fail):
            await for_ever()

    assert type(raised.value) is AudioError


async def test_an_error_of_the_body_is_raised_as_it_is() -> None:
    error = ProviderError("no")

    with pytest.raises(ProviderError) as raised:
        async with running(for_ever):
            raise error

    assert raised.value is error


async def test_a_group_of_errors_out_of_the_body_stays_the_same_group() -> None:
    group = ExceptionGroup("two", [ValueError(), TypeError()])

    with pytest.raises(ExceptionGroup) as raised:
        async with running(for_ever):
            raise group

    assert raised.value is group


async def test_cancelling_the_body_is_not_swallowed() -> None:
    async def body() -> None:
        async with running(for_ever):
            await for_ever()

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await body()


async def test_nothing_runs_after_the_body() -> None:
    async with running(for_ever):
        inside = len(asyncio.all_tasks())

    assert len(asyncio.all_tasks()) == inside - 1
