"""What may stand beside `use: openai`, and how a mistake in it is told."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from realtime_run.core.errors import SpecError
from realtime_run.plugin.host import Host
from realtime_run.spec.load import LoadedSpec, load_bytes
from realtime_run_openai.audio_settings import CustomVoice
from realtime_run_openai.dialect import AZURE, OPENAI, XAI, Dialect
from realtime_run_openai.settings import OpenAISettings

KEY = "sk-canary-of-a-key"


def read(text: str, **environ: str) -> LoadedSpec:
    return load_bytes(
        text.encode(),
        Path("agent.yaml"),
        settings_of=Host().settings_of,
        environ={"OPENAI_API_KEY": KEY, **environ},
    )


def told(text: str, **environ: str) -> list[str]:
    """Return every problem of a spec: its place, the message and the hint."""
    with pytest.raises(SpecError) as refused:
        read(text, **environ)
    return [
        f"{problem.line}:{problem.column}: {problem.message}"
        + (f" ({problem.hint})" if problem.hint else "")
        for problem in refused.value.problems
    ]


def provider(body: str) -> str:
    lines = "".join(f"  {line}\n" for line in body.splitlines())
    return f"provider:\n  use: openai\n{lines}"


def settings_of(spec: LoadedSpec) -> OpenAISettings:
    settings = spec.spec.provider.settings
    assert isinstance(settings, OpenAISettings)
    return settings


def test_the_short_form_is_enough_with_a_key_in_the_environment() -> None:
    settings = settings_of(read("provider: openai\n"))

    assert settings == OpenAISettings(api_key=SecretStr(KEY))
    assert (settings.model, settings.voice, settings.transport, settings.base_url) == (
        "gpt-realtime-2.1",
        "marin",
        "auto",
        "https://api.openai.com/v1",
    )


@pytest.mark.parametrize("environ", [{}, {"OPENAI_API_KEY": ""}])
def test_a_missing_key_names_the_variable(environ: dict[str, str]) -> None:
    with pytest.raises(SpecError) as refused:
        load_bytes(
            b"provider: openai\n",
            Path("agent.yaml"),
            settings_of=Host().settings_of,
            environ=environ,
        )

    (problem,) = refused.value.problems
    assert problem.message == (
        "provider.api_key is not set: set the environment variable OPENAI_API_KEY"
    )


def test_an_empty_key_is_refused_where_it_stands() -> None:
    assert told(provider('api_key: ""')) == ["3:12: must not be empty"]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("modle: x", "3:3: unknown key 'modle' (did you mean 'model'?)"),
        (
            "transport: webrct",
            (
                "3:14: 'webrct' is not one of: auto, webrtc, websocket "
                "(did you mean 'webrtc'?)"
            ),
        ),
        ("append_ms: 30", "3:14: must be 20 or 40 or 60 or 80 or 100, not the number"),
        ("images_kept: 0", "3:16: must be at least 1, not 0"),
        ("connect_timeout: 5", "3:20: must be a duration, not the number 5 (add a"),
        (
            "voice: {id: 7}",
            '3:15: must be text, not the number 7 (put it in quotes: "7")',
        ),
        (
            "base_url: ftp://x/v1",
            (
                "3:13: 'ftp://x/v1' is no http://, https://, ws:// or wss:// address "
                "(such as https://api.openai.com/v1)"
            ),
        ),
        ("base_url: 'http://[::1'", "3:13: 'http://[::1' is no address"),
        ("base_url: 'http://h:99999'", "3:13: 'http://h:99999' is no address"),
        (
            "base_url: http://example.com/v1",
            (
                "3:13: 'http://example.com/v1' would send the key and the voice "
                "unencrypted (write https:// or wss://; plain addresses are for this "
                "machine only)"
            ),
        ),
        (
            "base_url: https://user:secret@example.com/v1",
            "3:13: an address must not hold a password (write the key as 'api_key')",
        ),
        (
            "base_url: https://example.com/v1?model=x",
            (
                "3:13: 'https://example.com/v1?model=x' has more than a path "
                "(write parameters as 'query', a mapping)"
            ),
        ),
        ("api_key: 'a b'", "3:12: a key has no spaces, line breaks or accents (was it"),
        ("project: 'a b'", "3:12: must be letters, digits and signs without spaces"),
        ("query: {model: x}", "3:18: write it as 'model', beside 'query'"),
        (
            "model: gpt-live-1",
            (
                "3:10: 'gpt-live-1' is a model of the Live API, which is another "
                "protocol (write a model of the Realtime API, such as gpt-realtime-2.1)"
            ),
        ),
        (
            "{transport: websocket, video: track}",
            "4:10: video: track cannot be: it needs WebRTC (write transport: webrtc)",
        ),
        (
            "{transport: websocket, client_secret: true}",
            "4:18: client_secret cannot be: it needs WebRTC (write transport: webrtc)",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place_and_a_way_out(
    body: str, problem: str
) -> None:
    flow = body.startswith("{")
    lines = "\n".join(body.strip("{}").split(", ")) if flow else body

    problems = told(provider(lines))

    assert len(problems) == 1
    assert problems[0].startswith(problem)


@pytest.mark.parametrize(
    ("session", "problem"),
    [
        (
            "{instruction: x}",
            "unknown key 'instruction' (did you mean 'instructions'?)",
        ),
        (
            "{tools: [{type: function, name: f}]}",
            (
                "a function tool cannot stand here: nobody would run it "
                "(write functions into a file, and the file into the spec's 'tools')"
            ),
        ),
        (
            "{tools: [{type: mcp, server_label: a}]}",
            "an MCP server needs one of server_url, connector_id, tunnel_id",
        ),
        (
            "{tools: [{type: mcp, server_label: a, server_url: x}]}",
            "'x' is no http:// or https:// address",
        ),
        ("{output_modalities: [audio, text]}", "must have at most 1 entry"),
        ("{output_modalities: []}", "must have at least 1 entry"),
        ("{max_output_tokens: 0}", "must be at least 1, not 0"),
        ("{max_output_tokens: 5000}", "must be at most 4096, not 5000"),
        ("{tool_choice: sometimes}", "'sometimes' is not one of: auto, none, required"),
        ("{reasoning: {effort: none}}", "OpenAI knows no effort 'none' (the least is"),
        (
            "{truncation: {type: retention_ratio, retention_ratio: 2}}",
            "must be at most",
        ),
        ("{audio: {output: {speed: 2}}}", "must be at most 1.5, not 2"),
        (
            "{audio: {output: {format: {type: audio/pcmu}}}}",
            (
                "'audio/pcmu' cannot be used: only audio/pcm is sent and played "
                "(leave 'format' out: the samples are 16-bit PCM at 24000 Hz)"
            ),
        ),
        (
            "{audio: {input: {format: {type: audio/pcm, rate: 16000}}}}",
            "must be 24000, not the number 16000",
        ),
        (
            "{audio: {input: {turn_detection: {type: vad}}}}",
            "'type' must be one of: 'server_vad', 'semantic_vad'",
        ),
        (
            "{audio: {input: {turn_detection: {type: server_vad, threshold: 1.5}}}}",
            "must be at most 1, not 1.5",
        ),
        (
            (
                "{audio: {input: {turn_detection: "
                "{type: semantic_vad, silence_duration_ms: 9}}}}"
            ),
            "unknown key 'silence_duration_ms' (it does not go with",
        ),
        (
            "{audio: {input: {transcription: {prompt: x}}}}",
            (
                "the transcriber 'gpt-realtime-whisper' takes no 'prompt' "
                "(these do: gpt-live-transcribe, gpt-transcribe)"
            ),
        ),
        (
            "{audio: {input: {transcription: {model: whisper-1, delay: low}}}}",
            (
                "the transcriber 'whisper-1' takes no 'delay' "
                "(these do: gpt-realtime-whisper)"
            ),
        ),
    ],
)
def test_a_mistake_in_the_session_object_is_told(session: str, problem: str) -> None:
    problems = told(provider(f"session: {session}"))

    assert len(problems) == 1
    assert problems[0].partition(": ")[2].startswith(problem)


@pytest.mark.parametrize(
    "key", ["reasoning: {effort: low}", "parallel_tool_calls: true"]
)
def test_a_model_that_does_not_reason_is_not_asked_to(key: str) -> None:
    name = key.partition(":")[0]

    problems = told(provider(f"model: gpt-realtime-1.5\nsession:\n  {key}"))

    assert problems == [
        (
            f"5:{7 + len(name)}: model 'gpt-realtime-1.5' does not reason, and refuses "
            f"'{name}' (leave it out, or write model: gpt-realtime-2.1)"
        )
    ]


@pytest.mark.parametrize("model", ["gpt-realtime-2", "grok-of-the-future"])
def test_a_model_that_reasons_or_is_unknown_is_asked_to(model: str) -> None:
    spec = read(provider(f"model: {model}\nsession: {{reasoning: {{effort: low}}}}"))

    assert settings_of(spec).session.reasoning is not None


def test_what_is_needed_at_another_vendor_is_told_all_at_once() -> None:
    problems = told(
        provider(
            "base_url: https://api.x.ai/v1\n"
            "transport: webrtc\n"
            "organization: org-1\n"
            "session:\n"
            "  tracing: auto\n"
            "  audio: {input: {turn_detection: {type: semantic_vad}}}"
        )
    )

    assert sorted(problem.partition(": ")[2] for problem in problems) == [
        (
            "'api_key' is a key of OpenAI, and would be sent to xAI "
            "(write api_key: ${YOUR_VARIABLE}; unwritten, it is OPENAI_API_KEY)"
        ),
        "the session of xAI has no 'tracing' (leave it out)",
        "xAI cannot be reached over WebRTC (write websocket)",
        "xAI has no semantic_vad (write server_vad)",
        "xAI knows no 'organization' (leave it out)",
        "xAI needs 'model' (such as grok-voice-latest)",
        "xAI needs 'voice' (such as voice: ara)",
    ]


def test_azure_needs_the_name_of_a_deployment() -> None:
    problems = told(
        provider("base_url: https://r.openai.azure.com/openai/v1\napi_key: ${A}"),
        A="abcd",
    )

    assert [problem.partition(": ")[2] for problem in problems] == [
        "Azure needs 'model' (your deployment's name)"
    ]


@pytest.mark.parametrize(
    ("url", "dialect"),
    [
        ("https://api.openai.com/v1", OPENAI),
        ("wss://api.x.ai/v1", XAI),
        ("https://eu-west-1.api.x.ai/v1", XAI),
        ("https://r.openai.azure.com/openai/v1", AZURE),
        ("https://r.services.ai.azure.com/openai/v1", AZURE),
        ("http://127.0.0.1:8080/v1", OPENAI),
        ("ws://[::1]:8080/v1", OPENAI),
        ("http://localhost/v1", OPENAI),
        ("https://not-x.ai/v1", OPENAI),
    ],
)
def test_the_dialect_follows_from_the_host(url: str, dialect: Dialect) -> None:
    settings = OpenAISettings.model_validate(
        {"api_key": "k", "model": "m", "voice": "v", "base_url": url}
    )

    assert settings.spoken == dialect


def test_a_dialect_that_is_written_wins_over_the_host() -> None:
    settings = OpenAISettings.model_validate(
        {
            "api_key": "k",
            "model": "m",
            "voice": "v",
            "base_url": "http://127.0.0.1:1",
            "dialect": "xai",
        }
    )

    assert settings.spoken == XAI


def test_voices_and_models_that_nobody_here_knows_are_passed_on() -> None:
    settings = settings_of(
        read(provider("model: gpt-realtime-9\nvoice: {id: voice_1}"))
    )

    assert settings.model == "gpt-realtime-9"
    assert settings.voice == CustomVoice(id="voice_1")


def test_no_secret_is_shown() -> None:
    spec = read(
        provider(
            "session:\n"
            "  tools:\n"
            "    - type: mcp\n"
            "      server_label: a\n"
            "      server_url: https://example.com\n"
            "      authorization: canary-of-a-token\n"
            "      headers: {X-Key: canary-of-a-header}"
        )
    )
    settings = settings_of(spec)

    shown = f"{settings!r} {settings} {settings.model_dump_json()} {spec.effective()}"

    assert "canary" not in shown
    assert spec.secrets >= {KEY, "canary-of-a-token", "canary-of-a-header"}


def test_settings_survive_being_written_and_read() -> None:
    given = {"api_key": "k", "connect_timeout": "3s", "session": {"tracing": "auto"}}
    settings = OpenAISettings.model_validate(given)

    again = settings.model_dump(mode="json")

    assert again["connect_timeout"] == "3s"
    assert OpenAISettings.model_validate({**given, "connect_timeout": "3s"}) == settings
