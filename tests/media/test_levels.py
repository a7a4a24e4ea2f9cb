import math
from array import array

import pytest

from realtime_run.core.pcm import Pcm
from realtime_run.media.levels import SILENCE_DB, level_db


@pytest.mark.parametrize(
    ("samples", "level"),
    [
        ([], SILENCE_DB),
        ([0] * 320, SILENCE_DB),
        ([-32768] * 320, 0.0),
        ([16384, -16384] * 160, -6.0206),
        ([1] * 320, -90.309),
    ],
)
def test_levels_are_rms_below_full_scale(samples: list[int], level: float) -> None:
    pcm = Pcm(array("h", samples).tobytes(), 16_000)

    assert level_db(pcm) == pytest.approx(level, abs=0.001)


def test_every_fourth_sample_tells_nearly_the_same() -> None:
    tone = array("h", (round(9000 * math.sin(at / 7)) for at in range(480)))
    pcm = Pcm(tone.tobytes(), 24_000)

    assert level_db(pcm, every=4) == pytest.approx(level_db(pcm), abs=0.5)
