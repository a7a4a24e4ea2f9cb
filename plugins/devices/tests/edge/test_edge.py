import asyncio
import threading
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from realtime_run.core.errors import AudioError
from realtime_run.core.pcm import Pcm
from realtime_run.plugin.edges import DeviceChange, Microphone
from realtime_run_devices import calls, keeper
from realtime_run_devices.edge import DevicesAudio
from realtime_run_devices.settings import DevicesSettings

MIC, SPEAKER = "Desk Microphone", "Desk Speaker"
FRAMES = 240
HEARD = b"\x01\x02" * 960
"""20 ms at 48 kHz."""

Opened = AbstractAsyncContextManager[Microphone | None]
Open = Callable[..., Opened]


@pytest.fixture
def opening(driver: Any, voice: Any, hand_time: Any) -> Open:
    def open_edge(**settings: Any) -> Opened:
        edge = DevicesAudio(DevicesSettings(**settings), driver, hand_time)
        return edge.open(voice)

    return open_edge


async def pass_until(
    told: int, driver: Any, voice: Any, hand_time: Any, *, still: str = ""
) -> None:
    """Let time pass until so many changes were told.

    Devices that are there go on calling, but for those that are to be still.
    """
    for _ in range(2000):
        if len(voice.told) >= told:
            return
        await pass_a_tick(driver, hand_time, still=still)
    pytest.fail(f"{told} changes were expected: {voice.told}")


async def pass_a_tick(driver: Any, hand_time: Any, *, still: str = "") -> None:
    there = {one.device.name for one in driver.present} - {still}
    for stream in driver.streams:
        if stream.name in there and not stream.closed.is_set():
            stream.call(FRAMES if "Speaker" in stream.name else HEARD)
    await hand_time.forward(0.05)
    await asyncio.sleep(0.001)  # what is asked of the driver is asked in a thread


def refused(error: BaseException) -> str:
    assert isinstance(error, AudioError)
    return str(error)


async def test_what_the_agent_says_leaves_for_the_loudspeaker(
    driver: Any, voice: Any, opening: Open
) -> None:
    async with opening():
        voice.waiting = b"\x05\x00" * FRAMES

        played = driver.plays(SPEAKER)

    assert played == b"\x05\x00" * FRAMES
    assert voice.pulled == FRAMES


async def test_a_loudspeaker_says_what_it_holds_and_takes_nothing_back(
    driver: Any, voice: Any, opening: Open
) -> None:
    async with opening():
        for _ in range(5):
            driver.plays(SPEAKER)

        unheard, dropped = voice.device.unheard_frames, voice.device.flush()

    assert (unheard >= 2 * FRAMES, dropped) == (True, 0)


async def test_what_was_heard_before_the_first_read_is_not_given(
    driver: Any, opening: Open
) -> None:
    async with opening() as microphone:
        assert microphone is not None
        driver.hears(MIC, b"\x09\x09" * 960)
        async with asyncio.TaskGroup() as tasks:
            first = tasks.create_task(microphone.read())
            await asyncio.sleep(0)
            driver.hears(MIC, HEARD)

    assert first.result() == Pcm(HEARD, 48_000)


async def test_a_second_that_nobody_read_is_kept_and_the_oldest_dropped(
    driver: Any, opening: Open
) -> None:
    async with opening() as microphone:
        assert microphone is not None
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(microphone.read())
            await asyncio.sleep(0)
            driver.hears(MIC, HEARD)

        for number in range(60):
            driver.hears(MIC, bytes([number, 0]) * 960)
        read = [(await microphone.read()).data[0] for _ in range(50)]

    assert read == list(range(10, 60))
    assert microphone.dropped == 10  # type: ignore[attr-defined]  # of this one


async def test_no_output_plays_to_nobody_in_real_time(
    driver: Any, voice: Any, opening: Open
) -> None:
    async with opening(output="none"):
        await voice.until(lambda: voice.pulled >= 5 * FRAMES)

    assert [stream.name for stream in driver.streams] == [MIC]
    assert voice.device.unheard_frames == 0


async def test_no_input_is_no_microphone(driver: Any, opening: Open) -> None:
    async with opening(input="none") as microphone:
        pass

    assert microphone is None
    assert [stream.name for stream in driver.streams] == [SPEAKER]


async def test_a_missing_device_is_an_error_before_any_is_opened(
    driver: Any, opening: Open
) -> None:
    with pytest.raises(AudioError) as raised:
        async with opening(output="headset"):
            pass

    assert refused(raised.value) == (
        "no loudspeaker 'headset': there is\n  0: 'Desk Speaker'"
    )
    assert driver.streams == []


async def test_a_device_that_cannot_be_used_closes_the_other(
    driver: Any, opening: Open
) -> None:
    driver.refuses[SPEAKER] = "another program uses it"

    with pytest.raises(AudioError) as raised:
        async with opening():
            pass

    assert refused(raised.value) == (
        "cannot use the loudspeaker 'Desk Speaker': another program uses it;"
        " `realtime-run devices` lists what there is"
    )
    assert driver.stream(MIC).closed.is_set()


async def test_an_error_of_the_conversation_comes_out_as_it_is(
    driver: Any, opening: Open
) -> None:
    with pytest.raises(KeyError, match="bare"):
        async with opening():
            raise KeyError("bare")

    assert all(stream.closed.is_set() for stream in driver.streams)


async def test_a_lost_loudspeaker_is_silence_then_the_default_then_itself_again(
    driver: Any, voice: Any, opening: Open, hand_time: Any
) -> None:
    driver.plug("output", "Headset Speaker")

    async with opening(output="headset"):
        driver.unplug("Headset Speaker")
        await pass_until(2, driver, voice, hand_time)
        pulled = voice.pulled
        driver.plays(SPEAKER)
        assert voice.pulled == pulled + FRAMES
        driver.plug("output", "Headset Speaker")
        await pass_until(3, driver, voice, hand_time)
        old = voice.pulled
        driver.plays(SPEAKER)
        assert voice.pulled == old

    assert voice.told == [
        DeviceChange(
            direction="output",
            state="lost",
            device="Headset Speaker",
            reason="it gave no sign of life for 250 ms",
        ),
        DeviceChange(
            direction="output",
            state="replaced",
            device="Headset Speaker",
            replacement=SPEAKER,
        ),
        DeviceChange(direction="output", state="returned", device="Headset Speaker"),
    ]


async def test_without_any_loudspeaker_the_conversation_goes_on_in_real_time(
    driver: Any, voice: Any, opening: Open, hand_time: Any
) -> None:
    async with opening():
        driver.unplug(SPEAKER)
        await pass_until(2, driver, voice, hand_time)
        pulled = voice.pulled
        await voice.until(lambda: voice.pulled >= pulled + 10 * FRAMES)
        replacement = voice.told[-1].replacement

    assert replacement == "none"


async def test_a_lost_microphone_gives_silence_and_leaves_the_loudspeaker_alone(
    driver: Any, voice: Any, opening: Open, hand_time: Any
) -> None:
    async with opening() as microphone:
        assert microphone is not None
        driver.unplug(MIC)
        await pass_until(2, driver, voice, hand_time)
        read = await microphone.read()

    assert read == Pcm.silence(20, 48_000)
    assert [change.direction for change in voice.told] == ["input", "input"]
    assert len([one for one in driver.streams if one.name == SPEAKER]) == 1


async def test_a_dead_sound_server_loses_both_and_both_come_back(
    driver: Any, voice: Any, opening: Open, hand_time: Any
) -> None:
    async with opening():
        driver.no_server = "no sound system answers"
        present, driver.present = driver.present, []
        await pass_until(4, driver, voice, hand_time)
        driver.no_server, driver.present = None, present
        await pass_until(6, driver, voice, hand_time)

    assert {(change.direction, change.state) for change in voice.told} == {
        (direction, state)
        for direction in ("input", "output")
        for state in ("lost", "replaced", "returned")
    }
    replaced = [change for change in voice.told if change.state == "replaced"]
    assert {change.reason for change in replaced} == {"no sound system answers"}


async def test_a_device_that_dies_again_and_again_is_tried_once_a_second(
    driver: Any, voice: Any, opening: Open, hand_time: Any
) -> None:
    async with opening(input="none"):
        began_s = hand_time.now()
        await pass_until(12, driver, voice, hand_time, still=SPEAKER)
        took_s = hand_time.now() - began_s

    states = [change.state for change in voice.told]
    assert states == ["lost", "replaced", "returned"] * 4
    assert took_s >= 4 * 1.25


async def test_a_sound_system_that_hangs_keeps_no_more_than_one_thread(
    driver: Any,
    voice: Any,
    opening: Open,
    hand_time: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with opening(input="none"):
        monkeypatch.setattr(keeper, "LIST_S", 0.01)
        before = threading.active_count()
        driver.hangs_when_listed = True
        await pass_until(2, driver, voice, hand_time, still=SPEAKER)
        for _ in range(100):
            await pass_a_tick(driver, hand_time, still=SPEAKER)
        reason = voice.told[-1].reason
        # One that hangs, and the silence that is played meanwhile.
        more = threading.active_count() - before
        driver.hangs_when_listed = False
        driver.released.set()

    assert reason == "the list of devices takes longer than 0.01 s"
    assert more <= 2


async def test_a_device_that_opens_and_never_calls_is_refused_at_the_start(
    driver: Any, opening: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "FIRST_CALL_S", 0.01)
    driver.dead.add(MIC)

    with pytest.raises(AudioError) as raised:
        async with opening():
            pass

    assert "it opens, and gives no sign of life for 0.01 s" in refused(raised.value)
    assert driver.stream(MIC).closed.is_set()


async def test_a_device_that_hangs_when_it_is_opened_is_refused_and_closed_later(
    driver: Any, opening: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "OPEN_S", 0.01)
    driver.hangs_when_opened.add(MIC)

    with pytest.raises(AudioError) as raised:
        async with opening():
            pass
    driver.released.set()

    assert "opening it takes longer than 0.01 s" in refused(raised.value)


async def test_a_driver_that_hangs_when_it_closes_delays_the_end_by_a_bounded_time(
    driver: Any, opening: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "CLOSE_S", 0.01)
    driver.hangs_when_closed.update({MIC, SPEAKER})

    async with asyncio.timeout(2):
        async with opening():
            pass

    assert all(stream.closed.is_set() for stream in driver.streams)


async def test_a_lost_device_that_still_calls_plays_and_hears_nothing(
    driver: Any, voice: Any, opening: Open, hand_time: Any
) -> None:
    driver.hangs_when_closed.add(SPEAKER)

    async with opening():
        ghost = driver.stream(SPEAKER)
        driver.unplug(SPEAKER)
        await pass_until(2, driver, voice, hand_time)
        voice.waiting = b"\x05\x00" * 48_000
        played = ghost.call(FRAMES)
        driver.released.set()

    assert played == bytes(2 * FRAMES)


async def test_an_error_in_the_callback_is_told_once_and_silence_is_played(
    driver: Any, voice: Any, opening: Open
) -> None:
    async with opening():
        voice.fails = RuntimeError("boom")
        played = [driver.plays(SPEAKER) for _ in range(3)]
        voice.fails = None
        voice.waiting = b"\x05\x00" * FRAMES
        played.append(driver.plays(SPEAKER))

    assert played == [bytes(2 * FRAMES)] * 3 + [b"\x05\x00" * FRAMES]
    assert voice.told == [
        DeviceChange(direction="output", state="failed", device=SPEAKER, reason="boom")
    ]
    assert voice.device.mishaps.count == 3


async def test_a_driver_that_fails_in_a_way_of_its_own_does_not_end_the_conversation(
    driver: Any, voice: Any, opening: Open, hand_time: Any
) -> None:
    async with opening(output="desk"):
        for _ in range(25):
            await pass_a_tick(driver, hand_time)
        driver.refuses[SPEAKER] = ZeroDivisionError("odd")
        await pass_until(2, driver, voice, hand_time, still=SPEAKER)

    assert voice.told[-1].reason == (
        "'Desk Speaker': its driver failed: ZeroDivisionError: odd"
    )


async def test_half_duplex_hears_nothing_while_the_agent_is_heard(
    driver: Any, voice: Any, opening: Open
) -> None:
    async with opening(half_duplex=True) as microphone:
        assert microphone is not None
        async with asyncio.TaskGroup() as tasks:
            first = tasks.create_task(microphone.read())
            await asyncio.sleep(0)
            voice.waiting = b"\x00\x20" * FRAMES
            driver.plays(SPEAKER)
            driver.hears(MIC, HEARD)

    assert first.result() == Pcm.silence(20, 48_000)
