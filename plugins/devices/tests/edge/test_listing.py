import threading
from typing import Any

import pytest

from realtime_run.core.errors import AudioError
from realtime_run_devices import listing
from realtime_run_devices.listing import PERIOD_MS, RATE_HZ, Listing

MIC, SPEAKER = "Desk Microphone", "Desk Speaker"
FRAMES = RATE_HZ * PERIOD_MS // 1000


class Room:
    """Carries a loudspeaker's sound to a microphone, as fast as it can."""

    def __init__(self, driver: Any, delay_periods: int, halvings: int) -> None:
        self._driver = driver
        self._air = [bytes(2 * FRAMES)] * delay_periods
        self._halvings = halvings
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(0.0005):
            played = bytes(2 * FRAMES)
            open_ = [one for one in self._driver.streams if not one.closed.is_set()]
            for stream in open_:
                if stream.name == SPEAKER:
                    played = stream.call(FRAMES)
            self._air.append(played)
            heard = memoryview(self._air.pop(0)).cast("h")
            softer = b"".join(
                (sample >> self._halvings).to_bytes(2, "little", signed=True)
                for sample in heard
            )
            for stream in open_:
                if stream.name == MIC:
                    stream.call(softer)


def test_the_echo_of_a_room_is_measured(driver: Any) -> None:
    said: list[str] = []

    with Room(driver, delay_periods=4, halvings=2):
        test = Listing(driver).test("default", 0, said.append)

    assert test.echo_db == pytest.approx(12.0, abs=0.2)
    assert test.echo_delay_ms == 40
    assert (test.recorded_db, test.clipped) == (120.0, False)
    assert said == [
        f"microphone '{MIC}': say something, for a second",
        f"loudspeaker '{SPEAKER}': this is what was heard",
        "now a whistle from low to high, to hear whether it comes back",
    ]
    assert all(stream.closed.is_set() for stream in driver.streams)


def test_a_microphone_that_stops_giving_sound_is_an_error(
    driver: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PATIENCE_S", -1.0)

    with pytest.raises(AudioError) as raised:
        Listing(driver).test(MIC, SPEAKER, lambda line: None)

    assert str(raised.value) == (
        f"the microphone '{MIC}' gives no sound: it was unplugged, or hangs"
    )
    assert driver.stream(MIC).closed.is_set()


def test_a_device_that_cannot_be_opened_is_named(driver: Any) -> None:
    driver.refuses[MIC] = "another program uses it"

    with pytest.raises(AudioError) as raised:
        Listing(driver).test(MIC, SPEAKER, lambda line: None)

    assert str(raised.value) == (
        f"cannot use the microphone '{MIC}': another program uses it"
    )


def test_a_sound_system_that_hangs_is_an_error(
    driver: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "LIST_S", 0.01)
    driver.hangs_when_listed = True

    with pytest.raises(AudioError, match=r"list of devices takes longer than 0\.01 s"):
        Listing(driver).listed()


def test_a_device_that_hangs_when_it_is_opened_is_an_error(
    driver: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "OPEN_S", 0.01)
    driver.hangs_when_opened.add(MIC)

    with pytest.raises(AudioError, match=r"opening it takes longer than 0\.01 s"):
        Listing(driver).test(MIC, SPEAKER, lambda line: None)


def test_all_devices_are_listed(driver: Any) -> None:
    names = [device.name for device in Listing(driver).listed()]

    assert names == [MIC, SPEAKER]
