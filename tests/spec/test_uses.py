"""`use:`: plugins and files of the user's own."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from realtime_run.core.errors import PluginError, Problem, SpecError
from realtime_run.plugin.settings import Settings
from realtime_run.spec.load import LoadedSpec, load, load_bytes, problems_as_json
from realtime_run.spec.model import (
    AgentSpec,
    PluginKind,
    SettingsLookup,
    Use,
    UserToolsSettings,
)
from realtime_run.spec.uses import is_user_file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tools.py").write_text("raise SystemExit  # must never run\n")
    return tmp_path


def test_what_is_not_written_has_its_default(read: Callable[..., LoadedSpec]) -> None:
    spec = read("provider: parrot\n").spec

    assert (spec.name, spec.instructions, spec.barge_in.named, spec.tools) == (
        "agent",
        "",
        "polite",
        (),
    )
    assert (spec.greeting, spec.vad.use) == (None, "auto")
    assert (spec.audio.use, [one.use for one in spec.handlers]) == ("none", ["console"])
    assert (spec.session.quiet, spec.session.answer_within) == (1.5, 30.0)
    assert spec.session.reconnect.max_attempts == 8


def test_defaults_are_shown_in_the_effective_spec(
    read: Callable[..., LoadedSpec],
) -> None:
    assert read("provider: parrot\n").effective() == {
        "version": 1,
        "name": "agent",
        "provider": {
            "use": "parrot",
            "api_key": "**********",
            "pitch": 1.0,
            "model": "green",
            "voice": "polly",
            "words": [],
            "labels": {},
            "silence": "500ms",
            "echo": False,
            "note": None,
        },
        "instructions": "",
        "audio": {"use": "none"},
        "video": {"use": "none"},
        "fps": 1.0,
        "turn": {
            "end": "auto",
            "eagerness": None,
            "silence": None,
            "nudge_after": None,
        },
        "barge_in": "polite",
        "greeting": None,
        "vad": {"use": "auto"},
        "tools": [],
        "handlers": [{"use": "console", "color": True}],
        "session": {
            "reconnect": {"max_attempts": 8},
            "rotate": "before_limit",
            "quiet": "1.5s",
            "answer_within": "30s",
        },
    }


@pytest.mark.parametrize(
    "use", ["./x.py", "../x.py", "/x.py", "x.py", "x.py:name", "./x", "~/x.py"]
)
def test_a_file_is_told_from_a_plugin(use: str) -> None:
    assert is_user_file(use)


@pytest.mark.parametrize("use", ["parrot", "my-parrot", "python", "x.pyz"])
def test_a_plugin_is_told_from_a_file(use: str) -> None:
    assert not is_user_file(use)


def test_a_file_of_the_user_is_found_and_not_run(
    folder: Path, read: Callable[..., LoadedSpec]
) -> None:
    spec = read("provider: parrot\ntools: [./tools.py]\n", file=folder / "a.yaml").spec

    assert spec.tools == (
        Use(use="./tools.py", settings=UserToolsSettings(), path=folder / "tools.py"),
    )


def test_a_name_in_a_file_and_a_timeout_can_be_given(
    folder: Path, read: Callable[..., LoadedSpec]
) -> None:
    spec = read(
        "provider: parrot\ntools: [{use: './tools.py:clock', timeout: 5s}]\n",
        file=folder / "a.yaml",
    ).spec

    assert (spec.tools[0].path, spec.tools[0].attribute) == (
        folder / "tools.py",
        "clock",
    )
    assert spec.tools[0].settings == UserToolsSettings.model_validate({"timeout": "5s"})


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (b"def x(:\n", "'./tools.py' is not valid Python: line 1: invalid syntax"),
        (b"x = '\xff'\n", "'./tools.py' is not valid Python"),
        (b"\0", "'./tools.py' is not valid Python"),
        (b"x = " + b"(" * 500, "'./tools.py' is not valid Python"),
        (b"#" * 1_048_577, "'./tools.py' is longer than 1048576 bytes"),
        (b"x = '\\d'\n", None),
    ],
)
def test_a_file_is_checked_for_syntax(
    folder: Path, read: Callable[..., LoadedSpec], code: bytes, message: str | None
) -> None:
    (folder / "tools.py").write_bytes(code)

    try:
        read("provider: parrot\ntools: [./tools.py]\n", file=folder / "a.yaml")
    except SpecError as error:
        shown = error.problems[0].message
    else:
        shown = None

    assert shown == message or (message and shown.startswith(message))


def test_later_problems_can_be_shown_at_a_use(read: Callable[..., LoadedSpec]) -> None:
    spec = read("provider: parrot\n").spec

    problem = spec.provider.problem("does not start", "try again")

    assert str(problem) == (
        "agent.yaml:1:11: error: does not start\n"
        "1 | provider: parrot\n"
        "  |           ^^^^^^ try again"
    )


def test_a_use_made_without_a_file_has_problems_too() -> None:
    assert Use(use="echo").problem("no") == Problem(message="no", file="use: echo")


def test_a_spec_can_be_made_without_a_file() -> None:
    assert AgentSpec(provider=Use(use="echo")).handlers == (Use(use="console"),)


def test_a_missing_spec_is_a_problem(tmp_path: Path, installed: SettingsLookup) -> None:
    (tmp_path / "agent.yaml").touch()

    with pytest.raises(SpecError) as raised:
        load(tmp_path / "agnet.yaml", settings_of=installed, environ={})

    assert str(raised.value) == (
        f"{tmp_path}/agnet.yaml: error: no such file\n"
        f"  hint: did you mean '{tmp_path}/agent.yaml'?"
    )


def test_a_folder_is_no_spec(tmp_path: Path, installed: SettingsLookup) -> None:
    with pytest.raises(SpecError, match="is a directory"):
        load(tmp_path, settings_of=installed, environ={})


def test_a_missing_default_plugin_is_a_problem_of_the_spec() -> None:
    def nothing(kind: PluginKind, name: str) -> type[Settings]:
        if kind == "provider":
            return Settings
        message = f"no {kind} plugin '{name}'"
        raise PluginError(message)

    with pytest.raises(SpecError) as raised:
        load_bytes(b"provider: x", Path("a.yaml"), settings_of=nothing, environ={})

    assert str(raised.value).splitlines() == [
        "a.yaml: error: no audio plugin 'none'",
        "a.yaml: error: no video plugin 'none'",
        "a.yaml: error: no handler plugin 'console'",
    ]


def test_problems_can_be_had_as_json(read_bad: Callable[..., SpecError]) -> None:
    error = read_bad("provider: parrot\nnam: x\n")

    assert json.loads(problems_as_json(error.problems)) == [
        {
            "message": "unknown key 'nam'",
            "file": "agent.yaml",
            "line": 2,
            "column": 1,
            "width": 3,
            "source": "nam: x",
            "hint": "did you mean 'name'?",
            "severity": "error",
        }
    ]


def test_every_key_has_a_description() -> None:
    waiting, missing = [AgentSpec], []
    while waiting:
        model = waiting.pop()
        for name, field in model.model_fields.items():
            if not field.description:
                missing.append(f"{model.__name__}.{name}")
            if isinstance(field.annotation, type) and hasattr(
                field.annotation, "model_fields"
            ):
                waiting.append(field.annotation)

    assert missing == []


def test_the_model_has_a_json_schema() -> None:
    schema = AgentSpec.model_json_schema()

    assert set(schema["properties"]) == set(AgentSpec.model_fields)


def test_every_key_is_in_the_documentation() -> None:
    text = (Path(__file__).parents[2] / "docs" / "spec.md").read_text()

    assert [name for name in AgentSpec.model_fields if f"`{name}" not in text] == []
