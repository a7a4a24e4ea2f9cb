"""Which transport a conversation takes, and at which sample rate."""

from realtime_run_openai.settings import OpenAISettings, Transport

NEEDS_UDP = "where a firewall blocks UDP, write 'transport: websocket'"
"""What to do where a call does not come about."""
_WEBSOCKET_HZ = 24_000
_WEBRTC_HZ = 48_000


def transport_for(settings: OpenAISettings, *, live: bool) -> Transport:
    """Return the transport to use.

    WebRTC loses late packets instead of waiting for them, and its server knows what was
    played: that suits a person. A WebSocket loses nothing, and is as fast as one likes:
    that suits files.

    Args:
        settings: What is written.
        live: Whether a person speaks and hears.
    """
    if settings.transport != "auto":
        return settings.transport
    if not settings.spoken.webrtc:
        return "websocket"
    return "webrtc" if live or settings.video == "track" else "websocket"


def sample_rate_hz(transport: Transport) -> int:
    """Return the sample rate in both directions: the server's own, or that of Opus."""
    return _WEBRTC_HZ if transport == "webrtc" else _WEBSOCKET_HZ
