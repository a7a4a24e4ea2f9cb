from collections.abc import Callable
from typing import Any

import pytest

from realtime_run.core.errors import VideoError
from realtime_run.core.picture import Picture
from realtime_run.media.frames import Converter, scaled
from realtime_run.media.jpeg import JpegEncoder

Draw = Callable[[str], Any]
COLOURS = {
    "red": (255, 0, 0),
    "lime": (0, 255, 0),
    "blue": (0, 0, 255),
    "white": (255, 255, 255),
    "black": (0, 0, 0),
    "orange": (255, 165, 0),
}


def is_near(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(abs(a - b) <= 3 for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("pixels", ["yuv420p", "yuvj420p", "rgb24", "bgr0", "nv12"])
@pytest.mark.parametrize("colour", COLOURS)
def test_a_colour_stays_what_it_is_from_every_kind_of_frame(
    colour: str, pixels: str, drawn: Draw, colour_of_jpeg: Callable[[bytes], Any]
) -> None:
    frame = drawn(f"color={colour}:size=64x48,format={pixels}")

    jpeg = JpegEncoder().encode(Converter(1280).picture(frame))

    assert is_near(colour_of_jpeg(jpeg.data), COLOURS[colour])


def test_a_film_of_high_definition_has_its_colours_too(
    drawn: Draw, colour_of_jpeg: Callable[[bytes], Any]
) -> None:
    graph = "color=lime:size=64x48,scale=out_color_matrix=bt709,format=yuv420p"
    frame = drawn(graph)
    assert frame.colorspace == 1

    jpeg = JpegEncoder().encode(Converter(1280).picture(frame))

    assert is_near(colour_of_jpeg(jpeg.data), COLOURS["lime"])


def test_a_jpeg_is_scaled_down_and_never_up(drawn: Draw) -> None:
    large = Converter(1280).picture(drawn("testsrc2=size=1280x720"))
    small = Converter(1280).picture(drawn("testsrc2=size=320x240"))

    assert (JpegEncoder().encode(large).width, JpegEncoder().encode(large).height) == (
        768,
        432,
    )
    assert (JpegEncoder().encode(small).width, JpegEncoder().encode(small).height) == (
        320,
        240,
    )


@pytest.mark.parametrize("most", [100_000, 30_000, 10_000, 3_000])
def test_a_jpeg_is_made_to_fit(noise: Picture, most: int) -> None:
    jpeg = JpegEncoder(max_bytes=most).encode(noise)

    assert most / 4 < len(jpeg.data) <= most


def test_the_same_picture_gives_the_same_bytes(noise: Picture) -> None:
    assert JpegEncoder().encode(noise) == JpegEncoder().encode(noise)


def test_what_cannot_be_made_to_fit_is_an_error(noise: Picture) -> None:
    with pytest.raises(VideoError, match="1280x720 does not fit into the 200 bytes"):
        JpegEncoder(max_bytes=200).encode(noise)


def test_a_picture_that_is_small_enough_is_left_alone(noise: Picture) -> None:
    assert scaled(noise, 1280) is noise
    assert (scaled(noise, 640).width, scaled(noise, 640).height) == (640, 360)


def test_planes_come_without_the_padding_of_their_frame(drawn: Draw) -> None:
    picture = Converter(1280).picture(drawn("color=red:size=50x38"))

    luma, chroma = 50 * 38, 25 * 19
    assert picture.i420[:luma] == bytes([81]) * luma
    assert picture.i420[luma : luma + chroma] == bytes([90]) * chroma
    assert picture.i420[luma + chroma :] == bytes([240]) * chroma
