"""`realtime-run validate`: what is wrong with a spec, whoever its provider is."""

from pathlib import Path

import pytest

from realtime_run.cli.main import main


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "agent.yaml"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "barge_in: {react: stop, min_speech: 400ms}",
            (
                "agent.yaml:2:37: error: react: stop has dropped the agent's voice"
                " before min_speech can count"
            ),
        ),
        (
            "barge_in: {decide: provider, protect: {tools: true}}",
            (
                "agent.yaml:2:39: error: protect is the runner's, and decide: provider"
                " leaves the decision to the provider"
            ),
        ),
        (
            "turn: {eagerness: low, silence: 400ms}",
            "agent.yaml:2:19: error: eagerness and silence say the same in two ways",
        ),
        (
            "turn: {end: push_to_talk}\nbarge_in: {min_words: 2}",
            (
                "agent.yaml:3:23: error: with turn.end: push_to_talk the key interrupts"
                " at once: min_words has nothing to weigh"
            ),
        ),
    ],
)
def test_what_is_contrary_in_itself_is_told_in_its_place(
    spec: Path, capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    spec.write_text(f"provider: echo\n{text}\n", encoding="utf-8")

    code = main(["validate", "agent.yaml"])

    assert code == 1
    assert capsys.readouterr().err.splitlines()[0] == message


@pytest.mark.parametrize(
    "text",
    [
        "barge_in: guarded",
        "barge_in: {min_words: 2, ignore: [mhm], always: [stop], heard: keep}",
        "barge_in: {heard: note}",
        "turn: {end: semantic, eagerness: high}",
        "turn: {end: server, silence: 400ms, nudge_after: 5s}\ngreeting: Hello.",
        "turn: {end: local}\nvideo: {use: lavfi, graph: testsrc2}",
    ],
)
def test_what_some_provider_can_do_is_left_to_the_one_who_runs_it(
    spec: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    spec.write_text(f"provider: echo\n{text}\n", encoding="utf-8")

    code = main(["validate", "agent.yaml"])

    assert (code, capsys.readouterr().err) == (0, "")
