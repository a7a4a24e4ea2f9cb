"""Who speaks over another connection does not hear that one more is made."""

import asyncio
import json
import subprocess
import sys

import pytest

from realtime_run_openai.simulator.server import OpenAISimulator
from realtime_run_openai.simulator.settings import OpenAISimulatorSettings

pytestmark = pytest.mark.timeout(60)

CONNECT = """
import asyncio, json, sys, threading
from realtime_run.plugin.api import Opening
from realtime_run_openai.provider import OpenAIProvider
from realtime_run_openai.settings import OpenAISettings

own, in_loop, in_threads = threading.get_ident(), [], []

def note(event, arguments):
    if event == "import":
        of = in_loop if threading.get_ident() == own else in_threads
        of.append(arguments[0].partition(".")[0])

async def connect():
    given = {"base_url": sys.argv[1], "api_key": "k", "transport": "webrtc"}
    provider = OpenAIProvider(OpenAISettings.model_validate(given))
    sys.addaudithook(note)
    async with provider.connect(Opening()):
        pass

asyncio.run(connect())
print(json.dumps([in_loop, in_threads]))
"""
"""Prints the packages that a first connection imports, by who imported them."""


async def test_the_first_call_imports_what_is_heavy_in_a_thread() -> None:
    simulator = OpenAISimulator(OpenAISimulatorSettings.model_validate({}))
    async with simulator.open(None) as url:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", CONNECT, url, stdout=subprocess.PIPE
        )
        out, _ = await process.communicate()

    in_loop, in_threads = (set(packages) for packages in json.loads(out))
    assert in_threads >= {"aiortc", "av", "httpx", "cryptography"}
    foreign = in_loop - sys.stdlib_module_names
    assert foreign == {"realtime_run", "realtime_run_openai"}
