"""What is heard, to the frame, where a driver's thread and the session meet."""

from typing import Any

from realtime_run.core.pcm import Pcm
from realtime_run.media.playback import Playback
from realtime_run_devices.driver import Format
from realtime_run_devices.speaker import Speaker

FRAMES = 240
FORM = Format(rate_hz=24_000, period_ms=10)


class InterruptsAtOnce:
    """Interrupts right when samples have left the ring for the device."""

    delay_ms = 0

    def __init__(self, playback: Playback) -> None:
        self.playback = playback
        self.after = 0
        self.played: list[dict[str, float]] = []

    def far(self, samples: bytes) -> None:
        assert samples
        self.after -= 1
        if self.after == 0:
            self.played.append(dict(self.playback.flush()))

    def near(self, samples: bytes) -> bytes:
        return samples


async def test_who_interrupts_as_samples_leave_hears_of_none_that_the_device_holds(
    driver: Any, hand_time: Any
) -> None:
    playback = Playback(24_000, lambda _: None)
    processing = InterruptsAtOnce(playback)
    speaker = Speaker(playback, processing, FORM, lambda _: None, hand_time)
    playback.attach(speaker)
    line = speaker.line()
    speaker.open(driver, None, line)
    speaker.use(line, "Desk Speaker")
    line.used = True
    playback.push("r1", Pcm(b"\1\0" * 100 * FRAMES, 24_000))

    processing.after = 50
    for _ in range(50):
        await hand_time.forward(0.01)
        driver.plays("Desk Speaker")

    # Two of the fifty periods have not sounded yet: one is under way, one just left.
    assert processing.played == [{"r1": 480.0}]
