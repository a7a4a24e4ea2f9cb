"""The provider: what it can do, what it advises, and how it is found."""

import socket
from typing import Any

import pytest
from msgspec.structs import replace

from realtime_run.core.capabilities import Capabilities
from realtime_run.core.errors import ProviderError
from realtime_run.core.turn_detection import TurnDetection
from realtime_run.plugin.api import AdaptsToAudio, Advisor, Provider
from realtime_run.plugin.host import Host
from realtime_run.plugin.provider_api import Opening
from realtime_run_openai.provider import OpenAIProvider
from realtime_run_openai.settings import OpenAISettings

EVERY_TURN = frozenset({"server", "semantic", "eagerness", "silence"})
WEBSOCKET = Capabilities(
    input_hz=24_000,
    output_hz=24_000,
    video="images",
    turn=EVERY_TURN,
    tool_approval=True,
    manual_responses=True,
    manual_turns=True,
    response_instructions=True,
    max_session_s=3600,
)
WEBRTC = replace(
    WEBSOCKET,
    input_hz=48_000,
    output_hz=48_000,
    max_image_bytes=48_000,
    truncate=False,
    truncates_itself=True,
)
TURNS = "provider.session.audio.input.turn_detection"
XAI: dict[str, Any] = {
    "base_url": "https://api.x.ai/v1",
    "model": "grok-voice-latest",
    "voice": "ara",
}
AZURE: dict[str, Any] = {
    "base_url": "https://r.openai.azure.com/openai/v1",
    "model": "my-deployment",
}


def provider_of(**given: Any) -> OpenAIProvider:
    return OpenAIProvider(OpenAISettings.model_validate({"api_key": "k", **given}))


def raw_turns(**turn_detection: Any) -> dict[str, Any]:
    return {"audio": {"input": {"turn_detection": turn_detection}}}


def transcription(**keys: Any) -> dict[str, Any]:
    return {"audio": {"input": {"transcription": keys}}}


def test_the_plugin_is_found_and_makes_a_provider() -> None:
    offer = Host().offer("provider", "openai")

    provider: Provider = offer.make(OpenAISettings.model_validate({"api_key": "k"}))

    assert offer.settings is OpenAISettings
    assert isinstance(provider, AdaptsToAudio)
    assert isinstance(provider, Advisor)


@pytest.mark.parametrize(
    ("given", "live", "transport"),
    [
        ({}, True, "webrtc"),
        ({}, False, "websocket"),
        ({"transport": "websocket"}, True, "websocket"),
        ({"transport": "webrtc"}, False, "webrtc"),
        ({"video": "track"}, False, "webrtc"),
        (XAI, True, "websocket"),
        (AZURE, True, "webrtc"),
    ],
)
def test_a_person_gets_webrtc_and_a_file_a_websocket(
    given: dict[str, Any], live: bool, transport: str
) -> None:
    assert provider_of(**given).adapted(live=live).transport == transport


@pytest.mark.parametrize(
    ("given", "capabilities"),
    [
        ({}, WEBSOCKET),
        ({"transport": "webrtc"}, WEBRTC),
        ({"video": "track"}, replace(WEBRTC, video="track")),
        ({"model": "gpt-4o-realtime-preview"}, replace(WEBSOCKET, video="none")),
        (
            {"session": raw_turns(type="server_vad", interrupt_response=False)},
            replace(WEBSOCKET, cancels_on_speech=False),
        ),
        (
            {"session": {"audio": {"input": {"transcription": None}}}},
            replace(WEBSOCKET, user_transcripts=False),
        ),
        (AZURE, WEBSOCKET),
        (
            XAI,
            replace(
                WEBSOCKET,
                video="none",
                turn=frozenset({"server", "silence"}),
                truncate=False,
                can_disable_interrupt=False,
                manual_responses=False,
                manual_turns=False,
                response_instructions=False,
            ),
        ),
    ],
)
def test_what_it_can_do_depends_on_transport_vendor_and_model(
    given: dict[str, Any], capabilities: Capabilities
) -> None:
    assert provider_of(**given).capabilities == capabilities


OPENING = Opening(instructions="Be brief.")


def advised(opening: Opening = OPENING, **given: Any) -> list[tuple[str, str]]:
    found = provider_of(**given).advice(opening)
    return [(one.setting, one.message) for one in found]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"transport": "webrtc", "client_secret": True},
        {"model": "gpt-realtime-1.5", "voice": "cedar"},
        {"model": "mine", "base_url": "http://127.0.0.1:1/v1"},
        {"session": {"audio": {"output": {"voice": "ash"}}}},
        XAI,
        {**AZURE, "session": {"audio": {"input": {"transcription": None}}}},
    ],
)
def test_nothing_is_said_of_what_is_in_order(given: dict[str, Any]) -> None:
    assert advised(**given) == []


@pytest.mark.parametrize(
    ("given", "setting", "message"),
    [
        (
            {"model": "gpt-realtime"},
            "provider.model",
            "'gpt-realtime' is to be shut down on 2027-01-20",
        ),
        (
            {
                "session": {
                    "audio": {"input": {"transcription": {"model": "whisper-1"}}}
                }
            },
            "provider.session.audio.input.transcription.model",
            "'whisper-1' is to be shut down on 2027-02-26",
        ),
        (
            {"model": "gpt-realtime-9"},
            "provider.model",
            (
                "nothing is known of model 'gpt-realtime-9': what it can do is not "
                "checked, and what it costs is not told"
            ),
        ),
        (
            {"model": "x", "base_url": "https://eu.api.openai.com/v1"},
            "provider.model",
            (
                "nothing is known of model 'x': what it can do is not checked, and "
                "what it costs is not told"
            ),
        ),
        (
            {"session": {"instructions": "x"}},
            "provider.session.instructions",
            "'session.instructions' takes the place of 'instructions'",
        ),
        (
            {"voice": "ash", "session": {"audio": {"output": {"voice": "cedar"}}}},
            "provider.session.audio.output.voice",
            "'session.audio.output.voice' takes the place of 'voice'",
        ),
        (
            {"session": {"output_modalities": ["text"]}},
            "provider.session.output_modalities",
            "with output_modalities: [text], the agent writes and is not heard",
        ),
        (
            {"transport": "webrtc", "append_ms": 40},
            "provider.append_ms",
            "'append_ms' has no effect over WebRTC",
        ),
        (
            {"client_secret": True},
            "provider.client_secret",
            "'client_secret' has no effect over a WebSocket",
        ),
        (
            {"video": "track", "images_kept": 3},
            "provider.images_kept",
            "'images_kept' has no effect with video: track",
        ),
        (
            AZURE,
            "provider.session.audio.input.transcription",
            (
                "Azure transcribes the user's speech with a deployment of yours, here "
                "'gpt-realtime-whisper'"
            ),
        ),
        (
            {
                **AZURE,
                "base_url": "https://r.openai.azure.com/v1",
                "session": {"audio": {"input": {"transcription": None}}},
            },
            "provider.base_url",
            "'https://r.openai.azure.com/v1' does not end in /openai/v1",
        ),
        (
            {
                **AZURE,
                "query": {"api-version": "2025-04-01-preview"},
                "session": {"audio": {"input": {"transcription": None}}},
            },
            "provider.query",
            "'api-version' belongs to Azure's preview, which has other events",
        ),
    ],
)
def test_what_is_odd_is_told_at_its_place(
    given: dict[str, Any], setting: str, message: str
) -> None:
    assert advised(**given) == [(setting, message)]


def test_turns_that_are_written_twice_are_told() -> None:
    opening = Opening(turn=TurnDetection(end="server"))

    assert advised(opening, session=raw_turns(type="semantic_vad")) == [
        (
            "provider.session.audio.input.turn_detection",
            "'session.audio.input.turn_detection' takes the place of 'turn'",
        )
    ]


def test_a_server_that_answers_although_the_runner_decides_is_told() -> None:
    opening = Opening(interruptible=False, answers=False)

    ((setting, message),) = advised(
        opening, session=raw_turns(type="server_vad", create_response=True)
    )

    assert setting == f"{TURNS}.create_response"
    assert message == (
        "'create_response: true' lets the server act although 'barge_in' leaves that"
        " to the runner"
    )


def test_a_server_that_interrupts_although_nobody_may_is_told() -> None:
    opening = Opening(interruptible=False)

    assert advised(
        opening, session=raw_turns(type="server_vad", interrupt_response=True)
    ) == [
        (
            "provider.session.audio.input.turn_detection.interrupt_response",
            "'interrupt_response: true' lets the server act although 'barge_in' is off",
        )
    ]


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
    return port


@pytest.mark.parametrize("transport", ["websocket", "webrtc"])
async def test_a_server_that_is_not_there_is_told(
    closed_port: int, transport: str
) -> None:
    provider = provider_of(
        base_url=f"http://127.0.0.1:{closed_port}/v1", transport=transport
    )

    with pytest.raises(ProviderError) as refused:
        async with provider.connect(Opening()):
            pytest.fail("it is connected to nothing")

    assert refused.value.code == "unreachable"
    assert refused.value.is_recoverable


@pytest.mark.parametrize("transport", ["websocket", "webrtc"])
async def test_a_turn_that_cannot_be_is_refused_before_connecting(
    transport: str,
) -> None:
    opening = Opening(turn=TurnDetection(end="push_to_talk"), manual_turns=True)
    provider = provider_of(transport=transport, session=raw_turns(type="server_vad"))

    with pytest.raises(ProviderError) as refused:
        async with provider.connect(opening):
            pytest.fail("it is connected")

    assert refused.value.setting == TURNS
    assert not refused.value.is_recoverable


def test_what_would_be_refused_when_connecting_is_told_before() -> None:
    session = {"audio": {"input": {"turn_detection": None}}}

    (told,) = provider_of(session=session).advice(Opening())

    assert (told.setting, told.severity) == (TURNS, "error")


def test_a_turn_that_a_key_ends_displaces_no_turn_detection() -> None:
    opening = Opening(turn=TurnDetection(end="push_to_talk", nudge_after_ms=5000))

    assert provider_of(session=raw_turns(type="server_vad")).advice(opening) == ()
