from collections.abc import Iterator

import pytest

from realtime_run_devices.virtual_audio import VirtualAudio, virtual_audio


@pytest.fixture(name="virtual_audio")
def running_virtual_audio() -> Iterator[VirtualAudio]:
    """A sound server of this test's own: it is up within 40 ms.

    Mark the test with `debian("pulseaudio")` and
    `debian("pulseaudio-utils", program="pactl")`.
    """
    with virtual_audio() as sound:
        yield sound
