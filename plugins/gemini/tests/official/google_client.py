"""Converses with a server by Google's own client; prints as JSON what happened.

Arguments: what to do (a name of `TALKS`), and the server's URL.
"""

import asyncio
import json
import sys
from typing import Any

from google import genai
from google.genai import errors, types

MODEL = "gemini-3.8-live"
RATE = "audio/pcm;rate=16000"
SPEECH = (b"\x00\x20" * 8 + b"\x00\xe0" * 8) * 1000
SILENCE = bytes(2 * 16_000 * 2)
ADD = types.FunctionDeclaration(
    name="add",
    description="Add two whole numbers.",
    parameters_json_schema={
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
    },
    behavior=types.Behavior.BLOCKING,
)


def config(**more: Any) -> types.LiveConnectConfig:
    return types.LiveConnectConfig(
        response_modalities=[types.Modality.AUDIO],
        system_instruction="Be brief.",
        speech_config=types.SpeechConfig(
            voice_config=types.VoiceConfig(
                prebuilt_voice_config=types.PrebuiltVoiceConfig(voice_name="Puck")
            )
        ),
        input_audio_transcription=types.AudioTranscriptionConfig(),
        output_audio_transcription=types.AudioTranscriptionConfig(),
        session_resumption=types.SessionResumptionConfig(),
        realtime_input_config=types.RealtimeInputConfig(
            automatic_activity_detection=types.AutomaticActivityDetection(
                silence_duration_ms=500
            )
        ),
        **more,
    )


async def turn(session: Any) -> dict[str, Any]:
    """Return what came until the turn was complete."""
    seen: dict[str, Any] = {"said": "", "heard": "", "audio": 0, "kinds": []}
    async for message in session.receive():
        if message.tool_call:
            seen["calls"] = [
                {"name": call.name, "args": call.args}
                for call in message.tool_call.function_calls
            ]
            seen["ids"] = [call.id for call in message.tool_call.function_calls]
            return seen
        if message.voice_activity:
            seen["kinds"].append(message.voice_activity.voice_activity_type.value)
        if message.usage_metadata:
            seen["tokens"] = message.usage_metadata.total_token_count
        if message.server_content:
            note(message.server_content, seen)
    return seen


def note(content: types.LiveServerContent, seen: dict[str, Any]) -> None:
    for flag in ("interrupted", "generation_complete", "turn_complete"):
        if getattr(content, flag):
            seen["kinds"].append(flag)
    if content.model_turn:
        parts = content.model_turn.parts or []
        seen["audio"] += sum(len(part.inline_data.data) for part in parts)
    if content.output_transcription:
        seen["said"] += content.output_transcription.text or ""
    if content.input_transcription:
        seen["heard"] += content.input_transcription.text or ""


async def speak(session: Any) -> None:
    for pcm in (SPEECH, SILENCE):
        for at in range(0, len(pcm), 640):
            blob = types.Blob(data=pcm[at : at + 640], mime_type=RATE)
            await session.send_realtime_input(audio=blob)


async def texts(live: Any) -> Any:
    async with live.connect(model=MODEL, config=config()) as session:
        await session.send_realtime_input(text="hello")
        first = await turn(session)
        part = types.Part(text="and goodbye")
        content = types.Content(role="user", parts=[part])
        await session.send_client_content(turns=content, turn_complete=True)
        return [first, await turn(session)]


async def speech(live: Any) -> Any:
    async with live.connect(model=MODEL, config=config()) as session:
        await session.send_realtime_input(text="Tell me a long story")
        async for message in session.receive():
            if message.server_content and message.server_content.model_turn:
                break
        await speak(session)
        return [await turn(session), await turn(session)]


async def picture(live: Any) -> Any:
    async with live.connect(model=MODEL, config=config()) as session:
        blob = types.Blob(data=bytes.fromhex(sys.argv[3]), mime_type="image/jpeg")
        await session.send_realtime_input(video=blob)
        await session.send_realtime_input(text="What do you see?")
        return await turn(session)


async def tools(live: Any) -> Any:
    tool = types.Tool(function_declarations=[ADD])
    async with live.connect(model=MODEL, config=config(tools=[tool])) as session:
        await session.send_realtime_input(text="Add 2 and 3.")
        called = await turn(session)
        result = types.FunctionResponse(
            id=called.pop("ids")[0], name="add", response={"output": 5}
        )
        await session.send_tool_response(function_responses=[result])
        return [called["calls"], await turn(session)]


async def resumed(live: Any) -> Any:
    handle = None
    async with live.connect(model=MODEL, config=config()) as session:
        await session.send_realtime_input(text="My name is Ann.")
        await turn(session)
        async for message in session.receive():
            update = message.session_resumption_update
            if update and update.resumable:
                handle = update.new_handle
                break
    again = config()
    again.session_resumption = types.SessionResumptionConfig(handle=handle)
    async with live.connect(model=MODEL, config=again) as session:
        await session.send_realtime_input(text="What is my name?")
        return await turn(session)


async def leaving(live: Any) -> Any:
    async with live.connect(model=MODEL, config=config()) as session:
        async for message in session.receive():
            if message.go_away:
                return message.go_away.time_left
    return None


async def closed(live: Any) -> Any:
    async with live.connect(model=MODEL, config=config()) as session:
        await session.send_realtime_input(text="hello")
        try:
            await turn(session)
            await turn(session)
        except errors.APIError as error:
            return {"code": error.code, "why": str(error)}
    return None


async def refused(live: Any) -> Any:
    told: list[Any] = []
    for model, given in (
        ("gemini-nonsense", config()),
        (MODEL, config(thinking_config=types.ThinkingConfig(thinking_budget=5))),
    ):
        try:
            async with live.connect(model=model, config=given) as session:
                await turn(session)
        except errors.APIError as error:
            told.append({"code": error.code, "why": str(error)})
    return told


TALKS = {
    talk.__name__: talk
    for talk in (texts, speech, picture, tools, resumed, leaving, closed, refused)
}


async def main(names: str, url: str) -> None:
    client = genai.Client(
        api_key="k",
        http_options=types.HttpOptions(base_url=url, api_version="v1beta"),
    )
    async with asyncio.timeout(20):
        happened = {name: await TALKS[name](client.aio.live) for name in names.split()}
    sys.stdout.write(json.dumps(happened))


asyncio.run(main(sys.argv[1], sys.argv[2]))
