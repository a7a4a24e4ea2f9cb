import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_run.builtin.video_graph import CHANGES, SOURCES, graph_problem


@pytest.mark.parametrize(
    "graph",
    [
        "testsrc2",
        "testsrc2=size=640x480:rate=10",
        "color=red",
        "color=c=#ff0000:size=320x240:rate=30000/1001",
        "smptebars=size=640x480 , hflip, scale=320:240",
        "mandelbrot=rate=5,format=gray",
    ],
)
def test_what_only_draws_may_run(graph: str) -> None:
    assert graph_problem(graph) is None


@pytest.mark.parametrize(
    ("graph", "problem"),
    [
        ("movie=/etc/passwd", "'/' is not allowed in a graph"),
        ("movie=secret.mp4", "'movie' is no filter that draws a picture"),
        ("amovie=secret.mp3", "'amovie' is no filter that draws a picture"),
        (
            "color=red,drawtext=textfile=secret",
            "'drawtext' is no filter that may change a picture",
        ),
        (
            "color,sendcmd=f=commands",
            "'sendcmd' is no filter that may change a picture",
        ),
        ("color,zmq", "'zmq' is no filter that may change a picture"),
        ("life=filename=secret", "'life' is no filter that draws a picture"),
        ("color;movie=x", "';' is not allowed in a graph"),
        ("color[a];[a]hflip", "'[' is not allowed in a graph"),
        ("'movie'=x", "''' is not allowed in a graph"),
        ("mo\\vie=x", "'\\' is not allowed in a graph"),
        ("color,drawbox=/color=secret", "'/' is not allowed in a graph"),
        ("color=red,", "'' is no filter"),
        ("", "'' is no filter"),
        ("hflip", "'hflip' is no filter that draws a picture"),
        ("color,color", "'color' is no filter that may change a picture"),
        ("COLOR=red", "'COLOR=red' is no filter"),
        ("color@movie=x", "'color@movie=x' is no filter"),
    ],
)
def test_what_could_do_more_than_draw_is_refused(graph: str, problem: str) -> None:
    found = graph_problem(graph)

    assert found is not None
    assert found[0] == problem


def test_a_misspelt_filter_names_the_nearest() -> None:
    assert graph_problem("testsrc3") == (
        "'testsrc3' is no filter that draws a picture",
        "did you mean 'testsrc'?",
    )


@given(st.text("color=,;:'\\[]/movie @\n", max_size=40))
def test_no_text_hides_a_filter(graph: str) -> None:
    if graph_problem(graph) is None:
        names = [part.partition("=")[0].strip() for part in graph.split(",")]

        assert names[0] in SOURCES
        assert set(names[1:]) <= CHANGES


@pytest.mark.parametrize(
    "graph", [*sorted(SOURCES), *(f"color,{name}" for name in sorted(CHANGES))]
)
def test_ffmpeg_knows_what_is_allowed(graph: str) -> None:
    with av.open(graph, format="lavfi") as container:
        frame = next(container.decode(container.streams.video[0]))

    assert frame.width > 0
