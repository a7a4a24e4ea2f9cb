import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_run_local.brain.chat_codec import Answer, messages, problem
from realtime_run_local.brain.pieces import BrainError, ToolCall
from realtime_run_local.brain.sse import LONGEST_LINE, SseDecoder
from realtime_run_local.history import Called, Returned, Said


def said(role: str, text: str) -> Said:
    return Said(item_id=text, role=role, text=text)  # type: ignore[arg-type]  # a Role


CALL = Called(item_id="i", call_id="c1", name="move", arguments='{"m": 1}')
RESULT = Returned(item_id="o", call_id="c1", name="move", output="ok", success=True)
PAIR = (
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {
                "id": "c1",
                "type": "function",
                "function": {"name": "move", "arguments": '{"m": 1}'},
            }
        ],
    },
    {"role": "tool", "tool_call_id": "c1", "content": "ok"},
)


def test_a_call_and_its_result_stand_side_by_side_where_the_result_came() -> None:
    entries = (said("user", "go"), CALL, said("user", "hello"), RESULT)

    assert messages("Be brief.", entries, 10) == (
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "go"},
        {"role": "user", "content": "hello"},
        *PAIR,
    )


def test_a_call_without_a_result_is_left_out() -> None:
    assert messages("", (said("user", "go"), CALL), 10) == (
        {"role": "user", "content": "go"},
    )


def test_a_long_conversation_loses_its_beginning_but_no_half_of_a_call() -> None:
    entries = (said("user", "go"), CALL, RESULT, said("user", "on"))

    assert messages("", entries, 2) == (*PAIR, {"role": "user", "content": "on"})


def test_a_result_of_an_earlier_connection_is_told_as_a_note() -> None:
    failed = Returned(item_id="o", call_id="x", name="t", output="no", success=False)

    assert messages("", (failed,), 10) == (
        {"role": "system", "content": "The tool t returned: error: no"},
    )


def chunk(**delta: object) -> str:
    return json.dumps({"choices": [{"delta": delta}]})


def test_streamed_tool_calls_are_put_together_by_their_index() -> None:
    answer = Answer()

    for index, function in (
        (0, {"name": "a", "arguments": ""}),
        (1, {"name": "b", "arguments": '{"y"'}),
        (0, {"arguments": '{"x": 1}'}),
        (1, {"arguments": ": 2}"}),
    ):
        part = {"index": index, "function": function}
        if "name" in function:
            part["id"] = f"c{index}"
        assert answer.take(chunk(tool_calls=[part])) == ""

    assert answer.calls == (
        ToolCall(call_id="c0", name="a", arguments='{"x": 1}'),
        ToolCall(call_id="c1", name="b", arguments='{"y": 2}'),
    )


def test_usage_may_come_in_a_chunk_without_choices() -> None:
    answer = Answer()

    text = answer.take('{"choices": [], "usage": {"total_tokens": 7}}')

    assert (text, answer.usage) == ("", {"total_tokens": 7})


@pytest.mark.parametrize("text", ["{", "[]", '{"choices": 3}', '{"choices": [5]}'])
def test_what_is_no_chunk_is_an_error_of_the_endpoint(text: str) -> None:
    with pytest.raises(BrainError, match="the endpoint sent"):
        Answer().take(text)


def test_an_error_within_the_stream_is_raised_with_its_code() -> None:
    with pytest.raises(BrainError) as raised:
        Answer().take('{"error": {"message": "overloaded", "code": 503}}')

    assert (raised.value.message, raised.value.code) == ("overloaded", "503")


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ('{"error": {"message": "no", "type": "auth"}}', ("no", "auth")),
        ('{"error": "model not found"}', ("model not found", None)),
        ("<h1>Bad\nGateway</h1>", ("<h1>Bad Gateway</h1>", None)),
        ("", ("no reason given", None)),
    ],
)
def test_errors_are_read_in_all_their_forms(
    body: str, found: "tuple[str, str | None]"
) -> None:
    assert problem(body) == found


@given(
    st.lists(st.text(alphabet="aé€😀 :", min_size=1), max_size=6),
    st.integers(1, 9),
    st.sampled_from(["\n", "\r\n"]),
)
def test_events_are_the_same_however_the_bytes_arrive(
    texts: list[str], size: int, end: str
) -> None:
    stream = "".join(f": note{end}data: {text}{end}{end}" for text in texts).encode()
    decoder, found = SseDecoder(), list[str]()

    for at in range(0, len(stream), size):
        found += decoder.push(stream[at : at + size])

    assert found == texts


def test_an_event_of_several_lines_is_one_and_the_last_needs_no_end() -> None:
    decoder = SseDecoder()

    assert decoder.push(b"event: x\ndata:a\ndata: b\n\ndata: c") == ("a\nb",)
    assert decoder.flush() == ("c",)


def test_a_line_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="a line of more than"):
        SseDecoder().push(b"x" * (LONGEST_LINE + 1))
