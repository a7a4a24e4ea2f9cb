"""What becomes of the microphone's sound before the conversation gets it.

The device hands over what leaves the ring (the far end) and what the microphone hears
(the near end); which of the three things a spec may ask for is done with it, is chosen
here and carried out in `echo_cancellation` and `half_duplex`.
"""

from typing import Protocol


class Processing(Protocol):
    """Cleans the microphone's sound of the agent's voice, or of noise.

    `far` and `near` may be called from different threads at the same time. Neither
    waits for a device, and neither keeps more than 10 ms of samples.
    """

    @property
    def delay_ms(self) -> int:
        """About how long it takes from `far` to the same sound in `near`.

        That is what both devices hold. A hint, 0 until it is known; may be set at any
        time. Rather too little than too much: what is missing is found within two
        seconds, while an echo that comes before its time is not looked for at all.
        """
        ...

    @delay_ms.setter
    def delay_ms(self, delay_ms: int) -> None: ...

    def far(self, samples: bytes) -> None:
        """Take note of what the speaker is about to play, silence included.

        Args:
            samples: Mono s16le at the output's rate, exactly as they leave the ring, in
                pieces of any size.

        Raises:
            AudioError: If the library that does it fails.
        """
        ...

    def near(self, samples: bytes) -> bytes:
        """Return what the conversation gets in place of what the microphone heard.

        Args:
            samples: Mono s16le at the input's rate, in pieces of any size.

        Returns:
            The same number of samples, if 10 ms divide it; else the rest of less than
            10 ms comes out with the next ones.

        Raises:
            AudioError: If the library that does it fails.
        """
        ...


def make_processing(
    *,
    echo_cancellation: bool,
    noise_suppression: bool,
    half_duplex: bool,
    input_hz: int,
    output_hz: int,
) -> Processing:
    """Return what does all of what is asked for, and nothing else.

    May take 0.5 s, since it loads a library: call it in a thread. Both devices need one
    and the same; a device that is replaced keeps it.

    Args:
        echo_cancellation: Take the speaker's sound out of the microphone's.
        noise_suppression: Take steady noise out of the microphone's sound.
        half_duplex: Give silence while the agent can be heard.
        input_hz: The microphone's rate.
        output_hz: The speaker's rate.

    Raises:
        AudioError: If the library that does it is absent or does not load, or cannot
            take the microphone's rate; never for `half_duplex` alone.
    """
    stages: list[Processing] = []
    if echo_cancellation or noise_suppression:
        from realtime_run_devices.echo_cancellation import (  # noqa: PLC0415 - most specs do without
            AudioProcessor,
        )

        stages.append(
            AudioProcessor(
                echo_cancellation=echo_cancellation,
                noise_suppression=noise_suppression,
                input_hz=input_hz,
                output_hz=output_hz,
            )
        )
    if half_duplex:
        from realtime_run_devices.half_duplex import (  # noqa: PLC0415 - most specs do without
            HalfDuplex,
        )

        # Last: an echo canceller goes on learning the room from what the gate hides.
        stages.append(HalfDuplex(input_hz=input_hz, output_hz=output_hz))
    match stages:
        case []:
            return _Untouched()
        case [only]:
            return only
        case _:
            return _Chain(tuple(stages))


class _Untouched:
    """Passes the microphone through."""

    def __init__(self) -> None:
        self.delay_ms = 0

    def far(self, samples: bytes) -> None:
        """Forget it."""

    def near(self, samples: bytes) -> bytes:
        return samples


class _Chain:
    """Passes the microphone through one stage after the other."""

    def __init__(self, stages: tuple[Processing, ...]) -> None:
        self._stages = stages

    @property
    def delay_ms(self) -> int:
        return self._stages[0].delay_ms

    @delay_ms.setter
    def delay_ms(self, delay_ms: int) -> None:
        for stage in self._stages:
            stage.delay_ms = delay_ms

    def far(self, samples: bytes) -> None:
        for stage in self._stages:
            stage.far(samples)

    def near(self, samples: bytes) -> bytes:
        for stage in self._stages:
            samples = stage.near(samples)
        return samples
