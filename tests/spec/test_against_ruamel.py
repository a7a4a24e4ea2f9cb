"""The tree against an independent reader of YAML 1.2, data and places.

Left out of the documents, since the readers differ and the difference is known:

* flow mappings with keys of other types than text, which are errors here;
* text with tabs, old line breaks and `?`, `:` next to brackets, which libyaml refuses
  or which are refused here as ambiguous;
* numbers with underscores, which ruamel reads as numbers in every version;
* what only libyaml accepts, such as `|#`;
* `-.NAN` and the like, which the core schema of YAML 1.2 does not know.
"""

import io
import math
import re
from pathlib import Path
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from realtime_run.core.errors import Problem
from realtime_run.spec.reader import decode, read_tree
from realtime_run.spec.references import References
from realtime_run.spec.resolution import Resolution
from realtime_run.spec.source import Source, SpecProblem
from realtime_run.spec.tree import MappingNode, Node, SequenceNode

AMBIGUOUS = re.compile(r"[\[{,:\s][?:][^\s]")
LETTERS = st.sampled_from("abcXYZ é🦜0123456789.+-eox_'\"#,&*!|>%@`~:/()=\\$")
TEXT = st.text(LETTERS, max_size=12)
NUMBERS = st.one_of(
    st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.booleans()
)
WORDS = st.sampled_from(
    [
        "yes",
        "no",
        "on",
        "off",
        "null",
        "~",
        "true",
        "1e3",
        "0o17",
        "0x1f",
        "010",
        "1:30",
    ]
)
LEAVES = st.one_of(TEXT, NUMBERS, WORDS, st.none())
KEYS = st.text(st.sampled_from("abcdefghé🦜-_"), min_size=1, max_size=8).filter(
    lambda key: not key.startswith("-")
)
DOCUMENTS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4)
    ),
    max_leaves=15,
)


def dumped(value: object, *, flow: bool) -> str:
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = flow
    yaml.allow_unicode = True
    yaml.width = 60
    stream = io.StringIO()
    yaml.dump(value, stream)
    return stream.getvalue()


def ours(text: str) -> tuple[Node | None, tuple[Problem, ...]]:
    source = Source("a.yaml", Path(), "")
    node, _, problems = read_tree(decode(text.encode(), source))
    return node, problems


def value_of(node: Node | None) -> object:
    resolution = Resolution(References({}, Path.read_bytes))
    value = resolution.value(node)
    assert not resolution.problems
    return value


def same(left: object, right: object) -> bool:
    if isinstance(left, float) and math.isnan(left):
        return isinstance(right, float) and math.isnan(right)
    if isinstance(left, dict) and isinstance(right, dict):
        return list(left) == list(right) and all(
            same(left[key], right[key]) for key in left
        )
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, str) or isinstance(right, str):
        return isinstance(left, str) and isinstance(right, str) and str(left) == right
    return type(left) is type(right) and left == right


def check_places(node: Node | None, theirs: Any) -> None:
    if isinstance(node, MappingNode):
        for key, entry in node.entries.items():
            source = entry.key.source
            line, column = theirs.lc.key(key)
            assert source.position(entry.key.start) == (line + 1, column + 1)
            check_places(entry.value, theirs[key])
    elif isinstance(node, SequenceNode):
        for index, item in enumerate(node.items):
            if not isinstance(item, MappingNode | SequenceNode):
                line, column = theirs.lc.item(index)
                assert item.span.source.position(item.span.start) == (
                    line + 1,
                    column + 1,
                )
            check_places(item, theirs[index])


@given(DOCUMENTS, st.booleans())
def test_generated_documents_read_as_ruamel_reads_them(
    value: object, flow: bool
) -> None:
    text = dumped(value, flow=flow)
    assume(not (flow and AMBIGUOUS.search(text)))
    text = text.replace("$", "§")  # references are ours alone

    node, problems = ours(text)

    assert problems == ()
    assert same(value_of(node), YAML(typ="safe", pure=True).load(text))


@given(st.dictionaries(KEYS, DOCUMENTS, min_size=1, max_size=4), st.booleans())
def test_keys_and_items_stand_where_ruamel_sees_them(value: object, flow: bool) -> None:
    text = dumped(value, flow=flow)
    assume(not (flow and AMBIGUOUS.search(text)))

    node, _ = ours(text)

    check_places(node, YAML(typ="rt", pure=True).load(text))


@given(
    st.lists(
        st.sampled_from(
            [
                "a: ",
                "- ",
                "{",
                "}",
                "[",
                "]",
                ", ",
                "b",
                "1",
                "\n",
                "  ",
                "'",
                '"',
                "&x ",
                "*x",
                "#",
                ": ",
                "|",
                ">",
                "!",
            ]
        ),
        max_size=14,
    ).map("".join)
)
def test_any_scrap_of_yaml_is_read_alike_or_refused(text: str) -> None:
    try:
        node, problems = ours(text)
    except SpecProblem:
        return
    if problems or node is None or "!" in text:
        return

    try:
        theirs = YAML(typ="safe", pure=True).load(text)
    except YAMLError:
        return  # stricter than libyaml, such as on `|#`

    assert same(value_of(node), theirs)
