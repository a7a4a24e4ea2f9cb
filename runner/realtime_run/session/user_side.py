"""The user's side of a conversation: microphone, speech from elsewhere, typed text."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Protocol

from realtime_run.core.commands import AppendAudio
from realtime_run.core.pcm import FRAME_MS, Framer, Pcm
from realtime_run.core.policy import Policy
from realtime_run.core.resample import Resampler
from realtime_run.core.turn_inputs import TalkEnded, TalkStarted
from realtime_run.plugin.api import Microphone
from realtime_run.session.clock import Clock
from realtime_run.session.engine import Engine
from realtime_run.session.held_input import PRE_ROLL_MS, HeldInput
from realtime_run.session.outbox import Outbox

if TYPE_CHECKING:
    from realtime_run.media.ear import Ear

TRAILING_SILENCE_S = 3.0
"""How long silence follows speech from elsewhere, if the provider takes no notice of
its end: providers find the end of a turn by hearing silence."""


class TextInput(Protocol):
    """Lines that the user writes."""

    @property
    def interactive(self) -> bool:
        """True if a person types: a line then interrupts the agent.

        Otherwise each line waits until the one before has been answered.
        """
        ...

    def lines(self) -> AsyncIterator[str]:
        """Yield the lines, without their ends, until there are no more."""
        ...


class UserSide:
    """Brings what the user says and writes to the outbox."""

    def __init__(
        self,
        outbox: Outbox,
        engine: Engine,
        clock: Clock,
        *,
        input_hz: int,
        policy: Policy,
    ) -> None:
        """Make a user who is silent.

        Args:
            outbox: Takes the commands.
            engine: Is asked who speaks.
            clock: What pace is taken from.
            input_hz: The rate at which the provider listens.
            policy: What of the microphone the provider gets.
        """
        self._outbox = outbox
        self._engine = engine
        self._clock = clock
        self._input_hz = input_hz
        self._microphone: Microphone | None = None
        self._listening = False
        self._text: TextInput | None = None
        self._injecting = asyncio.Lock()
        self._keyed = policy.push_to_talk
        self._silence = Pcm.silence(FRAME_MS, input_hz)
        self._held: HeldInput | None = None
        # Where a key says when the user speaks, nothing before it was meant.
        self._pre_roll_ms = 0 if self._keyed else PRE_ROLL_MS
        if self._keyed or policy.hearing == "manual":
            self.hold(silence=policy.hearing == "gate")
        self.ear: Ear | None = None
        """Hears where the user speaks, where the runner itself must know."""
        self.position_ms = 0
        """How much of the user's audio there was so far."""

    @property
    def used_up(self) -> bool:
        """True if neither speech nor text will come any more."""
        if not self._listening or self._injecting.locked():
            return False
        if self._microphone is None:
            return self._text is None
        # An open terminal does not keep alive what a sound file began.
        text_left = self._text is not None and not self._text.interactive
        return self._microphone.used_up and not text_left

    async def listen(self, microphone: Microphone | None) -> None:
        """Pump the microphone until cancelled.

        Raises:
            AudioError: If the microphone is lost.
        """
        self._microphone = microphone
        self._listening = True
        if microphone is None:
            await asyncio.Event().wait()
            return
        resampler, framer = Resampler(self._input_hz), Framer(self._input_hz)
        while True:
            heard = await microphone.read()
            if self._injecting.locked():
                continue  # two voices at once would be one that nobody understands
            for frame in framer.push(resampler.push(heard)):
                await self._take(frame, wait=microphone.patient)

    async def _take(self, frame: Pcm, *, wait: bool) -> None:
        sent = self._passed(frame)
        if sent is None:
            return
        if wait:
            await self._outbox.put_audio(AppendAudio(pcm=sent))
        else:
            self._outbox.put(AppendAudio(pcm=sent))

    def _passed(self, frame: Pcm) -> Pcm | None:
        """Hear a frame, and return what the provider gets of it; None: nothing now."""
        if self._keyed and not self._engine.turns.talking:
            frame = Pcm.silence(FRAME_MS, self._input_hz)  # nobody shall be overheard
        held = self._held
        if held is not None:
            held.keep(self.position_ms, frame)
        self.position_ms += FRAME_MS
        self._listen(frame)
        if self._held is None:
            # What was held until now has been sent, with this frame at its end.
            return frame if held is None else None
        return self._silence if self._held.silence else None

    def _listen(self, frame: Pcm) -> None:
        if self.ear is None:
            return
        for heard in self.ear.hear(frame):
            if heard.voice or self._engine.turns.attentive:
                self._engine.apply(heard)

    def hold(self, *, silence: bool) -> None:
        """Keep what the user says from the provider.

        Args:
            silence: Send silence in its place.
        """
        self._held = HeldInput(silence=silence, pre_roll_ms=self._pre_roll_ms)

    def release(self, since_ms: int | None) -> None:
        """Send what the user says again.

        Args:
            since_ms: From where in the microphone's audio on; None: from now on.
        """
        held, self._held = self._held, None
        if held is not None and since_ms is not None:
            for frame in held.since(since_ms):
                self._outbox.replay(AppendAudio(pcm=frame))

    def talk(self, *, talking: bool) -> None:
        """Give the user the floor, or take it from him: push to talk."""
        self._engine.apply(
            TalkStarted(at_ms=self.position_ms) if talking else TalkEnded()
        )

    def will_write(self, text: TextInput) -> None:
        """Note that text is going to come."""
        self._text = text

    async def write(self, text: TextInput, interrupt: Callable[[], None]) -> None:
        """Send the lines of `text` until there are no more."""
        async for line in text.lines():
            if text.interactive:
                interrupt()
            else:
                await self._until_idle()
            self._engine.ask(line)
        self._text = None

    async def say(self, pcm: Pcm) -> None:
        """Send speech that does not come from the microphone, all of it at once.

        Where no microphone goes on with silence, silence follows at the pace of the
        clock until the provider has noticed the end of the turn.
        """
        async with self._injecting:
            framer = Framer(self._input_hz)
            mono = pcm.resample(self._input_hz)
            rest = FRAME_MS - mono.duration_ms % FRAME_MS
            whole = mono + Pcm.silence(rest, self._input_hz)
            if self._keyed:
                self.talk(talking=True)
            for frame in framer.push(whole):
                await self._take(frame, wait=True)
            if self._keyed:
                self.talk(talking=False)
            elif self._microphone is None:
                await self._trail_off()

    async def _trail_off(self) -> None:
        spoke = False
        for _ in range(int(TRAILING_SILENCE_S * 1000 / FRAME_MS)):
            await self._take(self._silence, wait=True)
            await self._clock.sleep(FRAME_MS / 1000)
            turns = self._engine.turns
            spoke = spoke or turns.user_speaking
            if (spoke and not turns.user_speaking) or turns.awaiting:
                return

    async def _until_idle(self) -> None:
        while not self._engine.idle:
            self._engine.changed.clear()
            await self._engine.changed.wait()
