"""Converses with a server by the vendor's own client; prints as JSON what happened.

Arguments: what to do (a name of `TALKS`), the server's URL, and a JPEG in base64.
"""

import base64
import json
import queue
import sys
import time
from typing import Any

from dashscope.audio.qwen_omni import (
    MultiModality,
    OmniRealtimeCallback,
    OmniRealtimeConversation,
)

MODEL = "qwen3.5-omni-plus-realtime"
SPEECH = (b"\x00\x20" * 8 + b"\x00\xe0" * 8) * 1000
SILENCE = bytes(2 * 16_000 * 2)
ADD = {
    "type": "function",
    "function": {
        "name": "add",
        "description": "Add two whole numbers.",
        "parameters": {
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
        },
    },
}
PATIENCE_S = 10


class Talk(OmniRealtimeCallback):
    """A conversation, whose events come in another thread."""

    def __init__(self, key: str = "sk-k") -> None:
        self.events: queue.Queue[Any] = queue.Queue()
        self.kinds: list[str] = []
        self.conversation = OmniRealtimeConversation(
            MODEL,
            self,
            url=sys.argv[2].replace("http", "ws") + "/realtime",
            api_key=key,
        )

    def on_event(self, message: Any) -> None:
        self.events.put(message)

    def on_close(self, close_status_code: Any, close_msg: Any) -> None:
        self.events.put({"type": "closed", "code": close_status_code})

    def begin(self, **session: Any) -> "Talk":
        self.conversation.connect()
        self.until("session.created")
        self.conversation.update_session(
            [MultiModality.TEXT, MultiModality.AUDIO],
            voice="Tina",
            input_audio_transcription_model="qwen3-asr-flash-realtime",
            **session,
        )
        self.until("session.updated")
        return self

    def until(self, kind: str) -> Any:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            event = self.events.get(timeout=max(0.0, deadline - time.monotonic()))
            self.kinds.append(event["type"])
            if event["type"] == kind:
                return event

    def write(self, text: str) -> None:
        content = [{"type": "input_text", "text": text}]
        item = {"type": "message", "role": "user", "content": content}
        self.conversation.create_item(item)
        self.conversation.create_response()

    def speak(self) -> None:
        for pcm in (SPEECH, SILENCE):
            for at in range(0, len(pcm), 3200):
                chunk = base64.b64encode(pcm[at : at + 3200]).decode()
                self.conversation.append_audio(chunk)

    def answer(self) -> str:
        said = self.until("response.audio_transcript.done")["transcript"]
        self.until("response.done")
        return str(said)


def speech() -> Any:
    talk = Talk().begin()
    talk.speak()
    heard = talk.until("conversation.item.input_audio_transcription.completed")
    said = talk.answer()
    talk.conversation.close()
    return {"heard": heard["transcript"], "said": said, "kinds": talk.kinds}


def text() -> Any:
    talk = Talk().begin()
    talk.write("hello")
    said = talk.answer()
    talk.conversation.close()
    return said


def image() -> Any:
    talk = Talk().begin(enable_turn_detection=False)
    talk.conversation.append_audio(base64.b64encode(SPEECH).decode())
    talk.conversation.append_video(sys.argv[3])
    talk.conversation.commit()
    talk.conversation.create_response()
    said = talk.answer()
    talk.conversation.close()
    return said


def cancel() -> Any:
    talk = Talk().begin()
    talk.write("Tell me a long story")
    talk.until("response.audio.delta")
    talk.conversation.cancel_response()
    item = talk.until("response.output_item.done")["item"]
    talk.write("hello")
    said = talk.answer()
    talk.conversation.close()
    return {"status": item["status"], "said": said, "kinds": talk.kinds}


def tools() -> Any:
    talk = Talk().begin(tools=[ADD])
    talk.write("Add 2 and 3.")
    call = talk.until("response.function_call_arguments.done")
    talk.until("response.done")
    talk.conversation.create_item(
        {"type": "function_call_output", "call_id": call["call_id"], "output": "5"}
    )
    said = talk.answer()
    talk.conversation.close()
    return {"name": call["name"], "arguments": call["arguments"], "said": said}


def finish() -> Any:
    talk = Talk().begin()
    talk.conversation.end_session(timeout=PATIENCE_S)
    talk.until("closed")
    return talk.kinds


def wrong_key() -> Any:
    try:
        Talk(key=" ").begin()
    except TimeoutError:
        return "not connected"
    return "connected"


TALKS = {
    talk.__name__: talk
    for talk in (speech, text, image, cancel, tools, finish, wrong_key)
}

sys.stdout.write(json.dumps({name: TALKS[name]() for name in sys.argv[1].split()}))
