"""Hands the user's turns to the transcriber as the session marks them."""

from realtime_run.core.pcm import BYTES_PER_SAMPLE
from realtime_run.core.provider_events import UserTranscript
from realtime_run_local.ids import new_id
from realtime_run_local.outbox import Outbox
from realtime_run_local.transcriber import Transcribed, Transcriber, Utterance
from realtime_run_local.user_turns import UserTurns

LEAST_MS = 100
"""What is shorter is no turn: a key that was only touched."""
_BYTES_A_MS = 16 * BYTES_PER_SAMPLE


class ManualEar:
    """Takes one stream of s16le at 16 kHz, and looks for nothing in it."""

    def __init__(
        self, outbox: Outbox, transcriber: Transcriber, turns: UserTurns
    ) -> None:
        self._outbox = outbox
        self._transcriber = transcriber
        self._turns = turns
        self._heard = 0
        """Bytes since the connection began."""
        self._began: int | None = None
        self._utterance: Utterance | None = None
        self._early = b""
        """The beginning of a turn that may be none."""

    async def hear(self, pcm: bytes) -> None:
        """Take the next samples; what belongs to no turn is dropped.

        Waits if the transcriber is half a minute behind.
        """
        self._heard += len(pcm)
        if self._began is None:
            return
        if self._utterance is None:
            self._early += pcm
            if len(self._early) < LEAST_MS * _BYTES_A_MS:
                return
            pcm, self._early = self._early, b""
            self._utterance = Utterance(new_id("item"), self._began // _BYTES_A_MS)
            await self._transcriber.begin(self._utterance)
        await self._transcriber.feed(pcm)

    async def start(self) -> None:
        """Let a turn begin with the next samples; one that was going on ends."""
        await self.end()
        self._began = self._heard
        self._turns.started()

    async def end(self) -> None:
        """Let the turn be answered, if there is anything to understand in it."""
        if self._began is None:
            return
        utterance, self._utterance = self._utterance, None
        self._began, self._early = None, b""
        if utterance is None:
            self._outbox.put(UserTranscript(text="", mode="final"))
            self._turns.transcribed(Transcribed("", "", 0.0))
            return
        self._turns.ask()
        await self._transcriber.end(utterance, self._heard // _BYTES_A_MS)
