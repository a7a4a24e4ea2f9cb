"""Calls over real sockets, judged by what is heard and seen at the other end."""

import asyncio
import json
import re
import sys
import threading
import time
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from realtime_run.core.commands import (
    AppendAudio,
    AppendImage,
    AppendPicture,
    CancelResponse,
    SendText,
)
from realtime_run.core.errors import ConnectionClosedError, ProviderError
from realtime_run.core.pcm import Pcm
from realtime_run.core.picture import Picture
from realtime_run.core.provider_events import (
    AudioOutput,
    ProviderEvent,
    ResponseDone,
    ResponseStarted,
)
from realtime_run.plugin.api import Connection, HistoryItem, Opening
from realtime_run_openai.peer import Peer, open_peer
from realtime_run_openai.webrtc import open_webrtc

Make = Callable[..., Any]
TOO_LONG = AppendImage(jpeg=bytes(60_000), width=1, height=1)
OPENING = Opening(instructions="Be brief.")


async def events_until(
    connection: Connection, met: Callable[[ProviderEvent], bool]
) -> list[ProviderEvent]:
    events: list[ProviderEvent] = []
    while not events or not met(events[-1]):
        events.append(await connection.receive())
    return events


def begin(call: Any, response_id: str = "resp_1", item_id: str = "item_1") -> None:
    """Say what a server says before the first sound of a response."""
    where = {"response_id": response_id, "output_index": 0}
    item = {"id": item_id, "type": "message", "role": "assistant", "content": []}
    call.tell("response.created", response={"id": response_id, "status": "in_progress"})
    call.tell("response.output_item.added", item=item, **where)
    call.tell(
        "response.content_part.added",
        item_id=item_id,
        content_index=0,
        part={"type": "audio", "transcript": ""},
        **where,
    )
    call.tell("output_audio_buffer.started", response_id=response_id)


def finish(call: Any, response_id: str = "resp_1", status: str = "completed") -> None:
    call.tell(
        "response.done", response={"id": response_id, "status": status, "output": []}
    )


async def test_a_call_carries_the_session_and_greets(
    server: Any, settings: Make
) -> None:
    async with open_webrtc(settings(), OPENING) as connection:
        config = connection.session_config

    ((path, headers, _), (hang_up, _, _)) = server.requests
    session = server.calls[0].session
    assert (path, hang_up) == (
        "/v1/realtime/calls",
        "/v1/realtime/calls/rtc_0/hangup",
    )
    assert headers["authorization"] == "bearer sk-test"
    assert session["type"] == "realtime"
    assert session["model"] == "gpt-realtime-2.1"
    assert config["instructions"] == "Be brief."


async def test_an_ephemeral_key_carries_the_session_instead_of_the_call(
    server: Any, settings: Make
) -> None:
    async with open_webrtc(settings(client_secret=True), OPENING):
        pass

    (secret, headers, body), (call, call_headers, offer) = server.requests[:2]
    assert (secret, call) == ("/v1/realtime/client_secrets", "/v1/realtime/calls")
    assert headers["authorization"] == "bearer sk-test"
    assert json.loads(body)["session"]["instructions"] == "Be brief."
    assert call_headers["authorization"] == "bearer ek_simulated"
    assert offer.startswith(b"v=0")


async def test_what_was_said_before_is_told(server: Any, settings: Make) -> None:
    history = (HistoryItem(role="user", text="My name is Ada."),)

    async with open_webrtc(settings(), Opening(history=history)):
        call = server.calls[0]
        await call.until(lambda call: call.received)

    assert call.received[0]["type"] == "conversation.item.create"
    assert "My name is Ada." in json.dumps(call.received[0])


async def test_the_user_is_heard(
    server: Any, settings: Make, tone: Make, pitch_of: Make, as_pcm: Make
) -> None:
    async with open_webrtc(settings(), OPENING) as connection:
        for pcm in as_pcm(tone(440, 1.0)):
            await connection.send(AppendAudio(pcm=pcm))
        call = server.calls[0]
        await call.until(lambda call: loud_frames(call) >= 45)

    heard = np.concatenate([frame for frame in call.heard if abs(frame).max() > 6000])
    assert abs(pitch_of(heard) - 440) < 5


async def test_the_model_is_heard_whole_and_labelled(
    server: Any, settings: Make, tone: Make, pitch_of: Make
) -> None:
    async with open_webrtc(settings(), OPENING) as connection:
        call = server.calls[0]
        begin(call)
        call.say(tone(660, 1.0))
        finish(call)
        while call.voice.frames:  # noqa: ASYNC110 - the track is aiortc's to pull
            await asyncio.sleep(0.005)
        call.tell("output_audio_buffer.stopped", response_id="resp_1")
        events = await events_until(connection, lambda e: isinstance(e, ResponseDone))

    sound = [event for event in events if isinstance(event, AudioOutput)]
    whole = np.frombuffer(b"".join(event.pcm for event in sound), "<i2")
    loud = np.flatnonzero(abs(whole) > 1000)
    assert isinstance(events[0], ResponseStarted) or ResponseStarted in map(
        type, events[:3]
    )
    assert {(e.response_id, e.item_id) for e in sound} == {("resp_1", "item_1")}
    assert abs(pitch_of(whole) - 660) < 5
    assert abs((loud[-1] - loud[0]) / 48_000 - 1.0) < 0.06


async def test_nothing_is_heard_of_a_response_that_was_cleared(
    server: Any, settings: Make, tone: Make
) -> None:
    async with open_webrtc(settings(), OPENING) as connection:
        call = server.calls[0]
        begin(call)
        call.say(tone(660, 5.0))
        await events_until(connection, lambda e: isinstance(e, AudioOutput))
        call.tell("output_audio_buffer.cleared", response_id="resp_1")
        call.voice.frames.clear()
        finish(call, status="cancelled")
        await events_until(connection, lambda e: isinstance(e, ResponseDone))
        begin(call, "resp_2", "item_2")
        call.say(tone(880, 0.2))
        events = await events_until(connection, is_loud)

    sound = [event for event in events if isinstance(event, AudioOutput)]
    assert {event.response_id for event in sound} == {"resp_2"}


async def test_a_cancelled_response_falls_silent_before_the_server_has_heard_of_it(
    server: Any, settings: Make, tone: Make
) -> None:
    async with open_webrtc(settings(), OPENING) as connection:
        call = server.calls[0]
        begin(call)
        call.say(tone(660, 5.0))
        await events_until(connection, lambda e: isinstance(e, AudioOutput))

        await connection.send(CancelResponse(response_id="resp_1"))
        await call.until(
            lambda call: any(m["type"] == "response.cancel" for m in call.received)
        )
        finish(call, status="cancelled")
        events = await events_until(connection, lambda e: isinstance(e, ResponseDone))

    assert sum(isinstance(event, AudioOutput) for event in events) <= 2


async def test_pictures_arrive_in_their_colours_and_order(
    server: Any, settings: Make
) -> None:
    red, blue = picture(76, 85, 255), picture(29, 255, 107)
    async with open_webrtc(settings(video="track"), OPENING) as connection:
        call = server.calls[0]
        await connection.send(AppendPicture(picture=red))
        await call.until(lambda call: call.seen)
        await connection.send(AppendPicture(picture=blue))
        await call.until(lambda call: colours(call.seen)[-1] == "blue")

    assert colours(call.seen) == ["red", "blue"]


async def test_a_picture_without_a_video_track_says_what_to_write(
    settings: Make,
) -> None:
    async with open_webrtc(settings(), OPENING) as connection:
        with pytest.raises(ProviderError, match="video: track") as caught:
            await connection.send(AppendPicture(picture=picture(0, 0, 0)))

    assert caught.value.setting == "provider.video"


async def test_a_message_that_is_too_long_is_refused_and_the_call_goes_on(
    server: Any, settings: Make
) -> None:
    server.alter = lambda sdp: sdp.replace(
        "a=max-message-size:262144", "a=max-message-size:70000"
    )
    async with open_webrtc(settings(), OPENING) as connection:
        with pytest.raises(ProviderError, match=r"the server takes 70000") as caught:
            await connection.send(TOO_LONG)
        await connection.send(SendText(text="short"))
        await server.calls[0].until(lambda call: "short" in json.dumps(call.received))

    assert caught.value.code == "message_too_large"


async def test_a_server_that_states_no_limit_takes_64_kib(
    server: Any, settings: Make
) -> None:
    server.alter = lambda sdp: sdp.replace("a=max-message-size:262144\r\n", "")
    async with open_webrtc(settings(), OPENING) as connection:
        with pytest.raises(ProviderError, match=r"the server takes 65536"):
            await connection.send(TOO_LONG)


async def test_sound_of_another_rate_is_refused(settings: Make) -> None:
    async with open_webrtc(settings(), OPENING) as connection:
        with pytest.raises(ProviderError, match="24000 Hz"):
            await connection.send(AppendAudio(pcm=Pcm.silence(20, 24_000)))


async def test_a_server_that_hangs_up_ends_the_connection(
    server: Any, settings: Make
) -> None:
    async with open_webrtc(settings(), OPENING) as connection:
        await server.calls[0].peer.close()
        async with asyncio.timeout(1):
            with pytest.raises(ConnectionClosedError) as caught:
                await events_until(connection, lambda _: False)
        with pytest.raises(ConnectionClosedError):
            await connection.send(SendText(text="hello?"))

    assert (caught.value.code, caught.value.was_clean) == ("channel_closed", True)
    assert server.paths == ["/v1/realtime/calls"]


async def test_a_server_that_fell_silent_long_before_the_end_was_lost(
    server: Any, settings: Make
) -> None:
    loop, passed = asyncio.get_running_loop(), 0.0
    async with open_peer(with_video=False, now=lambda: loop.time() + passed) as peer:
        answer = await server.answer_offer(await peer.offer())
        await peer.accept(answer)
        await peer.connected()
        await peer.packets()
        passed = 30.0
        await server.calls[0].peer.close()
        with pytest.raises(ConnectionClosedError, match="30 s") as caught:
            await read_all(peer)

    assert (caught.value.code, caught.value.was_clean) == ("ice_failed", False)


@pytest.mark.parametrize("after_s", [0.0, 0.005, 0.02, 0.03, 0.04, 0.06])
async def test_a_call_may_be_left_at_any_moment(
    server: Any, settings: Make, after_s: float
) -> None:
    async with open_webrtc(settings(), OPENING):
        pass
    before = leftovers()

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(after_s), open_webrtc(settings(), OPENING):
            await asyncio.Event().wait()

    await server.close()
    assert leftovers()[1] == before[1]


@pytest.mark.parametrize(
    "cassette", ["answer_webrtc_offer", "agent_answer_webrtc_offer"]
)
async def test_the_answers_of_the_real_service_are_understood(
    shared: Path, cassette: str
) -> None:
    path = shared / "recordings" / "cassettes" / "webrtc" / f"{cassette}.yaml"
    recorded = yaml.safe_load(path.read_text(encoding="utf-8"))
    answer = recorded["interactions"][0]["response"]["body"]["string"]
    here = re.sub(r"(udp|tcp) (\d+) [\d.]+ \d+", r"\1 \2 127.0.0.1 9", answer)

    async with open_peer(with_video=False, now=time.monotonic) as peer:
        await peer.offer()
        await peer.accept(here)
        message_bytes = peer._message_bytes

    assert message_bytes == 1_073_741_823


@pytest.mark.parametrize(
    ("fault", "match"),
    [("silent", "no connection came about"), ("mute", "did not greet")],
)
async def test_a_server_that_does_not_connect_is_given_up(
    server: Any, settings: Make, fault: str, match: str
) -> None:
    setattr(server, fault, True)

    with pytest.raises(ProviderError, match=match) as caught:
        async with open_webrtc(settings(connect_timeout="1s"), OPENING):
            pass

    assert (caught.value.code, caught.value.is_recoverable) == ("connect_timeout", True)
    assert caught.value.setting == "provider.connect_timeout"
    assert caught.value.message.startswith("after 1 s, ")
    assert server.paths[-1] == "/v1/realtime/calls/rtc_0/hangup"


async def test_a_call_that_is_given_up_before_its_answer_is_hung_up(
    server: Any, settings: Make
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def pause() -> None:
        begun.set()
        await go_on.wait()

    async def connect() -> None:
        async with open_webrtc(settings(), OPENING):
            pytest.fail("it was given up before")

    server.pause = pause
    async with asyncio.TaskGroup() as tasks:
        connecting = tasks.create_task(connect())
        await begun.wait()
        connecting.cancel()
        await asyncio.sleep(0)
        go_on.set()

    assert connecting.cancelled()
    assert server.paths == ["/v1/realtime/calls", "/v1/realtime/calls/rtc_0/hangup"]


async def test_a_server_that_answers_no_call_is_given_up(
    server: Any, settings: Make
) -> None:
    over = asyncio.Event()
    server.pause = over.wait

    with pytest.raises(ProviderError, match="did not answer the call") as caught:
        async with open_webrtc(settings(connect_timeout="1s"), OPENING):
            pass
    over.set()

    assert caught.value.code == "connect_timeout"


async def test_a_library_that_is_missing_is_told_with_what_to_do(
    server: Any, settings: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "aiortc", None)

    with pytest.raises(ProviderError, match="write 'transport: websocket'") as caught:
        async with open_webrtc(settings(), OPENING):
            pass

    assert (caught.value.code, caught.value.setting) == (
        "missing",
        "provider.transport",
    )
    assert not caught.value.is_recoverable
    assert server.paths == []


async def test_an_answer_that_is_none_is_an_error_of_the_server(
    server: Any, settings: Make
) -> None:
    server.alter = lambda sdp: "v=0\r\nm=audio what is this"

    with pytest.raises(ProviderError) as caught:
        async with open_webrtc(settings(), OPENING):
            pass

    assert caught.value.code == "invalid_answer"


async def test_a_call_leaves_nothing_behind(server: Any, settings: Make) -> None:
    async with open_webrtc(settings(), OPENING):
        pass
    await server.close()
    first = leftovers()
    async with open_webrtc(settings(), OPENING):
        pass
    await server.close()
    second = leftovers()

    assert second == first


async def test_an_error_of_whoever_uses_the_connection_comes_out_as_it_is(
    settings: Make,
) -> None:
    with pytest.raises(KeyError, match="mine"):
        async with open_webrtc(settings(), OPENING):
            raise KeyError("mine")


async def read_all(peer: Peer) -> None:
    while True:
        await peer.inbox.get()


def leftovers() -> tuple[int, list[str], int]:
    """Tasks, threads that do not end by themselves, and open files."""
    threads = [thread.name for thread in threading.enumerate()]
    return (
        len(asyncio.all_tasks()),
        [name for name in threads if not name.startswith(("asyncio_", "load"))],
        sum(1 for _ in Path("/proc/self/fd").iterdir()),
    )


def colours(frames: list[Any]) -> list[str]:
    """What was seen one after another; a picture that stays is sent repeatedly."""
    means = (frame.to_ndarray(format="rgb24").mean(axis=(0, 1)) for frame in frames)
    names = [("red", "green", "blue")[int(mean.argmax())] for mean in means]
    return [name for name, _ in groupby(names)]


def loud_frames(call: Any) -> int:
    return sum(abs(frame).max() > 6000 for frame in call.heard)


def is_loud(event: ProviderEvent) -> bool:
    return (
        isinstance(event, AudioOutput)
        and abs(np.frombuffer(event.pcm, "<i2").astype(int)).max() > 6000
    )


def picture(y: int, u: int, v: int) -> Picture:
    size = 320 * 240
    planes = (bytes([y]) * size, bytes([u]) * (size // 4), bytes([v]) * (size // 4))
    return Picture(width=320, height=240, i420=b"".join(planes))
