"""Every spec that we ship can be run, and there is nothing that we do not explain."""

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from realtime_run.assembly.build import build
from realtime_run.cli.main import main
from realtime_run.core.events import EVENT_TYPES
from realtime_run.plugin.hooks import NAME
from realtime_run.plugin.host import Host
from realtime_run.plugin.inspection import KINDS
from realtime_run.spec.barge_in import BargeInSettings
from realtime_run.spec.model import AgentSpec, ReconnectSettings, SessionSettings
from realtime_run.spec.protection import ProtectSettings
from realtime_run.spec.turn import TurnSettings

ROOT = Path(__file__).parents[1]
CONFIGS = sorted(
    [
        *(ROOT / "configs").glob("*.yaml"),
        *(ROOT / "configs" / "barge-in").glob("*.yaml"),
    ]
)
KEYS = {
    "DASHSCOPE_API_KEY": "simulated",
    "GEMINI_API_KEY": "simulated",
    "OPENAI_API_KEY": "simulated",
}
DOCS = "\n".join(
    path.read_text(encoding="utf-8")
    for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
)


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.name)
def test_every_config_can_be_run_and_gives_no_warning(config: Path) -> None:
    built = build(config, environ=KEYS)

    assert built.warnings == ()
    assert built.parts.info.agent_name != "agent"


class Endpoint(BaseHTTPRequestHandler):
    """Answers every chat with one sentence, as a stream."""

    asked: list[dict[str, Any]]

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.asked.append(json.loads(self.rfile.read(length)))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for word in ("I ", "am ", "fine."):
            delta = {"choices": [{"index": 0, "delta": {"content": word}}]}
            self.wfile.write(f"data: {json.dumps(delta)}\n\n".encode())
        self.wfile.write(b"data: [DONE]\n\n")

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def endpoint() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    asked: list[dict[str, Any]] = []
    handler = type("Asked", (Endpoint,), {"asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1", asked
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.timeout(60)
def test_the_ollama_config_talks_to_the_endpoint_it_is_given(
    agents: Path, run: Any, endpoint: tuple[str, list[dict[str, Any]]]
) -> None:
    url, asked = endpoint

    done = run(
        "configs/talk-to-ollama.yaml",
        typed="how are you\n",
        OLLAMA_URL=url,
        OLLAMA_MODEL="tiny",
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert "agent: I am fine." in done.stdout
    assert asked[0]["model"] == "tiny"
    assert asked[0]["messages"][-1] == {"role": "user", "content": "how are you"}
    assert [tool["function"]["name"] for tool in asked[0]["tools"]] == ["move"]
    assert (agents / "runs" / "ollama.wav").stat().st_size > 10_000


@pytest.mark.timeout(60)
def test_the_handlers_config_calls_the_users_own_functions(
    agents: Path, run: Any
) -> None:
    done = run("configs/handlers.yaml", typed="hello\n")

    assert done.returncode == 0
    assert "words heard:" in done.stdout
    assert (agents / "runs" / "events.jsonl").stat().st_size > 0


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", ["openai", "gemini", "qwen"])
def test_the_config_of_a_provider_calls_a_tool_and_is_interrupted(
    agents: Path, run: Any, name: str
) -> None:
    done = run(
        f"configs/{name}.yaml",
        "--simulate",
        "--script=configs/rover/simulated.yaml",
        "--set=session.quiet=300ms",
    )

    shown = done.stdout.splitlines()
    assert done.returncode == 0
    assert "you: go forward ten meters" in shown
    assert (
        "tool: move(direction='forward', meters=10) -> 'I moved forward 10 meters.'"
        in done.stdout
    )
    (interrupted,) = (line for line in shown if line.startswith("interrupted at"))
    assert shown.index(interrupted) < shown.index("you: ten of clubs")
    assert "agent: Ten of clubs is a card, and no place." in shown
    heard, _, unheard = done.stdout.partition("[not heard: ")
    assert "I have stopped now" not in heard
    assert "I have stopped now" in unheard
    assert (agents / "runs" / f"{name}.wav").stat().st_size > 100_000


@pytest.mark.parametrize(
    "key",
    sorted(
        {
            *AgentSpec.model_fields,
            *SessionSettings.model_fields,
            *ReconnectSettings.model_fields,
            *TurnSettings.model_fields,
            *(key for key in BargeInSettings.model_fields if key != "preset"),
            *ProtectSettings.model_fields,
            "include",
            "extends",
        }
    ),
)
def test_every_key_of_the_spec_is_explained(key: str) -> None:
    assert re.search(rf"`(\w+\.)*{key}:?`", DOCS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_hook_is_explained(kind: str) -> None:
    assert f"{NAME}_{kind}" in DOCS


@pytest.mark.parametrize("type_", EVENT_TYPES)
def test_every_event_is_explained(type_: str) -> None:
    assert EVENT_TYPES[type_].__name__ in DOCS


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (kind, plugin.name)
        for plugin in Host().describe()
        if plugin.distribution == "realtime-run"
        for kind in plugin.kinds
    ],
)
def test_every_setting_of_what_comes_with_the_runner_is_explained(
    kind: Any, name: str
) -> None:
    assert f"`{name}`" in DOCS
    for field in Host().settings_of(kind, name).model_fields:
        assert f"`{field}`" in DOCS, field


@pytest.mark.parametrize(
    "command", ["run", "validate", "explain", "plugins", "devices", "simulate"]
)
def test_every_option_is_explained(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([command, "--help"])

    shown = capsys.readouterr().out
    for option in {word.strip("[],") for word in shown.split() if "--" in word}:
        assert option == "--help" or option in DOCS, option
