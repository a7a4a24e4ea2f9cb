"""What may stand beside `use: qwen`, and how a mistake in it is told."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from realtime_run.core.errors import SpecError
from realtime_run.plugin.host import Host
from realtime_run.spec.load import LoadedSpec, load_bytes
from realtime_run_qwen.settings import QwenSettings

KEY = "sk-canary-of-a-key"


def read(text: str, **environ: str) -> LoadedSpec:
    return load_bytes(
        text.encode(),
        Path("agent.yaml"),
        settings_of=Host().settings_of,
        environ={"DASHSCOPE_API_KEY": KEY, **environ},
    )


def provider(body: str) -> str:
    lines = "".join(f"  {line}\n" for line in body.splitlines())
    return f"provider:\n  use: qwen\n{lines}"


def settings_of(text: str) -> QwenSettings:
    settings = read(text).spec.provider.settings
    assert isinstance(settings, QwenSettings)
    return settings


def told(body: str) -> list[str]:
    """Return every problem of a provider: its place, the message and the hint."""
    with pytest.raises(SpecError) as refused:
        read(provider(body))
    return [
        f"{problem.line}:{problem.column}: {problem.message}"
        + (f" ({problem.hint})" if problem.hint else "")
        for problem in refused.value.problems
    ]


def test_the_short_form_is_enough_with_a_key_in_the_environment() -> None:
    settings = settings_of("provider: qwen\n")

    assert settings == QwenSettings(api_key=SecretStr(KEY))
    assert (
        settings.model,
        settings.spoken_voice,
        settings.append_ms,
        settings.keep_alive,
        settings.searches,
    ) == ("qwen3.5-omni-plus-realtime", "Tina", 100, 30.0, False)


@pytest.mark.parametrize(
    ("body", "address"),
    [
        ("region: singapore", "https://dashscope-intl.aliyuncs.com/api-ws/v1"),
        ("region: beijing", "https://dashscope.aliyuncs.com/api-ws/v1"),
        (
            "workspace: ws-1a2b",
            "https://ws-1a2b.ap-southeast-1.maas.aliyuncs.com/api-ws/v1",
        ),
        (
            "workspace: ws-1a2b\nregion: beijing",
            "https://ws-1a2b.cn-beijing.maas.aliyuncs.com/api-ws/v1",
        ),
        ("base_url: ws://127.0.0.1:8765/api-ws/v1/", "ws://127.0.0.1:8765/api-ws/v1"),
    ],
)
def test_the_address_goes_by_region_and_workspace(body: str, address: str) -> None:
    assert settings_of(provider(body)).address == address


def test_search_is_on_when_it_is_written() -> None:
    assert settings_of(provider("search: {}")).searches
    assert settings_of(provider("search: {sources: true}")).searches
    assert not settings_of(provider("search: {enabled: false}")).searches


@pytest.mark.parametrize(
    ("body", "place", "message", "hint"),
    [
        (
            "base_url: wss://dashscope-intl.aliyuncs.com/api-ws/v1/realtime",
            "3:13",
            (
                "'wss://dashscope-intl.aliyuncs.com/api-ws/v1/realtime' ends in"
                " '/realtime', which is added to it"
            ),
            "write base_url: wss://dashscope-intl.aliyuncs.com/api-ws/v1",
        ),
        (
            "base_url: http://example.com/v1",
            "3:13",
            "'http://example.com/v1' would send the key and the voice unencrypted",
            "write https:// or wss://; plain addresses are for this machine only",
        ),
        (
            "model: qwen3.8-omni-flash-realtime",
            "3:10",
            (
                "'qwen3.8-omni-flash-realtime' is served at the address of a workspace"
                " only"
            ),
            "write workspace: YOUR_WORKSPACE_ID beside it",
        ),
        (
            "workspace: evil.com/",
            "3:14",
            "'evil.com/' is no id of a workspace",
            "it has letters, digits, - and _ only, such as ws-1a2b3c",
        ),
        (
            "model: qwen3-omni-flash-realtime\nsearch: {}",
            "4:11",
            "Qwen3 cannot search the web",
            "leave it out, or write model: qwen3.5-omni-plus-realtime",
        ),
        (
            "session: {modalities: [audio]}",
            "3:25",
            "the server takes [text, audio], or [text] alone",
            "leave it out: [text, audio] is the default",
        ),
        (
            "session: {temperature: 0.5, top_p: 0.9}",
            "3:38",
            "'temperature' and 'top_p' say the same in two ways",
            "keep one of them",
        ),
        (
            "session: {input_audio_format: pcm16}",
            "3:33",
            "Qwen3.5 calls its format 'pcm', not 'pcm16'",
            "leave it out: it goes by the model",
        ),
        (
            "session: {smooth_output: true}",
            "3:28",
            "Qwen3.5 takes no 'smooth_output'",
            "leave it out",
        ),
        (
            "model: qwen-omni-turbo-realtime\nsession: {temperature: 1}",
            "4:26",
            "Qwen-Omni-Turbo takes no 'temperature'",
            "leave it out",
        ),
        (
            "session: {turn_detection: {type: smart_turn}}",
            "3:36",
            "Qwen3.5 has no smart_turn",
            "write semantic_vad or server_vad",
        ),
        (
            """session: {turn_detection: {type: server_vad, idle_timeout_ms: 6000}}
model: qwen3-omni-flash-realtime""",
            "3:65",
            "Qwen3 has no 'idle_timeout_ms'",
            "write turn: {nudge_after: 10s} in the spec: the runner does the same",
        ),
    ],
)
def test_a_mistake_is_told_at_its_place(
    body: str, place: str, message: str, hint: str
) -> None:
    assert told(body) == [f"{place}: {message} ({hint})"]


@pytest.mark.parametrize(
    ("key", "least", "most", "beyond"),
    [
        ("temperature", 0, 1.99, [-0.1, 2]),
        ("top_p", 0.01, 1, [0, 1.1]),
        ("repetition_penalty", 0.1, 2, [0]),
        ("presence_penalty", -2, 2, [-2.1, 2.1]),
        ("seed", -1, 2**31 - 1, [-2, 2**31]),
        ("max_history_turns", 1, 50, [0, 51]),
        ("turn_detection.threshold", -1, 1, [-1.1, 1.1]),
        ("turn_detection.silence_duration_ms", 200, 6000, [199, 6001]),
        ("turn_detection.idle_timeout_ms", 5000, 30_000, [4999, 30_001]),
    ],
)
def test_ranges_are_the_servers(
    key: str, least: float, most: float, beyond: list[float]
) -> None:
    head, _, last = key.partition(".")

    def body(value: float) -> str:
        written: Any = f"{{type: server_vad, {last}: {value}}}" if last else value
        # Of an unknown model, nothing but ranges is checked.
        return f"model: unknown\nsession: {{{head}: {written}}}"

    for value in (least, most):
        settings_of(provider(body(value)))
    for value in beyond:
        assert len(told(body(value))) == 1
