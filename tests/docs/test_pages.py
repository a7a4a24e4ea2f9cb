"""What the pages show can be used as it stands there."""

import ast
import importlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from realtime_run.assembly.user_code import handlers_of, load_module, tools_of
from realtime_run.plugin.host import Host
from realtime_run.spec.load import load

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
OWN_TEST = "plugins.md"
"""Its blocks are a distribution, which `test_plugins.py` installs and runs."""
OF_THE_PARROT = (OWN_TEST, "conformance.md")
BLOCK = re.compile(
    r"(?:^`(?P<name>[\w./]+)`:\n\n)?"
    r"^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)", re.DOTALL)
HEADING = re.compile(r"^#+ (?P<text>.+)$", re.MULTILINE)
SPEC_FILES = {
    "base.yaml": "provider: echo\n",
    "parts/session.yaml": "answer_within: 10s\n",
    "question.wav": "",
    "q.wav": "",
    "tools.py": "",
    "handlers.py": "",
}
"""What the specs on the pages name, and must be there when they are read."""


@dataclass(frozen=True)
class Block:
    """Code on a page."""

    page: Path
    line: int
    name: str | None
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for match in BLOCK.finditer(text):
        line = text.count("\n", 0, match.start("language")) + 1
        yield Block(page, line, match["name"], match["language"], match["text"])


def without_code(page: Path) -> str:
    return BLOCK.sub("", page.read_text(encoding="utf-8"))


BLOCKS = [block for page in PAGES for block in blocks(page)]
PYTHON = [block for block in BLOCKS if block.language == "python"]
SPECS = [
    block
    for block in BLOCKS
    if block.language == "yaml"
    and block.page.name != OWN_TEST
    and re.search(r"^(provider|extends):", block.text, re.MULTILINE)
]
LINKS = sorted(
    {
        (page, match["target"])
        for page in [*PAGES, *(ROOT / "plugins").glob("*/README.md")]
        for match in LINK.finditer(without_code(page))
        if "://" not in match["target"]
    }
)


def named(page: str, name: str) -> Block:
    (found,) = (
        block for block in BLOCKS if (block.page.name, block.name) == (page, name)
    )
    return found


def programs(page: str) -> list[str]:
    return [
        block.name
        for block in PYTHON
        if block.page.name == page and block.name is not None
    ]


@pytest.mark.parametrize("block", PYTHON, ids=str)
def test_python_compiles(block: Block) -> None:
    compile(block.text, str(block), "exec")


@pytest.mark.parametrize("block", PYTHON, ids=str)
def test_what_python_imports_is_there(block: Block) -> None:
    imports = [
        node
        for node in ast.walk(ast.parse(block.text))
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]

    missing = [name for node in imports for name in not_there(node, block.page)]

    assert missing == []


def not_there(node: ast.Import | ast.ImportFrom, page: Path) -> Iterator[str]:
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
        yield from (name for name in names if importlib.util.find_spec(name) is None)
        return
    module = node.module or ""
    if page.name in OF_THE_PARROT and module.startswith("realtime_run_parrot"):
        return  # the page makes it
    home = importlib.import_module(module)
    for alias in node.names:
        if alias.name != "*" and not hasattr(home, alias.name):
            yield f"{module}.{alias.name}"


@pytest.mark.parametrize("block", SPECS, ids=str)
def test_a_spec_loads_without_problems_and_warnings(
    block: Block, tmp_path: Path
) -> None:
    # Some specs on the pages are those of configs/, and name what stands beside them.
    shutil.copytree(ROOT / "configs", tmp_path, dirs_exist_ok=True)
    for path, text in SPEC_FILES.items():
        file = tmp_path / path
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    spec = tmp_path / "agent.yaml"
    spec.write_text(block.text, encoding="utf-8")

    loaded = load(spec, settings_of=Host().settings_of, environ={})

    assert loaded.warnings == ()


def test_there_are_specs_and_programs_on_the_pages() -> None:
    assert len(SPECS) > 4
    assert len(PYTHON) > 10
    assert len(programs("library.md")) > 2


def test_the_handlers_of_the_page_are_found(tmp_path: Path) -> None:
    file = tmp_path / "handlers.py"
    file.write_text(named("handlers.md", file.name).text, encoding="utf-8")

    handler = handlers_of(load_module(file))

    assert handler.events == frozenset(
        {
            "realtime_user_speech_transcription",
            "realtime_error",
            "realtime_interruption",
            "tool_end",
        }
    )


def test_the_tools_of_the_page_are_found(tmp_path: Path) -> None:
    file = tmp_path / "tools.py"
    file.write_text(named("handlers.md", file.name).text, encoding="utf-8")

    tools = {tool.definition.name: tool for tool in tools_of(load_module(file))}

    assert sorted(tools) == ["battery", "be_silent", "move"]
    assert tools["battery"].timeout_s == 5
    assert tools["be_silent"].definition.parameters["properties"] == {}


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("talk.py", "agent: hello\n"),
        ("script.py", "agent: one two three\nagent: four five six\n"),
        ("recording.py", "Ann: (0.9 s of speech)\n"),
    ],
)
def test_the_programs_of_the_library_page_say_what_it_promises(
    program: str, said: str, tmp_path: Path
) -> None:
    for name in ("agent.yaml", program):
        text = named("library.md", name).text
        (tmp_path / name).write_text(text, encoding="utf-8")
    speech = ROOT / "configs" / "recordings" / "ten_of_clubs.wav"
    shutil.copy(speech, tmp_path / "question.wav")

    done = subprocess.run(
        [sys.executable, program],
        cwd=tmp_path,
        env=os.environ | {"PYTHONWARNINGS": "error"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, said, "")


async def test_the_test_of_the_design_page_passes() -> None:
    (block,) = (block for block in PYTHON if block.page.name == "design.md")
    names: dict[str, object] = {}

    exec(compile(block.text, str(block), "exec"), names)  # noqa: S102 - our own page
    (test,) = (value for name, value in names.items() if name.startswith("test_"))

    await test()  # type: ignore[operator]  # it is an async function


@pytest.mark.parametrize(
    ("page", "target"),
    LINKS,
    ids=[f"{page.relative_to(ROOT)}:{to}" for page, to in LINKS],
)
def test_a_link_points_to_something_that_is_there(page: Path, target: str) -> None:
    path, _, anchor = target.partition("#")

    file = page.parent / path if path else page

    assert file.exists()
    assert not anchor or anchor in anchors(file)


def anchors(page: Path) -> set[str]:
    """Return the names of a page's headings, as the usual renderers make them."""
    texts = (match["text"] for match in HEADING.finditer(without_code(page)))
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in texts}
