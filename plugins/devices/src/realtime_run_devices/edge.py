"""`audio: devices`: the user is heard by a microphone, and hears a loudspeaker."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

from realtime_run.plugin.edges import Microphone, Playback
from realtime_run.plugin.threads import run_in_thread
from realtime_run_devices.calls import LIST_S, asked
from realtime_run_devices.driver import Driver, Format
from realtime_run_devices.keeper import End, Keeper
from realtime_run_devices.line import Time
from realtime_run_devices.microphone import DeviceMicrophone
from realtime_run_devices.miniaudio_driver import MiniaudioDriver
from realtime_run_devices.names import resolve
from realtime_run_devices.processing import Processing, make_processing
from realtime_run_devices.settings import NONE, DevicesSettings
from realtime_run_devices.speaker import Speaker


class SystemTime:
    """The monotonic clock and the event loop's timer."""

    def now(self) -> float:
        """Return monotonic seconds."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class DevicesAudio:
    """A microphone and a loudspeaker of this machine."""

    def __init__(
        self,
        settings: DevicesSettings,
        driver: Driver | None = None,
        clock: Time | None = None,
    ) -> None:
        """Make an edge that is not open.

        Args:
            settings: Which devices, and what becomes of the sound.
            driver: The sound system; miniaudio's if it is left out.
            clock: What the loss of a device is noticed by.
        """
        self._settings = settings
        self._driver = driver or MiniaudioDriver()
        self._clock = clock or SystemTime()

    @property
    def output_hz(self) -> int | None:
        """The rate at which it pulls; None takes the provider's."""
        return self._settings.output_rate

    @property
    def live(self) -> bool:
        """True if a person may speak."""
        return self._settings.hears

    @asynccontextmanager
    async def open(self, playback: Playback) -> AsyncGenerator[Microphone | None]:
        """Open the devices.

        Raises:
            AudioError: If one that is named is not there, or cannot be used.
        """
        processing = await run_in_thread(self._processing, playback.rate_hz)
        microphone = self._microphone(processing, playback)
        speaker = Speaker(
            playback,
            processing,
            self._form(playback.rate_hz),
            playback.report,
            self._clock,
        )
        playback.attach(speaker)
        ends: list[End] = [] if microphone is None else [microphone]
        ends += [speaker] if self._settings.speaks else []
        async with self._kept(ends, playback), _mute(speaker, self._settings):
            yield microphone

    @asynccontextmanager
    async def _kept(self, ends: list[End], playback: Playback) -> AsyncGenerator[None]:
        """Open the ends, and replace what is lost; an error of the body stays bare."""
        failure: Exception | None = None
        async with AsyncExitStack() as closing:
            keepers = await self._started(ends, playback, closing)
            async with asyncio.TaskGroup() as tasks:
                running = [tasks.create_task(keeper.keep()) for keeper in keepers]
                try:
                    yield
                except Exception as error:  # noqa: BLE001 - raised again below
                    failure = error
                finally:
                    for task in running:
                        task.cancel()
        if failure is not None:
            raise failure

    async def _started(
        self, ends: list[End], playback: Playback, closing: AsyncExitStack
    ) -> list[Keeper]:
        present = await asked(
            self._driver.listed, within_s=LIST_S, what="the list of devices"
        )
        chosen = {"input": self._settings.input, "output": self._settings.output}
        # All that is wrong with the names is told before anything is opened.
        found = [
            (end, *resolve(chosen[end.direction], end.direction, present))
            for end in ends
        ]
        keepers: list[Keeper] = []
        for end, home, device in found:
            keeper = Keeper(end, self._driver, home, playback.report, self._clock)
            closing.push_async_callback(keeper.close)
            await keeper.start(device, present)
            keepers.append(keeper)
        return keepers

    def _processing(self, output_hz: int) -> Processing:
        return make_processing(
            echo_cancellation=self._settings.echo_cancellation,
            noise_suppression=self._settings.noise_suppression,
            half_duplex=self._settings.half_duplex,
            input_hz=self._settings.input_rate,
            output_hz=output_hz,
        )

    def _microphone(
        self, processing: Processing, playback: Playback
    ) -> DeviceMicrophone | None:
        if not self._settings.hears:
            return None
        form = self._form(self._settings.input_rate)
        return DeviceMicrophone(processing, form, playback.report, self._clock)

    def _form(self, rate_hz: int) -> Format:
        return Format(rate_hz=rate_hz, period_ms=round(self._settings.period * 1000))


@asynccontextmanager
async def _mute(speaker: Speaker, settings: DevicesSettings) -> AsyncGenerator[None]:
    """Play to nobody, if there is to be no loudspeaker."""
    if settings.speaks:
        yield
        return
    line = speaker.line()
    stream = speaker.open_silence(line)
    speaker.use(line, NONE)
    line.used = True
    try:
        yield
    finally:
        line.used = False
        stream.close()
