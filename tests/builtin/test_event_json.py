import enum
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from realtime_run.builtin.event_json import event_json, to_json
from realtime_run.core.capabilities import Capabilities
from realtime_run.core.events import (
    EVENT_TYPES,
    Participant,
    RealtimeAudioInputEvent,
    RealtimeConnectedEvent,
)
from realtime_run.core.pcm import Pcm

MOMENT = datetime(2026, 1, 31, 12, 0, 0, 250_000, UTC)


class Colour(enum.StrEnum):
    RED = "red"


class Broken:
    def __repr__(self) -> str:
        raise RuntimeError


def test_audio_is_written_as_its_length() -> None:
    event = RealtimeAudioInputEvent(
        event_id="e1",
        timestamp=MOMENT,
        monotonic_ns=7,
        session_id="s1",
        participant=Participant(id="p1", name="Ada"),
        provider="echo",
        data=Pcm(bytes(640), 16_000),
    )

    assert event_json(event) == {
        "type": "realtime_audio_input",
        "event_id": "e1",
        "timestamp": "2026-01-31T12:00:00.250000+00:00",
        "monotonic_ns": 7,
        "session_id": "s1",
        "participant": {"id": "p1", "user_id": None, "name": "Ada"},
        "provider": "echo",
        "data": {"ms": 20.0, "rate": 16_000, "bytes": 640},
    }


def test_capabilities_are_written_field_by_field() -> None:
    event = RealtimeConnectedEvent(
        session_config={"voice": "marin"},
        capabilities=Capabilities(input_hz=16_000, output_hz=24_000),
    )

    written = event_json(event)

    assert written["session_config"] == {"voice": "marin"}
    assert isinstance(written["capabilities"], dict)
    assert written["capabilities"]["output_hz"] == 24_000


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (b"abc", {"bytes": 3}),
        ((1, [True, None]), [1, [True, None]]),
        ({1: "a"}, {"1": "a"}),
        (Colour.RED, "red"),
        (SecretStr("sk-1"), "SecretStr('**********')"),
        (Broken(), "<Broken: its repr raised RuntimeError>"),
        (range(3), [0, 1, 2]),
    ],
)
def test_what_json_has_no_form_for_is_told_in_another(
    value: object, written: object
) -> None:
    assert to_json(value) == written


def test_paths_are_shown_as_they_are() -> None:
    assert str(Path("a/b")) in str(to_json(Path("a/b")))


def test_a_value_that_contains_itself_is_cut_off() -> None:
    endless: list[object] = []
    endless.append(endless)

    assert json.dumps(to_json(endless)).count("[") == 20


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text()
        | st.binary(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_whatever_it_is_can_be_written_as_strict_json(value: object) -> None:
    json.dumps(to_json(value), allow_nan=False)


@pytest.mark.parametrize("kind", EVENT_TYPES.values())
def test_every_event_has_its_type_first(kind: Any) -> None:
    names = list(kind.__struct_fields__)
    event = kind(**dict.fromkeys(names))

    written = event_json(event)

    assert next(iter(written)) == "type"
    assert set(written) == {"type", *names}
