"""Whether the server is still there, judged by the packets that come.

WebRTC ends a connection whose consent (RFC 7675) was not renewed for half a minute: too
long to talk to nobody. A server that takes our sound reports on it by RTCP every few
seconds (RFC 3550, section 6.2: 2.5 to 7.5 s at its slowest). Once it is known to send
something all the time, even when it says nothing, its silence means that it is gone;
before that, nothing is concluded.

Pure: counts and times in, a verdict out.
"""

PROOF_S = 10.0
"""So long it must have sent something all the time while it said nothing."""
REGULAR_GAP_S = 3.0
LOST_S = 10.0
"""After so long without a packet, a server that was regular is gone."""


class Liveness:
    """Watches the number of packets received so far."""

    def __init__(self, at_s: float) -> None:
        self._packets = 0
        self._heard_s = at_s
        self._quiet_since_s = at_s
        self._is_regular = False

    def is_lost(self, packets: int, *, sounding: bool, at_s: float) -> bool:
        """Return whether the server is gone; to be asked about once a second.

        Args:
            packets: How many packets have come since the connection began.
            sounding: Whether a response is being sent: its packets prove nothing.
            at_s: Now, in monotonic seconds.
        """
        heard = packets != self._packets
        if heard:
            self._packets = packets
            self._heard_s = at_s
        gap_s = at_s - self._heard_s
        if sounding or gap_s > REGULAR_GAP_S:
            self._quiet_since_s = at_s
        elif heard and at_s - self._quiet_since_s >= PROOF_S:
            self._is_regular = True
        return self._is_regular and gap_s >= LOST_S
