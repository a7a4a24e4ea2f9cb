"""`realtime-run explain`: what applies, where it came from, and what becomes of it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from realtime_run.builtin.echo_provider import Echo
from realtime_run.builtin.settings import EchoSettings
from realtime_run.cli.main import main
from realtime_run.plugin.api import Advice, Opening, Provider
from realtime_run.plugin.hooks import Offer, hookimpl
from realtime_run.plugin.host import Host
from realtime_run.plugin.settings import NonEmptySecret, Settings, env

SPEC = """\
provider: echo
barge_in: guarded
greeting: Say hello.
handlers: [{use: record, path: runs}]
"""


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    file = tmp_path / "agent.yaml"
    file.write_text(SPEC, encoding="utf-8")
    return file


def explain(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Return the exit code, and what was printed on either stream."""
    code = main(["explain", "agent.yaml", *arguments])
    printed = capsys.readouterr()
    return code, printed.out + printed.err


def report(
    capsys: pytest.CaptureFixture[str], *arguments: str
) -> dict[str, dict[str, Any]]:
    main(["explain", "agent.yaml", *arguments, "--format", "json"])
    printed = capsys.readouterr().out
    return {row["path"]: row for row in json.loads(printed)["values"]}


def test_a_section_is_shown_with_what_becomes_of_every_key(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, shown = explain(capsys, "barge_in", "--set", "barge_in.min_speech=400ms")

    assert code == 0
    assert shown == (
        "What happens when the user speaks while the agent does: the name of a preset,"
        " or\n"
        "a block.\n"
        "\n"
        "barge_in                   guarded   agent.yaml:2:11\n"
        "barge_in.decide            auto      preset guarded\n"
        "    gate: the provider hears silence until the runner has decided\n"
        "barge_in.react             pause     preset guarded\n"
        "    gate: the speaker will pause at the first sound\n"
        "barge_in.min_speech        400ms     --set barge_in.min_speech\n"
        "    gate: measured by the runner's `vad`\n"
        "barge_in.min_words         0         preset guarded\n"
        "barge_in.ignore            []        preset guarded\n"
        "barge_in.always            []        preset guarded\n"
        "barge_in.resume_after      1.5s      preset guarded\n"
        "    runner: after a false alarm the agent goes on where it paused\n"
        "barge_in.protect.greeting  true      preset guarded\n"
        "    gate: speech in these times is answered, and interrupts nothing\n"
        "barge_in.protect.start     0s        preset guarded\n"
        "barge_in.protect.tools     false     preset guarded\n"
        "barge_in.heard             truncate  preset guarded\n"
        "    native: the model is told how many milliseconds were heard\n"
        "barge_in.tools             keep      preset guarded\n"
        "    runner: running tools are left to finish\n"
    )


def test_a_key_is_shown_with_all_that_is_known_of_it(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, shown = explain(capsys, "barge_in.min_speech")

    assert code == 0
    assert shown == (
        "barge_in.min_speech: 500ms\n"
        "  Shorter sounds never interrupt: a cough, a click.\n"
        "\n"
        "  type        a duration, from 0s, up to 5s\n"
        "  default     250ms\n"
        "  from        preset guarded\n"
        "  on echo     gate: measured by the runner's `vad`\n"
    )


def test_every_value_says_where_it_came_from(
    spec: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RT__session__quiet", "2s")

    rows = report(capsys, "--set", "turn.nudge_after=5s")

    assert {path: (row["value"], row["origin"]) for path, row in rows.items()} == {
        "version": (1, "default"),
        "name": ("agent", "default"),
        "provider": ("echo", "agent.yaml:1:11"),
        "provider.silence": ("400ms", "default"),
        "provider.faster_than_realtime": (True, "default"),
        "instructions": ("", "default"),
        "audio": ("none", "default"),
        "video": ("none", "default"),
        "fps": (1.0, "default"),
        "turn.end": ("auto", "default"),
        "turn.eagerness": (None, "default"),
        "turn.silence": (None, "default"),
        "turn.nudge_after": ("5s", "--set turn.nudge_after"),
        "barge_in": ("guarded", "agent.yaml:2:11"),
        "barge_in.decide": ("auto", "preset guarded"),
        "barge_in.react": ("pause", "preset guarded"),
        "barge_in.min_speech": ("500ms", "preset guarded"),
        "barge_in.min_words": (0, "preset guarded"),
        "barge_in.ignore": ([], "preset guarded"),
        "barge_in.always": ([], "preset guarded"),
        "barge_in.resume_after": ("1.5s", "preset guarded"),
        "barge_in.protect.greeting": (True, "preset guarded"),
        "barge_in.protect.start": ("0s", "preset guarded"),
        "barge_in.protect.tools": (False, "preset guarded"),
        "barge_in.heard": ("truncate", "preset guarded"),
        "barge_in.tools": ("keep", "preset guarded"),
        "greeting": ("Say hello.", "agent.yaml:3:11"),
        "vad": ("auto", "default"),
        "tools": ([], "default"),
        "handlers[0]": ("record", "agent.yaml:4:18"),
        "handlers[0].path": (str(spec.parent / "runs"), "agent.yaml:4:32"),
        "handlers[0].rate": (24000, "default"),
        "session.reconnect.max_attempts": (8, "default"),
        "session.rotate": ("before_limit", "default"),
        "session.quiet": ("2s", "environment RT__session__quiet"),
        "session.answer_within": ("30s", "default"),
    }


def test_what_is_refused_says_so_in_place_of_the_lowering(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("--set", "barge_in.min_words=2", "--set", "turn.end=semantic")

    code, shown = explain(capsys, *arguments)
    rows = report(capsys, *arguments)

    assert code == 1
    assert "    refused: min_words needs a transcript: provider 'echo' hears" in shown
    assert [path for path, row in rows.items() if row["refused"]] == [
        "turn.end",
        "barge_in.min_words",
    ]
    assert [path for path, row in rows.items() if row["lowered"]] == []
    assert rows["turn.end"]["refused"] == [
        {
            "message": "provider 'echo' cannot do turn.end: semantic",
            "hint": "the nearest it can do: end: auto",
        }
    ]


def test_a_block_says_which_preset_it_begins_with(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec.write_text("provider: echo\nbarge_in: {react: stop}\n", encoding="utf-8")

    rows = report(capsys, "barge_in")

    assert "barge_in" not in rows
    assert rows["barge_in.react"]["origin"] == "agent.yaml:2:19"
    assert rows["barge_in.decide"]["origin"] == "preset eager"
    assert rows["barge_in.decide"]["lowered"] == {
        "way": "native",
        "words": "the provider decides, and stops by itself",
    }


def test_where_it_is_off_only_what_still_counts_is_shown(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = report(capsys, "--set", "barge_in=off")
    _, one = explain(capsys, "barge_in.react", "--set", "barge_in=off")

    assert [path for path in rows if path.startswith("barge_in")] == [
        "barge_in",
        "barge_in.heard",
        "barge_in.tools",
    ]
    assert "on echo     nothing: barge_in is off\n" in one


@pytest.mark.parametrize(
    ("barge_in", "way", "words"),
    [
        ("eager", "none", "nothing has to be heard here"),
        ("polite", "runner", "it hears where the user speaks"),
    ],
)
def test_a_detector_says_whether_it_is_needed(
    spec: Path,
    capsys: pytest.CaptureFixture[str],
    barge_in: str,
    way: str,
    words: str,
) -> None:
    rows = report(capsys, "vad", "--set", "vad=energy", f"--set=barge_in={barge_in}")

    assert rows["vad"]["lowered"] == {"way": way, "words": words}


def test_a_detector_that_was_left_open_is_named(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = report(capsys, "vad")["vad"]["lowered"]["words"]

    assert words.removeprefix("`").partition("`")[0] in {"silero", "energy"}


def test_a_misspelt_path_names_the_nearest(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, shown = explain(capsys, "barge_in.min_speach")

    assert code == 2
    assert shown == (
        "agent.yaml: error: there is no key 'barge_in.min_speach' in it; did you mean"
        " 'barge_in.min_speech'?\n"
    )


@pytest.mark.parametrize("path", ["handlers[1]", "nope", "provider.use.x", "["])
def test_a_path_that_leads_nowhere_is_told(
    spec: Path, capsys: pytest.CaptureFixture[str], path: str
) -> None:
    code, shown = explain(capsys, path)

    assert code == 2
    assert f"there is no key {path!r}" in shown


def test_a_wrong_spec_is_told_as_ever(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, shown = explain(capsys, "--set", "barge_in=plite")

    assert code == 2
    assert "did you mean 'polite'?" in shown


@pytest.mark.parametrize("path", ["provider", "provider.use"])
def test_a_use_is_found_by_either_name(
    spec: Path, capsys: pytest.CaptureFixture[str], path: str
) -> None:
    rows = report(capsys, path)

    assert rows["provider"]["value"] == "echo"
    assert rows["provider"]["type"] == "a plugin's name, or a mapping with 'use'"


def test_a_setting_of_a_plugin_is_explained_by_the_plugin(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = report(capsys, "provider.silence")["provider.silence"]

    assert (row["type"], row["default"], row["doc"]) == (
        "a duration, from 100ms, up to 10s",
        "400ms",
        "How long the user must be silent before he has finished.",
    )


def test_a_plugin_that_cannot_be_made_leaves_the_values_explained(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec.write_text("provider: failing\n", encoding="utf-8")
    program = """
import sys
from realtime_run.cli import explain
from realtime_run.plugin.hooks import Offer, hookimpl
from realtime_run.plugin.host import Host
from realtime_run.plugin.settings import Settings

class Plugin:
    @hookimpl
    def realtime_run_provider(self):
        def make(settings):
            raise ValueError("no parrot")
        return Offer(Settings, make)

def host():
    made = Host()
    made.register(Plugin(), "failing")
    return made

explain.Host = host
sys.exit(explain.explain("agent.yaml", None, overrides=(), as_json=False))
"""

    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "provider" in done.stdout
    assert "plugin 'failing' failed: ValueError: no parrot" in done.stderr


def test_no_file_of_the_user_is_run(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (spec.parent / "mine.py").write_text("raise SystemExit(9)\n", encoding="utf-8")

    rows = report(capsys, "--set=tools=[./mine.py]", "--set=handlers=[./mine.py]")

    assert rows["tools[0]"]["value"] == "./mine.py"
    assert rows["tools[0].timeout"]["value"] == "30s"
    assert rows["handlers[0]"]["origin"] == "--set handlers"


def test_no_secret_is_shown(
    spec: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CANARY", "sk-canary-1234")
    spec.write_text(
        "provider: echo\nname: x-${CANARY}\ninstructions: ${CANARY}\n"
        "barge_in: {ignore: ['${CANARY}']}\n",
        encoding="utf-8",
    )

    _, text = explain(capsys)
    _, named = explain(capsys, "name")
    _, listed = explain(capsys, "barge_in.ignore", "--format", "json")

    assert "sk-canary-1234" not in text + named + listed
    assert named.splitlines()[0] == "name: x-**********"


@pytest.fixture
def advised(spec: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A spec of a provider that finds it odd, and searches or calls tools."""

    class AdvisingSettings(Settings):
        search: bool = False

    class Advising(Echo):
        def __init__(self, settings: AdvisingSettings) -> None:
            super().__init__(EchoSettings())
            self._settings = settings

        def advice(self, opening: Opening) -> list[Advice]:
            odd = Advice(message="what a name", setting="provider")
            if not (self._settings.search and opening.tools):
                return [odd]
            names = ", ".join(tool.name for tool in opening.tools)
            message = f"it searches, and calls no tools ({names})"
            return [odd, Advice(message=message, setting="tools", severity="error")]

    class Plugin:
        @hookimpl
        def realtime_run_provider(self) -> Offer[Provider]:
            return Offer(AdvisingSettings, Advising)

    class AdvisingHost(Host):
        def __init__(self) -> None:
            super().__init__()
            self.register(Plugin(), "advising")

    monkeypatch.setattr("realtime_run.cli.explain.Host", AdvisingHost)
    spec.write_text("provider: advising\nbarge_in: eager\n", encoding="utf-8")
    return spec


def test_what_the_provider_finds_odd_is_told(
    advised: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, shown = explain(capsys, "provider")

    assert code == 0
    assert "agent.yaml:1:11: warning: what a name" in shown


def test_what_the_provider_refuses_is_told_although_no_file_is_run(
    advised: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (advised.parent / "mine.py").write_text("raise SystemExit(9)\n", encoding="utf-8")
    advised.write_text(
        "provider: {use: advising, search: true}\ntools: [./mine.py]\n"
        "barge_in: eager\n",
        encoding="utf-8",
    )

    code, shown = explain(capsys, "provider.search")

    assert code == 1
    assert "agent.yaml:2:8: error: it searches, and calls no tools (./mine.py)" in shown


@pytest.fixture
def keyed(spec: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A spec whose provider needs a key that only the environment gives."""

    class KeyedSettings(Settings):
        api_key: NonEmptySecret = env("PARROT_API_KEY")
        silence: int = 400

    class Keyed:
        @hookimpl
        def realtime_run_provider(self) -> Offer[Provider]:
            return Offer(KeyedSettings, lambda _: Echo(EchoSettings()))

    class KeyedHost(Host):
        def __init__(self) -> None:
            super().__init__()
            self.register(Keyed(), "keyed")

    monkeypatch.delenv("PARROT_API_KEY", raising=False)
    monkeypatch.setattr("realtime_run.cli.explain.Host", KeyedHost)
    spec.write_text(
        "provider: keyed\nbarge_in: guarded\ninstructions: x\n", encoding="utf-8"
    )
    return spec


@pytest.mark.parametrize("empty", [False, True])
def test_a_key_that_is_not_set_keeps_nothing_else_from_being_explained(
    keyed: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    empty: bool,
) -> None:
    if empty:
        monkeypatch.setenv("PARROT_API_KEY", "")

    code, shown = explain(capsys, "provider")

    assert code == 0
    assert shown == (
        "The speech-to-speech model to talk to.\n"
        "\n"
        "provider          keyed  agent.yaml:1:11\n"
        "provider.api_key  null   PARROT_API_KEY, not set\n"
        "provider.silence  400    default\n"
        "agent.yaml:1:11: warning: provider.api_key is not set\n"
        "1 | provider: keyed\n"
        "  |           ^^^^^ set the environment variable PARROT_API_KEY before you run"
        " it\n"
    )


def test_a_key_that_is_not_set_leaves_the_policy_lowered(
    keyed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = report(capsys, "barge_in.min_speech")

    assert rows["barge_in.min_speech"]["lowered"] == {
        "way": "gate",
        "words": "measured by the runner's `vad`",
    }


@pytest.mark.parametrize(
    ("written", "origin"), [("sk-1", "--set provider.api_key"), ("", "--set")]
)
def test_a_key_that_the_spec_gives_is_not_missed(
    keyed: Path, capsys: pytest.CaptureFixture[str], written: str, origin: str
) -> None:
    code, shown = explain(capsys, "provider", "--set", f"provider.api_key='{written}'")

    assert "PARROT_API_KEY" not in shown
    assert origin in shown
    assert code == (0 if written else 2)


def test_a_key_of_the_environment_is_named_and_not_shown(
    keyed: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARROT_API_KEY", "sk-canary-1234")

    rows = report(capsys, "provider.api_key")

    assert rows["provider.api_key"]["value"] == "**********"
    assert rows["provider.api_key"]["origin"] == "environment PARROT_API_KEY"


def test_a_preset_from_the_environment_is_not_shown(
    spec: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MODE", "eager")
    spec.write_text("provider: echo\nbarge_in: ${MODE}\n", encoding="utf-8")

    rows = report(capsys, "barge_in")

    assert rows["barge_in"]["value"] == "**********"


@pytest.mark.parametrize("columns", [20, 40, 60, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal(
    spec: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    columns: int,
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))

    _, shown = explain(capsys, "--set", f"instructions={'word ' * 50}")
    _, one = explain(capsys, "instructions", "--set", f"instructions={'word ' * 50}")

    widths = [len(line) for line in (shown + one).splitlines()]
    assert max(widths) <= max(columns, 40)


def test_the_values_stand_below_one_another(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, shown = explain(capsys, "turn")

    rows = [line for line in shown.splitlines() if line.startswith("turn.")]
    assert {row.index("default") for row in rows} == {rows[0].index("default")}
