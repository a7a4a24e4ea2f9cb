"""Measures realtime-run beside its peers, in one run: `make bench-peers`.

The harness, its simulator and the peers' drivers stand beside the repository, in
`../shared/peers`; this copies them, adds our driver and environment, and lets them run.
PEERS chooses who takes part (default: floor, pipecat, livekit, openai_agents, ours),
ARGS goes to the harness: `make bench-peers PEERS=floor,ours ARGS="--only cold,stream"`.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
SOURCE = ROOT.parent / "shared" / "peers"
BUILD = ROOT / ".bench" / "peers"
EVERYBODY = "floor,pipecat,livekit,openai_agents,ours"


def copy() -> None:
    """Copy the harness, keeping the environments of earlier runs."""
    BUILD.mkdir(parents=True, exist_ok=True)
    for source in SOURCE.rglob("*"):
        target = BUILD / source.relative_to(SOURCE)
        if source.is_dir():
            target.mkdir(exist_ok=True)
        else:
            shutil.copyfile(source, target)


def enter_ourselves() -> None:
    """Add realtime-run to the contestants."""
    listed = BUILD / "peers.json"
    peers = json.loads(listed.read_text(encoding="utf-8"))
    peers["ours"] = {
        "python": sys.executable,
        "driver": str(HERE / "ours.py"),
        "chunk_ms": 20,
        "env": {"PYTHONPATH": str(BUILD / "drivers")},
    }
    listed.write_text(json.dumps(peers, indent=1), encoding="utf-8")


def main() -> int:
    """Set up what is missing, measure, and print the tables."""
    if not SOURCE.is_dir():
        print("the harness is not there: ../shared/peers", file=sys.stderr)
        return 2
    names = os.environ.get("PEERS") or EVERYBODY
    copy()
    enter_ourselves()
    others = [name for name in names.split(",") if name != "ours"]
    missing = [
        name
        for name in dict.fromkeys(["floor", *others])
        if not (BUILD / "venvs" / name).is_dir()
    ]
    environ = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    if missing:
        environ["PY"] = sys.executable
        setup = ["bash", "setup.sh", *missing]
        subprocess.run(setup, cwd=BUILD, env=environ, check=True)
    output = BUILD / "out.json"
    command = [sys.executable, "run.py", "--peers", names, "--json", str(output)]
    subprocess.run([*command, *sys.argv[1:]], cwd=BUILD, env=environ, check=True)
    table = [sys.executable, "table.py", str(output)]
    return subprocess.run(table, cwd=BUILD, env=environ, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
