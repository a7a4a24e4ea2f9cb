"""From text to the located tree: places, anchors, merge keys, limits."""

from pathlib import Path
from typing import Any

import pytest

from realtime_run.spec.reader import decode, read_tree
from realtime_run.spec.source import Source, SpecProblem
from realtime_run.spec.tree import MappingNode, Node, ScalarNode, SequenceNode, lookup


def tree(text: str) -> Node:
    source = Source("a.yaml", Path(), "")
    node, _, problems = read_tree(decode(text.encode(), source))
    assert not problems
    return node


def plain(node: Node | None) -> Any:
    match node:
        case ScalarNode():
            return node.text
        case SequenceNode():
            return [plain(item) for item in node.items]
        case MappingNode():
            return {key: plain(entry.value) for key, entry in node.entries.items()}


def place(node: Node | None, *path: str) -> tuple[int, int]:
    span = lookup(node, path).span
    return span.source.position(span.start)


def refusal(text: str) -> tuple[str, int | None, int | None]:
    with pytest.raises(SpecProblem) as raised:
        tree(text)
    problem = raised.value.problem
    return problem.message, problem.line, problem.column


def test_a_value_knows_its_line_and_column() -> None:
    root = tree("a: 1\nb:\n  - x\n  - {c: y}\n")

    assert place(root, "b", 1, "c") == (4, 9)


def test_columns_count_characters_beyond_the_basic_plane_as_one() -> None:
    assert place(tree("'🦜🦜': 🦜x\n"), "🦜🦜") == (1, 7)


def test_lines_end_as_editors_see_it() -> None:
    root = tree("a: 'x\u2028y\u0085z'\r\nb: 1\rc: 2\n")

    assert [place(root, key) for key in "abc"] == [(1, 4), (2, 4), (3, 4)]


def test_old_line_breaks_are_characters_of_the_text() -> None:
    assert plain(tree("a: 'x\u2028y\u0085z'\n")) == {"a": "x\u2028y\u0085z"}


def test_characters_for_private_use_survive_beside_old_line_breaks() -> None:
    assert plain(tree("a: '\ue000\u2028\ue001'\n")) == {"a": "\ue000\u2028\ue001"}


def test_a_byte_order_mark_is_no_column() -> None:
    assert place(tree("\ufeffa: 1\n"), "a") == (1, 4)


def test_an_anchor_gives_its_value_again() -> None:
    assert plain(tree("a: &x [1, 2]\nb: *x\n")) == {"a": ["1", "2"], "b": ["1", "2"]}


def test_an_anchor_may_be_given_anew() -> None:
    assert plain(tree("- &x 1\n- *x\n- &x 2\n- *x\n")) == ["1", "1", "2", "2"]


def test_own_keys_win_over_merged_ones() -> None:
    root = tree("a: &a {x: 1, y: 1}\nb: {<<: *a, x: 2}\nc: {x: 3, <<: *a}\n")

    assert plain(root)["b"] == {"x": "2", "y": "1"}
    assert plain(root)["c"] == {"x": "3", "y": "1"}


def test_earlier_mappings_win_in_a_list_of_merged_ones() -> None:
    root = tree("a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc: {<<: [*a, *b]}\n")

    assert plain(root)["c"] == {"x": "1", "y": "2"}


def test_merged_mappings_carry_what_they_merged_themselves() -> None:
    root = tree("a: &a {x: 1}\nb: &b {<<: *a, y: 2}\nc: {<<: *b}\n")

    assert plain(root)["c"] == {"y": "2", "x": "1"}


def test_a_quoted_merge_sign_is_a_key() -> None:
    assert plain(tree("'<<': 1\n")) == {"<<": "1"}


@pytest.mark.parametrize(
    ("style", "text"),
    [
        ("|", "Be kind.\n\nBe brief.\n"),
        ("|-", "Be kind.\n\nBe brief."),
        ("|+", "Be kind.\n\nBe brief.\n\n"),
        (">", "Be kind.\nBe brief.\n"),
    ],
)
def test_blocks_of_text_keep_or_fold_their_lines(style: str, text: str) -> None:
    root = tree(f"a: {style}\n  Be kind.\n\n  Be brief.\n\nb: 1\n")

    assert plain(root) == {"a": text, "b": "1"}


def test_a_quoted_number_is_not_plain() -> None:
    root = tree("[1, '1', \"1\", !!str 1, ! 1, !!int '1']\n")

    assert [item.plain for item in root.items] == [
        True,
        False,
        False,
        False,
        False,
        True,
    ]


def test_64_levels_are_read() -> None:
    assert place(tree("[" * 64 + "]" * 64)) == (1, 1)


def test_a_level_more_is_refused_where_it_begins() -> None:
    assert refusal("[" * 65) == ("nested deeper than 64 levels", 1, 65)


def test_levels_behind_an_alias_count() -> None:
    text = "a: &a " + "[" * 40 + "]" * 40 + "\nb: " + "[" * 40 + "*a" + "]" * 40

    assert refusal(text) == ("nested deeper than 64 levels", 2, 44)


def test_50000_values_are_read() -> None:
    assert len(tree("[" + "1," * 49_999 + "]").items) == 49_999


def test_a_value_more_is_refused() -> None:
    message, line, column = refusal("[" + "1," * 50_000 + "]")

    assert (message[:22], line, column) == ("more than 50000 values", 1, 100_000)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &a {<<: *a}", "'*a' stands inside of '&a' itself"),
        ("&a [*a]", "'*a' stands inside of '&a' itself"),
        ("a: *b", "there is no anchor '&b' above"),
        ("{a: 1, <<: [1]}", "'<<' takes a mapping, not a single value"),
        ("--- 1\n--- 2\n", "a second document begins here"),
        ("{*a : 1}", "there is no anchor '&a' above"),
        ("[a]: 1", "a list or mapping cannot be a key"),
        ("[?0]", "'?' directly before a text is ambiguous"),
        ("{?a: 1}", "'?' directly before a text is ambiguous"),
        ("a: &x [1]\n*x : 2\n", "a list cannot be a key"),
        ("!!binary aGk=", "tag '!!binary' is not allowed"),
        (
            "%TAG ! tag:example.com,2000:\n--- !x 1",
            "tag 'tag:example.com,2000:x' is not allowed",
        ),
    ],
)
def test_what_has_no_meaning_is_refused(text: str, message: str) -> None:
    assert refusal(text)[0] == message


def test_a_key_and_its_sign_apart_are_no_quirk() -> None:
    assert plain(tree("{? a : 1, 'b':2, \"c\":3}")) == {"a": "1", "b": "2", "c": "3"}
