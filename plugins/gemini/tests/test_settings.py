"""What may stand beside `use: gemini`, and how a mistake in it is told."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from realtime_run.core.errors import SpecError
from realtime_run.plugin.host import Host
from realtime_run.spec.load import LoadedSpec, load_bytes
from realtime_run_gemini.plugin import realtime_run_simulator
from realtime_run_gemini.settings import GeminiSettings
from realtime_run_gemini.setup_settings import AudioTranscription

KEY = "canary-of-a-key"
TOKEN = "auth_tokens/canary"  # noqa: S105 - opens nothing
WITH_KEY = {"GEMINI_API_KEY": KEY}


def read(text: str, environ: Mapping[str, str] = WITH_KEY) -> LoadedSpec:
    return load_bytes(
        text.encode(),
        Path("agent.yaml"),
        settings_of=Host().settings_of,
        environ=environ,
    )


def told(text: str, environ: Mapping[str, str] = WITH_KEY) -> list[str]:
    """Return every problem of a spec: its place, the message and the hint."""
    with pytest.raises(SpecError) as refused:
        read(text, environ)
    return [
        f"{problem.line}:{problem.column}: {problem.message}"
        + (f" ({problem.hint})" if problem.hint else "")
        for problem in refused.value.problems
    ]


def provider(body: str) -> str:
    lines = "".join(f"  {line}\n" for line in body.splitlines())
    return f"provider:\n  use: gemini\n{lines}"


def settings_of(spec: LoadedSpec) -> GeminiSettings:
    settings = spec.spec.provider.settings
    assert isinstance(settings, GeminiSettings)
    return settings


def test_the_short_form_is_enough_with_a_key_in_the_environment() -> None:
    settings = settings_of(read("provider: gemini\n"))

    assert settings.api_key is not None
    assert settings.api_key.get_secret_value() == KEY
    assert (settings.model, settings.voice, settings.version, settings.resume) == (
        "gemini-3.8-live",
        "Puck",
        "v1beta",
        True,
    )


@pytest.mark.parametrize("environ", [{}, {"GEMINI_API_KEY": ""}])
def test_a_missing_key_names_the_variable(environ: dict[str, str]) -> None:
    (problem,) = told("provider: gemini\n", environ)

    assert problem == (
        "1:1: nothing says who you are: set the environment variable GEMINI_API_KEY"
        " (or write 'api_key', 'token' or 'vertex')"
    )


@pytest.mark.parametrize("environ", [{}, WITH_KEY])
@pytest.mark.parametrize(
    ("body", "version", "identity"),
    [
        (f"token: {TOKEN}", "v1alpha", "provider.token"),
        (
            "vertex: {project: p-1, location: us-central1}",
            "v1beta1",
            "provider.vertex",
        ),
        ("vertex: {api_key: express}", "v1beta1", "provider.vertex"),
    ],
)
def test_another_way_to_say_who_one_is_needs_no_key(
    environ: dict[str, str], body: str, version: str, identity: str
) -> None:
    settings = settings_of(read(provider(body), environ))

    assert settings.api_key is None
    assert (settings.version, settings.identity) == (version, identity)


def test_secrets_are_shown_nowhere() -> None:
    secrets = (
        "token: auth_tokens/canary",
        "api_key: canary",
        "vertex: {project: p, location: eu, access_token: canary}",
        "vertex: {api_key: canary}",
    )

    for body in secrets:
        spec = read(provider(body))
        assert "canary" not in repr(settings_of(spec))
        assert "canary" not in str(spec.effective())


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("modle: x", "3:3: unknown key 'modle' (did you mean 'model'?)"),
        (
            "model: models/gemini-3.8-live",
            (
                "3:10: 'models/gemini-3.8-live' is more than a model's id"
                " (write gemini-3.8-live)"
            ),
        ),
        ('api_key: ""', "3:12: must not be empty"),
        (
            "api_key: auth_tokens/x",
            "3:12: this is an ephemeral token (write it as 'token')",
        ),
        (
            "token: AIza",
            (
                "3:10: an ephemeral token begins with auth_tokens/"
                " (write a key as 'api_key')"
            ),
        ),
        (
            "token: auth_tokens/x\napi_version: v1beta",
            (
                "4:16: 'v1beta' takes no ephemeral token"
                " (leave it out, or write v1alpha)"
            ),
        ),
        (
            "token: auth_tokens/x\napi_key: k",
            "4:12: 'api_key' and 'token' both say who you are (keep one)",
        ),
        (
            "vertex: {api_key: k}\napi_key: k",
            "4:12: 'api_key' and 'vertex' both say who you are (keep one)",
        ),
        (
            "vertex: {project: p-1}",
            "3:11: Vertex needs 'location' (such as location: us-central1)",
        ),
        (
            "vertex: {project: p, location: eu, access_token: t, api_key: k}",
            "3:64: 'api_key' and 'access_token' both say who you are (keep one)",
        ),
        (
            "vertex: {api_key: k, location: eu}",
            "3:34: with 'api_key' there is no 'location' (leave it out)",
        ),
        (
            "vertex: {project: p, location: eu.evil/}",
            "3:34: 'eu.evil/' is not a location, such as us-central1",
        ),
        (
            "endpoint: http://example.com",
            (
                "3:13: 'http://example.com' would send the key and the voice "
                "unencrypted (write https:// or wss://; plain addresses are for this "
                "machine only)"
            ),
        ),
        (
            "endpoint: https://example.com?key=x",
            (
                "3:13: 'https://example.com?key=x' has more than a path"
                " (leave it out: the key goes in a header)"
            ),
        ),
        ("frame_ms: 30", "3:13: must be 20 or 40, not the number 30"),
        ("rotate_after: 5s", "3:17: must be at least 30s, not 5s"),
    ],
)
def test_a_mistake_is_told_where_it_stands(body: str, problem: str) -> None:
    assert problem in told(provider(body))


@pytest.mark.parametrize(
    ("model", "setup", "problem"),
    [
        (
            "gemini-3.8-live",
            "generation_config: {thinking_config: {thinking_level: LOW}}",
            (
                "5:42: 'gemini-3.8-live' thinks as it sees fit, and refuses to be told"
                " how (leave it out, or write model: gemini-3.8-live-extended-thinking)"
            ),
        ),
        (
            "gemini-3.8-live-extended-thinking",
            "generation_config: {thinking_config: {thinking_budget: 5}}",
            (
                "5:60: 'gemini-3.8-live-extended-thinking' has no budget for thinking"
                " (write thinking_level: LOW, MEDIUM or HIGH)"
            ),
        ),
        (
            "gemini-2.5-flash-native-audio-preview-12-2025",
            "generation_config: {thinking_config: {thinking_level: LOW}}",
            (
                "5:59: 'gemini-2.5-flash-native-audio-preview-12-2025' has no levels of"
                " thinking (write thinking_budget, in tokens)"
            ),
        ),
        (
            "gemini-3.8-live",
            "proactivity: {proactive_audio: false}",
            (
                "5:36: 'gemini-3.8-live' is always proactive, and refuses to be told"
                " otherwise (leave it out)"
            ),
        ),
        (
            "gemini-3.1-flash-live-preview",
            "proactivity: {proactive_audio: true}",
            (
                "5:36: 'gemini-3.1-flash-live-preview' cannot be proactive"
                " (write model: gemini-3.8-live)"
            ),
        ),
        (
            "gemini-3.8-live",
            "proactivity: {proactive_video: true}",
            (
                "5:36: 'proactive_video' needs 'proactive_audio'"
                " (write proactive_audio: true beside it)"
            ),
        ),
        (
            "gemini-3.8-live",
            "generation_config: {enable_affective_dialog: true}",
            "5:50: 'gemini-3.8-live' has no such switch (leave it out)",
        ),
        (
            "gemini-3.8-live",
            "generation_config: {translation_config: {target_language_code: de}}",
            (
                "5:45: 'gemini-3.8-live' is no interpreter (leave it out, or write"
                " model: gemini-3.5-live-translate-preview)"
            ),
        ),
        (
            "gemini-3.8-live-extended-thinking",
            "generation_config: {thinking_config: {thinking_level: MINIMAL}}",
            (
                "5:59: 'gemini-3.8-live-extended-thinking' has no level MINIMAL of"
                " thinking (one of LOW, MEDIUM, HIGH)"
            ),
        ),
        (
            "gemini-3.8-live",
            "temperature: 1.0",
            (
                "5:5: 'temperature' cannot be written here (write it below"
                " 'generation_config')"
            ),
        ),
        (
            "gemini-3.8-live",
            "explicit_vad_signal: true",
            "5:26: 'explicit_vad_signal' is Vertex's alone (leave it out)",
        ),
        (
            "gemini-3.8-live",
            "generation_config: {stop_sequences: [x]}",
            (
                "5:25: 'stop_sequences' cannot be written here (the Live API does not"
                " know it; leave it out)"
            ),
        ),
        (
            "gemini-3.8-live",
            "generation_config: {response_modalities: [TEXT]}",
            (
                "5:25: 'response_modalities' cannot be written here (the agent speaks,"
                " always; its words come as a transcript)"
            ),
        ),
        (
            "gemini-3.8-live",
            "session_resumption: {transparent: true}",
            (
                "5:5: 'session_resumption' cannot be written here (it is asked for by"
                " 'resume', beside 'setup'; the server's 'transparent' is not used)"
            ),
        ),
        (
            "gemini-3.8-live",
            "realtime_input_config: {automatic_activity_detection: {disabled: true}}",
            (
                "5:60: 'disabled' cannot be written here (write turn: {end:"
                " push_to_talk} or {end: local}, at the spec's top)"
            ),
        ),
        (
            "gemini-3.8-live",
            "input_audio_transcription: {mode: SMART, diarization: true}",
            "5:59: with mode: SMART there is no 'diarization' (leave it out)",
        ),
        (
            "gemini-3.8-live",
            (
                "context_window_compression: {trigger_tokens: 9, sliding_window:"
                " {target_tokens: 9}}"
            ),
            (
                "5:85: 9 is not less than trigger_tokens, 9"
                " (write less, or leave it out for half of it)"
            ),
        ),
        (
            "gemini-3.8-live",
            "generation_config: {speech_config: {voice_config: {}}}",
            ("5:55: needs either a prebuilt_voice_config or a replicated_voice_config"),
        ),
        (
            "gemini-3.8-live",
            (
                "generation_config: {speech_config: {voice_config:"
                " {replicated_voice_config: {voice_sample_audio: '*'}}}}"
            ),
            (
                "5:102: must be bytes in base64"
                " (of a file, take what `base64 --wrap=0 FILE` prints)"
            ),
        ),
        (
            "gemini-3.8-live",
            "generation_config: {media_resolution: LOW}",
            (
                "5:43: 'LOW' is not one of: MEDIA_RESOLUTION_LOW,"
                " MEDIA_RESOLUTION_MEDIUM, MEDIA_RESOLUTION_HIGH"
            ),
        ),
    ],
)
def test_what_the_server_would_refuse_of_the_setup_is_told_where_it_stands(
    model: str, setup: str, problem: str
) -> None:
    (first, *_) = told(provider(f"model: {model}\nsetup:\n  {setup}"))

    assert first.startswith(problem)


def test_a_key_that_belongs_elsewhere_hides_no_other_mistake() -> None:
    setup = "{system_instruction: Hi, proactivity: {x: 1}, temperature: 1.0, labls: {}}"

    problems = told(provider(f"setup: {setup}"))

    assert [problem.split(" (")[0] for problem in problems] == [
        "3:11: 'system_instruction' cannot be written here",
        "3:49: unknown key 'x'",
        "3:56: 'temperature' cannot be written here",
        "3:74: unknown key 'labls'",
    ]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (
            "model: gemini-3.1-flash-live-preview\ntools: {behavior: non_blocking}",
            (
                "4:21: 'gemini-3.1-flash-live-preview' waits for its functions: it has"
                " no 'non_blocking' (leave it out)"
            ),
        ),
        (
            (
                "model: gemini-3.8-live-extended-thinking\n"
                "tools: {functions: {move: {behavior: blocking}}}"
            ),
            (
                "4:40: 'gemini-3.8-live-extended-thinking' talks on while a function"
                " runs: it has no 'blocking' (leave it out)"
            ),
        ),
        (
            "model: gemini-3.5-live-translate-preview",
            (
                "3:10: 'gemini-3.5-live-translate-preview' interprets, and is not told"
                " into which language (write setup: {generation_config:"
                " {translation_config: {target_language_code: de-DE}}})"
            ),
        ),
        (
            (
                "model: gemini-3.5-live-translate-preview\ngoogle_search: true\n"
                "setup: {generation_config: {translation_config:"
                " {target_language_code: de}}}"
            ),
            (
                "4:18: 'gemini-3.5-live-translate-preview' interprets, and searches"
                " nothing (leave it out)"
            ),
        ),
        (
            (
                "vertex: {project: p, location: eu}\n"
                "setup: {generation_config: {speech_config: {voice_config:"
                " {replicated_voice_config: {voice_sample_audio: AA==, consent_audio:"
                " AA==}}}}}"
            ),
            "4:129: Vertex knows no 'consent_audio' (leave it out)",
        ),
        (
            ("vertex: {project: p, location: eu}\nsetup: {labels: {team: a}}"),
            "4:19: Vertex knows no 'labels' here (leave it out)",
        ),
    ],
)
def test_what_a_model_or_a_service_cannot_do_is_told(body: str, problem: str) -> None:
    assert told(provider(body)) == [problem]


def test_nothing_is_refused_for_a_model_that_is_not_known() -> None:
    body = (
        "model: gemini-9-live\n"
        "setup:\n"
        "  generation_config:\n"
        "    thinking_config: {thinking_budget: 3}\n"
        "    enable_affective_dialog: true\n"
        "  proactivity: {proactive_audio: false}"
    )

    assert settings_of(read(provider(body))).model == "gemini-9-live"


def test_transcripts_can_be_switched_off() -> None:
    setup = settings_of(
        read(provider("setup: {input_audio_transcription: null}"))
    ).setup

    assert setup.input_audio_transcription is None
    assert setup.output_audio_transcription == AudioTranscription()


def test_the_simulator_is_reached_whoever_one_was(simulated: Any) -> None:
    for body in (f"token: {TOKEN}", "vertex: {project: p, location: eu}"):
        given = read(provider(body)).spec.provider.settings
        assert isinstance(given, GeminiSettings)
        led = given.model_dump(exclude_unset=True) | simulated

        settings = GeminiSettings.model_validate(led)

        assert settings.identity == "provider.api_key"


@pytest.fixture
def simulated() -> dict[str, Any]:
    return dict(realtime_run_simulator().reach("http://127.0.0.1:1"))
