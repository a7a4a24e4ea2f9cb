"""Who has the floor: the one place where epochs rise and audio becomes stale.

`step` takes what happened and returns the next state and what the session must do. The
rules are those of the contract:

1. A response takes the epoch at the moment it starts and keeps it.
2. An interruption raises the epoch once, however many signals come for it.
3. Output of an older epoch is dropped.
4. Audio that still sounds after its response ended is interruptible.
5. A false alarm after which the provider goes on with the same response does not mute
   the rest: the provider reports `ResponseStarted` again for it.
"""

from typing import assert_never

from msgspec.structs import replace

from realtime_run.core import (
    alarms,
    announcements,
    input_gate,
    interruptions,
    losses,
    prompts,
    remote_tools,
    responses,
    user_turns,
)
from realtime_run.core import events as public
from realtime_run.core import provider_events as reported
from realtime_run.core.policy import Policy
from realtime_run.core.turn_effects import (
    Cause,
    Emit,
)
from realtime_run.core.turn_inputs import (
    AnswerOverdue,
    AnswerRequested,
    ApprovalAnswered,
    Connected,
    Disconnected,
    Flushed,
    GreetingRequested,
    Input,
    InterruptRequested,
    PlaybackEnded,
    PlaybackStarted,
    TalkEnded,
    TalkStarted,
    Ticked,
    ToolsRunning,
    VoiceHeard,
)
from realtime_run.core.turn_state import Step, Turns


def step(
    turns: Turns, event: Input, *, at_ns: int, policy: Policy, output_hz: int
) -> Step:
    """Return the next state and what the session must do.

    Args:
        turns: The state before.
        event: What happened.
        at_ns: When, on the monotonic clock.
        policy: What the user's speech does to the agent's.
        output_hz: The rate of the provider's audio.

    Returns:
        The state after, and the effects in the order in which to perform them.
    """
    if not policy.watches:
        return _happened(turns, event, at_ns, policy, output_hz)
    turns, effects = alarms.expired(turns, at_ns, policy)
    turns, more = _happened(turns, event, at_ns, policy, output_hz)
    effects += more
    turns, more = alarms.outlived(turns, at_ns, policy)
    effects += more
    turns, more = input_gate.settled(turns, policy)
    effects += more
    turns, more = user_turns.answered(turns, at_ns)
    effects += more
    turns, more = prompts.nudged(turns, at_ns, policy)
    return turns, effects + more


def _happened(  # noqa: C901, PLR0911, PLR0912 - a table: one line for each kind of event
    turns: Turns, event: Input, at_ns: int, policy: Policy, output_hz: int
) -> Step:
    match event:
        case reported.SpeechStarted():
            return _speech_started(turns, event, at_ns, policy)
        case reported.SpeechEnded():
            return _speech_ended(turns, event, at_ns, policy)
        case reported.UserTranscript():
            return _user_transcript(turns, event, at_ns, policy)
        case reported.ResponseStarted(response_id=response_id):
            return responses.response_started(turns, response_id, policy)
        case reported.AudioOutput():
            return responses.audio_output(turns, event, policy, output_hz)
        case reported.AgentTranscript():
            return responses.agent_transcript(turns, event, policy)
        case reported.ResponseText():
            return responses.response_text(turns, event, policy)
        case reported.ResponseDone():
            return responses.response_done(turns, event, at_ns, policy)
        case reported.ItemChanged():
            return turns, (Emit(announcements.item(event)),)
        case reported.ProviderFailed():
            return _provider_failed(turns, event)
        case InterruptRequested(source=source):
            return interruptions.interrupt_requested(turns, source, at_ns, policy)
        case AnswerRequested():
            # Who takes `CancelResponse` says nothing of what was cancelled; of others,
            # the first answer to begin is the one that nobody wants any more.
            discard = turns.discard_next and not policy.cancel
            asked = replace(turns, awaiting=True, owed=False, unnoticed_ns=None)
            return replace(asked, discard_next=discard, nudged=False), ()
        case AnswerOverdue(waited_s=waited_s):
            return _answer_overdue(turns, waited_s)
        case PlaybackStarted(response_id=response_id):
            return responses.playback_started(turns, response_id, at_ns)
        case PlaybackEnded(response_id=response_id, played_ms=played_ms):
            return responses.playback_ended(turns, response_id, played_ms)
        case Flushed():
            return interruptions.flushed(turns, event, at_ns, policy)
        case Connected():
            return replace(turns, down=False), ()
        case Disconnected():
            return losses.disconnected(turns)
        case reported.RemoteToolStarted():
            return remote_tools.started(turns, event, at_ns)
        case reported.RemoteToolEnded():
            return remote_tools.ended(turns, event, at_ns)
        case reported.ToolApprovalRequested():
            return remote_tools.approval_requested(turns, event)
        case ApprovalAnswered(approval_id=approval_id):
            return remote_tools.approval_answered(turns, approval_id), ()
        case (
            reported.ToolCalled()
            | reported.ToolCallsReady()
            | reported.ToolCallsCancelled()
        ):
            return turns, ()  # decided in `tool_calls`
        case (
            reported.ConnectionExpires()
            | reported.ResumptionOffered()
            | reported.ProviderNoted()
        ):
            return turns, ()  # of the connection, not of the conversation
        case VoiceHeard():
            after, effects = alarms.heard(turns, event, at_ns, policy)
            return input_gate.kept(after, policy), effects
        case TalkStarted():
            return input_gate.talk_started(turns, event, at_ns, policy)
        case TalkEnded():
            return input_gate.talk_ended(turns)
        case GreetingRequested():
            return prompts.greeting_requested(turns, event, policy)
        case ToolsRunning(running=running):
            return replace(turns, tools_running=running), ()
        case Ticked():
            return turns, ()  # its consequences are everybody's
        case _:
            assert_never(event)


def _speech_started(
    turns: Turns, event: reported.SpeechStarted, at_ns: int, policy: Policy
) -> Step:
    after = replace(
        turns,
        user_speaking=True,
        discard_next=False,
        nudged=False,
        unnoticed_ns=None,
    )
    started = public.RealtimeUserSpeechStartedEvent(
        item_id=event.item_id, audio_ms=event.audio_ms
    )
    if policy.session_answers:
        after = user_turns.started(after, event)
        after, effects = alarms.provider_heard(after, at_ns, policy)
        return after, (Emit(started), *effects)
    # Whatever the policy, a provider behind a gate interrupts itself when it hears.
    cooling = interruptions.is_cooling(turns, at_ns)
    if cooling or not (policy.interruptible and turns.live):
        return after, (Emit(started),)
    cause = Cause(source="provider", onset_source="provider", onset_ns=at_ns)
    after, effects = interruptions.interrupt(
        after, cause, at_ns, policy, cancels_itself=policy.provider_cancels
    )
    return after, (Emit(started), *effects)


def _speech_ended(
    turns: Turns, event: reported.SpeechEnded, at_ns: int, policy: Policy
) -> Step:
    ended = public.RealtimeUserSpeechEndedEvent(
        item_id=event.item_id, audio_ms=event.audio_ms
    )
    after = replace(turns, user_speaking=False, discard_next=False)
    if policy.session_answers:
        after = alarms.provider_ended(after, at_ns)
        after = user_turns.ended(after, event, at_ns, policy)
    else:
        after = replace(after, awaiting=True)
    return after, (Emit(ended),)


def _user_transcript(
    turns: Turns, event: reported.UserTranscript, at_ns: int, policy: Policy
) -> Step:
    transcript = public.RealtimeUserSpeechTranscriptionEvent(
        text=event.text,
        mode=event.mode,
        item_id=event.item_id,
        original=event.original,
    )
    nothing_said = event.mode == "final" and not event.text.strip()
    if nothing_said and user_turns.may_be_answered(turns, event):
        turns = replace(turns, awaiting=False)
    if not (policy.session_answers and user_turns.belongs(turns, event)):
        return turns, (Emit(transcript),)
    after = user_turns.transcribed(turns, event, policy)
    final = event.mode == "final"
    after, effects = alarms.transcribed(after, at_ns, policy, final=final)
    return after, (Emit(transcript), *effects)


def _provider_failed(turns: Turns, event: reported.ProviderFailed) -> Step:
    error = public.RealtimeErrorEvent(
        error=event.error,
        error_code=event.error_code,
        context=event.context,
        is_recoverable=event.is_recoverable,
        setting=event.setting,
    )
    return turns, (Emit(error),)


def _answer_overdue(turns: Turns, waited_s: float) -> Step:
    if turns.unended:
        error = public.RealtimeErrorEvent(
            error=f"the provider has heard somebody for {waited_s:g} s who cannot be"
            " heard here, and answers nothing before that ends: noise?",
            error_code="turn_overdue",
            context="waiting for the end of the user's turn",
        )
        return replace(turns, user_speaking=False), (Emit(error),)
    if not turns.awaiting:
        return turns, ()
    error = public.RealtimeErrorEvent(
        error=f"no answer within {waited_s:g} s",
        error_code="answer_overdue",
        context="waiting for a response",
    )
    return replace(turns, awaiting=False, greeting=False), (Emit(error),)
