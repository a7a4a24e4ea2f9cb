"""How one response is made: the session's way, and what the request changed."""

from dataclasses import dataclass
from typing import Any, Protocol

from realtime_run_openai.simulator.context import entry_of
from realtime_run_openai.simulator.conversation import Conversation, Entry
from realtime_run_openai.simulator.requests import ResponseOptions
from realtime_run_openai.simulator.session import reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a response is made: the session's way, and what the request changed."""

    modalities: list[str]
    voice: Any
    format: dict[str, Any]
    max_tokens: int | str
    metadata: dict[str, str] | None = None
    in_conversation: bool = True
    tools: list[dict[str, Any]]
    tool_choice: Any = "auto"
    parallel_calls: bool = True
    instructions: str = ""
    entries: tuple[Entry, ...] | None = None
    """What the model sees in place of the conversation; None: that."""
    first: str = ""
    """What the user said or wrote first, before this session; empty: not known."""
    before: str = ""
    """What the user said or wrote last, before this session; empty: not known."""

    def shown(self, conversation_id: str) -> dict[str, Any]:
        """Return what a response object says of it."""
        return {
            "conversation_id": conversation_id if self.in_conversation else None,
            "output_modalities": self.modalities,
            "max_output_tokens": self.max_tokens,
            "audio": {"output": {"format": self.format, "voice": self.voice}},
        }


class _Session(Protocol):
    object: dict[str, Any]

    @property
    def model(self) -> str: ...


def make_plan(
    session: _Session, options: ResponseOptions, conversation: Conversation
) -> Plan:
    """Return how a response is made.

    Args:
        session: What holds for every response.
        options: What this one does otherwise.
        conversation: What items may be referred to.

    Raises:
        KeyError: If an item is referred to that does not exist.
    """
    given = options.model_dump(mode="json", exclude_none=True)
    known = {**session.object, **given}
    known_output: dict[str, Any] = session.object["audio"]["output"]
    output = {**known_output, **given.get("audio", {}).get("output", {})}
    return Plan(
        modalities=known["output_modalities"],
        voice=output["voice"],
        format=output["format"],
        max_tokens=known["max_output_tokens"],
        metadata=given.get("metadata"),
        in_conversation=given.get("conversation") != "none",
        tools=known["tools"],
        tool_choice=known["tool_choice"],
        parallel_calls=known.get("parallel_tool_calls") is not False
        and reasons(session.model),
        instructions=known["instructions"],
        entries=_entries(given.get("input"), conversation),
    )


def _entries(
    given: list[dict[str, Any]] | None, conversation: Conversation
) -> tuple[Entry, ...] | None:
    if given is None:
        return None
    entries: list[Entry] = []
    for number, item in enumerate(given):
        if item["type"] != "item_reference":
            entries.append(entry_of({"id": f"input_{number}", **item}))
            continue
        found = conversation.find(item["id"])
        if found is None:
            raise KeyError(item["id"])
        entries.append(found)
    return tuple(entries)
