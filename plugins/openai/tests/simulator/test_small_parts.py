import base64
import struct
from io import BytesIO
from typing import Any

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_run.simulation.agenda import Activity, Agenda
from realtime_run_openai.simulator import g711, pictures
from realtime_run_openai.simulator.sight import video_described


def decoded_by_ffmpeg(coded: bytes, codec: str) -> bytes:
    context: Any = av.CodecContext.create(codec, "r")
    context.sample_rate, context.layout = 8_000, "mono"
    frames = context.decode(av.Packet(coded))
    return b"".join(bytes(one.planes[0])[: one.samples * 2] for one in frames)


@pytest.mark.parametrize(
    ("law", "codec"), [("audio/pcmu", "pcm_mulaw"), ("audio/pcma", "pcm_alaw")]
)
def test_telephone_codes_mean_what_they_mean_to_others(
    law: g711.Law, codec: str
) -> None:
    every = bytes(range(256))

    assert g711.decode(every, law) == decoded_by_ffmpeg(every, codec)


@pytest.mark.parametrize("law", ["audio/pcmu", "audio/pcma"])
@given(level=st.integers(-32_000, 32_000))
def test_a_sample_comes_back_nearly_the_same(law: g711.Law, level: int) -> None:
    coded = g711.encode(struct.pack("<3h", level, level, level), law)

    (found,) = struct.unpack("<h", g711.decode(coded, law))

    assert abs(found - level) <= max(8, abs(level) // 16)


@pytest.mark.parametrize(("codec", "size"), [("mjpeg", (64, 48)), ("png", (65, 47))])
def test_the_size_of_a_picture_is_read(codec: str, size: tuple[int, int]) -> None:
    frame = av.VideoFrame(*size, "rgb24")
    context: Any = av.CodecContext.create(codec, "w")
    context.width, context.height = size
    context.pix_fmt = "yuvj420p" if codec == "mjpeg" else "rgb24"
    context.time_base = 1
    written = BytesIO()
    for packet in context.encode(frame.reformat(format=context.pix_fmt)):
        written.write(bytes(packet))

    assert pictures.size_of(written.getvalue()) == size


@given(
    st.binary(max_size=60),
    st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"]),
)
def test_what_is_no_picture_has_no_size_and_does_no_harm(
    tail: bytes, head: bytes
) -> None:
    found = pictures.size_of(head + tail)

    assert found is None or len(found) == 2


def test_a_data_url_is_decoded_or_is_none() -> None:
    url = "data:image/png;base64," + base64.b64encode(b"abc").decode()

    assert pictures.decoded(url) == b"abc"
    assert pictures.decoded("data:image/png;base64,%") is None


def test_colours_have_names() -> None:
    assert video_described(250, 10, 10) == "a video that is mostly red"
    assert video_described(2, 3, 5) == "a video that is mostly black"


def counting(into: list[str], name: str, times: int) -> Activity:
    for number in range(times):
        into.append(f"{name}{number}")
        yield 1.0


def test_activities_take_their_steps_in_order_of_time() -> None:
    agenda, seen = Agenda(), list[str]()
    agenda.start("a", counting(seen, "a", 2), 0.0)
    agenda.start("b", counting(seen, "b", 2), 0.5)

    agenda.run(0.2)
    first = list(seen)
    agenda.run(10.0)

    assert first == ["a0"]
    assert seen == ["a0", "b0", "a1", "b1"]
    assert agenda.deadline is None


def test_a_late_step_does_not_shift_those_after_it() -> None:
    agenda, seen = Agenda(), list[str]()
    agenda.start("a", counting(seen, "a", 3), 0.0)

    agenda.run(0.9)

    assert agenda.deadline == 1.0


def test_a_stopped_activity_takes_no_more_steps() -> None:
    agenda, seen = Agenda(), list[str]()
    agenda.start("a", counting(seen, "a", 3), 0.0)
    agenda.run(0.0)

    agenda.stop("a")
    agenda.stop("never begun")
    agenda.run(10.0)

    assert seen == ["a0"]


def test_an_activity_may_replace_itself() -> None:
    agenda, seen = Agenda(), list[str]()

    def first() -> Activity:
        agenda.start("a", counting(seen, "later", 1), 5.0)
        yield 1.0

    agenda.start("a", first(), 0.0)
    agenda.run(1.0)

    assert (seen, agenda.deadline) == ([], 5.0)
