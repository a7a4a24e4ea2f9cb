import struct
import wave
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from realtime_run.core.errors import AudioError
from realtime_run.media.wav import HEADER_BYTES, WavWriter, wav_header


def read(path: Path) -> tuple[int, int, bytes]:
    with wave.open(str(path)) as file:
        return file.getframerate(), file.getnchannels(), file.readframes(1 << 30)


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "runs" / "deep" / "a.wav"

    with WavWriter(path, 24_000) as wav:
        wav.write(b"\1\0\2\0")
        wav.write(b"\3\0")

    assert read(path) == (24_000, 1, b"\1\0\2\0\3\0")


def test_an_empty_file_is_a_whole_one(tmp_path: Path) -> None:
    wav = WavWriter(tmp_path / "a.wav", 16_000)

    before_closing = read(tmp_path / "a.wav")
    wav.close()

    assert before_closing == (16_000, 1, b"")


def test_the_file_is_whole_while_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    wav = WavWriter(path, 8_000)

    for period in range(100):
        wav.write(bytes([period, 0]) * 160)
        _, _, samples = read(path)
        missing = (period + 1) * 160 - len(samples) // 2
        assert missing < 8_000 / 4

    wav.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.integers(0, 1), st.integers(0, 300), st.binary(max_size=80)),
        max_size=12,
    )
)
def test_channels_may_be_written_at_any_place(
    tmp_path: Path, writes: list[tuple[int, int, bytes]]
) -> None:
    expected = [[0, 0] for _ in range(400)]
    length = 0

    with WavWriter(tmp_path / "a.wav", 8_000, 2) as wav:
        for channel, at, data in writes:
            samples = struct.unpack(f"<{len(data) // 2}h", data[: len(data) // 2 * 2])
            wav.write_channel(channel, at, struct.pack(f"<{len(samples)}h", *samples))
            for offset, sample in enumerate(samples):
                expected[at + offset][channel] = sample
            length = max(length, at + len(samples) if samples else 0)

    _, _, written = read(tmp_path / "a.wav")
    frames = [list(frame) for frame in struct.iter_unpack("<hh", written)]
    assert frames[:length] == expected[:length]


def test_a_file_beyond_4_gib_becomes_rf64() -> None:
    frames = (1 << 32) // 2

    header = wav_header(frames, 48_000, 1)

    assert len(header) == HEADER_BYTES
    assert header[:4] + header[8:16] == b"RF64WAVEds64"
    assert struct.unpack("<QQQ", header[20:44]) == (
        frames * 2 + HEADER_BYTES - 8,
        frames * 2,
        frames,
    )


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file")
    path = tmp_path / "runs" / "a.wav"

    with pytest.raises(AudioError) as raised:
        WavWriter(path, 8_000)

    assert str(raised.value) in (
        f"cannot write '{path}': file exists",
        f"cannot write '{path}': not a directory",
    )


def test_a_folder_in_the_place_of_the_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(AudioError) as raised:
        WavWriter(tmp_path, 8_000)

    assert str(raised.value) == f"cannot write '{tmp_path}': is a directory"


def test_a_file_that_is_being_written_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"

    with WavWriter(path, 24_000) as wav:
        wav.write(b"\1\0")
        with pytest.raises(AudioError, match="another conversation is writing it"):
            WavWriter(path, 16_000)

    assert read(path) == (24_000, 1, b"\1\0")


def test_an_older_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"old" * 1000)

    WavWriter(path, 16_000).close()

    assert path.stat().st_size == HEADER_BYTES


def test_what_is_no_file_takes_the_sound_of_several() -> None:
    with (
        WavWriter(Path("/dev/null"), 16_000) as one,
        WavWriter(Path("/dev/null"), 16_000) as other,
    ):
        one.write(b"\1\0")
        other.write(b"\1\0")

    assert (one.frames, other.frames) == (1, 1)
