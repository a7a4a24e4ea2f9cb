"""What a connection reports is judged before any session forgives it."""

from collections.abc import Sequence

import pytest

from realtime_run.core.provider_events import (
    AgentTranscript,
    AudioOutput,
    ItemChanged,
    ProviderEvent,
    ResponseDone,
    ResponseStarted,
    SpeechEnded,
    SpeechStarted,
    ToolCalled,
    UserTranscript,
)
from realtime_run.testing.reports import misreports

START = ResponseStarted(response_id="r")
SOUND = AudioOutput(response_id="r", pcm=bytes(4))
FINAL = AgentTranscript(response_id="r", text="hi", mode="final")
CALL = ToolCalled(response_id="r", call_id="c", name="add", arguments="{}")
DONE = ResponseDone(response_id="r")
USER = UserTranscript(text="hi", mode="final", item_id="u")


@pytest.mark.parametrize(
    "reports",
    [
        [],
        [SpeechStarted(), SpeechEnded(), USER, START, SOUND, FINAL, CALL, DONE],
        [START, SOUND, DONE, SOUND],
        [START, SOUND, START, SOUND, DONE],
    ],
)
def test_reports_as_they_should_be_pass(reports: Sequence[ProviderEvent]) -> None:
    assert misreports(reports) == ()


@pytest.mark.parametrize(
    ("reports", "problem"),
    [
        ([START], "ResponseDone never came for 'r'"),
        ([SOUND], "AudioOutput: output of 'r', which was never started"),
        ([DONE], "ResponseDone: 'r' was never started"),
        ([START, DONE, DONE], "ResponseDone: 'r' was done already"),
        (
            [START, DONE, FINAL],
            "AgentTranscript: output of 'r', which was done already",
        ),
        (
            [START, FINAL, FINAL, DONE],
            "AgentTranscript: the transcript of 'r' was closed already",
        ),
        (
            [START, AudioOutput(response_id="r", pcm=b"odd"), DONE],
            "AudioOutput: 3 bytes are no samples",
        ),
        (
            [START, CALL, CALL, DONE],
            "ToolCalled: call_id 'c' is empty or was used already",
        ),
        ([SpeechEnded()], "SpeechEnded: nobody was speaking"),
        ([USER, USER], "UserTranscript: the transcript of 'u' was closed already"),
        (
            [ItemChanged(item_id="", item_type="message", status="completed")],
            "ItemChanged: item_id is empty",
        ),
        ([ResponseStarted(response_id="")], "ResponseStarted: response_id is empty"),
    ],
)
def test_a_misreport_is_told(reports: Sequence[ProviderEvent], problem: str) -> None:
    assert problem in misreports(reports)


def test_a_connection_that_was_lost_owes_no_end() -> None:
    assert misreports([START, SOUND], finished=False) == ()
