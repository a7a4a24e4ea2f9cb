from collections.abc import Callable

import pytest

from realtime_run.core.commands import (
    AppendAudio,
    AppendImage,
    AppendPicture,
    Command,
    SendText,
)
from realtime_run.core.pcm import Pcm
from realtime_run.core.picture import Picture
from realtime_run.session.outbox import Outbox

AUDIO = AppendAudio(pcm=Pcm(bytes(2), 16_000))
TEXT = SendText(text="hello")


def image(number: int) -> Command:
    return AppendImage(jpeg=bytes([number]), width=2, height=2)


def picture(number: int) -> Command:
    return AppendPicture(
        picture=Picture(width=2, height=2, i420=bytes([number]) * 6),
    )


@pytest.mark.parametrize("seen", [image, picture])
async def test_of_pictures_only_the_latest_waits(
    seen: Callable[[int], Command],
) -> None:
    outbox = Outbox()

    for command in (seen(1), TEXT, seen(2), AUDIO, seen(3)):
        outbox.put(command)

    assert [await outbox.get() for _ in range(3)] == [TEXT, AUDIO, seen(3)]


@pytest.mark.parametrize("seen", [image, picture])
def test_what_devices_give_all_the_time_makes_nobody_busy(
    seen: Callable[[int], Command],
) -> None:
    outbox = Outbox()
    outbox.put(AUDIO)
    outbox.put(seen(1))
    assert not outbox.busy

    outbox.put(TEXT)

    assert outbox.busy


@pytest.mark.parametrize("seen", [image, picture])
async def test_a_picture_does_not_outlive_the_connection_it_was_meant_for(
    seen: Callable[[int], Command],
) -> None:
    outbox = Outbox()
    for command in (seen(1), TEXT, AUDIO):
        outbox.put(command)

    outbox.disconnected()

    assert [await outbox.get() for _ in range(2)] == [TEXT, AUDIO]
