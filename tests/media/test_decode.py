import math
import os
import random
import struct
from array import array
from pathlib import Path

import pytest

from realtime_run.core.errors import AudioError
from realtime_run.core.pcm import Pcm
from realtime_run.media.decode import open_sound

PCM, FLOAT = 1, 3
GARBAGE = random.Random(2).randbytes(200_000)  # noqa: S311 - the same each time


def wav(  # noqa: PLR0913 - the fields of a header
    data: bytes,
    *,
    bits: int = 16,
    rate_hz: int = 16_000,
    channels: int = 1,
    kind: int = PCM,
    extensible: bool = False,
    declared: int | None = None,
) -> bytes:
    width = channels * bits // 8 & 0xFFFF
    size = len(data) if declared is None else declared
    tag = 0xFFFE if extensible else kind
    shape = struct.pack(
        "<HHIIHH", tag, channels, rate_hz, rate_hz * width & 0xFFFFFFFF, width, bits
    )
    if extensible:
        guid = struct.pack("<H", kind) + bytes.fromhex("000000001000800000aa00389b71")
        shape += struct.pack("<HHI", 22, bits, (1 << channels) - 1) + guid
    chunks = b"WAVEfmt " + struct.pack("<I", len(shape)) + shape
    chunks += b"data" + struct.pack("<I", size) + data
    return b"RIFF" + struct.pack("<I", min(4 + len(chunks), 0xFFFFFFFF)) + chunks


def decoded(path: Path, raw_rate_hz: int = 16_000) -> Pcm:
    sound = open_sound(path, raw_rate_hz)
    try:
        whole = Pcm(b"", sound.rate_hz)
        while (block := sound.read()).data:
            assert block.duration_ms <= 1500
            whole += block
    finally:
        sound.close()
    return whole


VALUES = [0, 1000, -1000, 32767, -32768, 12345]


@pytest.mark.parametrize("extensible", [False, True])
@pytest.mark.parametrize(
    ("bits", "kind", "data"),
    [
        (16, PCM, struct.pack("<6h", *VALUES)),
        (
            24,
            PCM,
            b"".join((v << 8).to_bytes(3, "little", signed=True) for v in VALUES),
        ),
        (32, PCM, struct.pack("<6i", *(v << 16 for v in VALUES))),
        (32, FLOAT, struct.pack("<6f", *(v / 32768 for v in VALUES))),
    ],
)
def test_wav_of_every_depth_gives_the_same_samples(
    tmp_path: Path, bits: int, kind: int, data: bytes, *, extensible: bool
) -> None:
    path = tmp_path / "q.wav"
    path.write_bytes(wav(data, bits=bits, kind=kind, extensible=extensible))

    assert decoded(path) == Pcm(struct.pack("<6h", *VALUES), 16_000)


def test_wav_of_8_bits_is_unsigned(tmp_path: Path) -> None:
    path = tmp_path / "q.wav"
    path.write_bytes(wav(bytes([128, 255, 0, 129]), bits=8))

    samples = struct.unpack("<4h", decoded(path).data)

    assert samples == (0, 127 << 8, -32768, 256)


def test_floats_beyond_full_scale_are_clipped(tmp_path: Path) -> None:
    path = tmp_path / "q.wav"
    path.write_bytes(wav(struct.pack("<3f", 2.0, -2.0, 0.5), bits=32, kind=FLOAT))

    assert struct.unpack("<3h", decoded(path).data) == (32767, -32768, 16384)


def test_stereo_is_mixed_down_by_averaging(tmp_path: Path) -> None:
    path = tmp_path / "q.wav"
    path.write_bytes(wav(struct.pack("<hh", 1000, 3000) * 500, channels=2))

    assert decoded(path) == Pcm(struct.pack("<h", 2000) * 500, 16_000)


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 22_050, 44_100, 96_000])
def test_a_file_keeps_its_rate(tmp_path: Path, rate_hz: int) -> None:
    tone = array("h", (round(9000 * math.sin(at / 9)) for at in range(rate_hz)))
    path = tmp_path / "q.wav"
    path.write_bytes(wav(tone.tobytes(), rate_hz=rate_hz))

    assert decoded(path) == Pcm(tone.tobytes(), rate_hz)


@pytest.mark.parametrize("name", ["q.flac", "q.ogg", "q.mp3", "a b%20c:d'é.m4a"])
def test_compressed_files_are_decoded(tmp_path: Path, name: str) -> None:
    av = pytest.importorskip("av")
    codec = {"ogg": "libopus", "m4a": "aac"}.get(name[-3:], name[2:])
    tone = array("h", (round(9000 * math.sin(at / 9)) for at in range(48_000)))
    path = tmp_path / name
    with av.open(f"file:{path}", "w") as container:
        stream = container.add_stream(
            "libmp3lame" if codec == "mp3" else codec, rate=48_000, layout="mono"
        )
        frame = av.AudioFrame(format="s16", layout="mono", samples=48_000)
        frame.sample_rate = 48_000
        frame.planes[0].update(tone.tobytes().ljust(frame.planes[0].buffer_size, b"\0"))
        converter = av.AudioResampler(
            stream.format.name, "mono", 48_000, frame_size=stream.frame_size or 0
        )
        for part in [*converter.resample(frame), *converter.resample(None)]:
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))

    sound = decoded(path)

    assert sound.rate_hz == 48_000
    assert 950 <= sound.duration_ms <= 1100


def test_a_raw_file_has_the_rate_that_it_is_given(tmp_path: Path) -> None:
    path = tmp_path / "q.raw"
    path.write_bytes(b"\1\0\2\0\3")

    assert decoded(path, 8_000) == Pcm(b"\1\0\2\0", 8_000)


def test_a_size_larger_than_the_file_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "q.wav"
    path.write_bytes(wav(b"\1\0" * 1000, declared=0xFFFFFF00))

    assert decoded(path) == Pcm(b"\1\0" * 1000, 16_000)


NO_SOUND = "it is no sound file, or a damaged one"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (GARBAGE[:20_000], NO_SOUND),
        (b"Dear reader,\n" * 1000, NO_SOUND),
        (b"RIFF\x24\0\0\0WAVEfm", NO_SOUND),
        (wav(b""), "it holds no sound"),
        (b"#EXTM3U\n#EXTINF:10,\n/etc/passwd\n", NO_SOUND),
        (wav(b"\0\0", rate_hz=0), NO_SOUND),
        (wav(b"\0\0", rate_hz=99), "its sample rate is 99 Hz, not 4000 to 384000 Hz"),
        (wav(b"\0\0", channels=60_000), NO_SOUND),
    ],
    ids=[
        "empty", "garbage", "text", "truncated", "silent", "playlist",
        "no rate", "a rate of 99", "60000 channels",
    ],
)  # fmt: skip
def test_a_file_that_is_no_sound_is_named_with_the_reason(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    path = tmp_path / "q.wav"
    path.write_bytes(content)

    with pytest.raises(AudioError) as raised:
        open_sound(path, 16_000)

    assert str(raised.value) == f"cannot use '{path}' as sound: {reason}"


def test_garbage_that_pretends_to_be_an_mp3_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "q.mp3"
    path.write_bytes(GARBAGE)

    with pytest.raises(AudioError, match="as sound: it "):
        decoded(path)


def test_folders_pipes_and_missing_files_are_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    reasons = {
        "": "it is a folder",
        "pipe.wav": "it is no regular file",
        "missing.wav": "no such file or directory",
    }

    for name, reason in reasons.items():
        path = tmp_path / name
        with pytest.raises(AudioError) as raised:
            open_sound(path, 16_000)
        assert str(raised.value) == f"cannot use '{path}' as sound: {reason}"
