"""Decides what a test of a microphone and a loudspeaker means to a user."""

from msgspec import Struct

from realtime_run.plugin.sound_devices import DeviceTest

FINE = 0
NEEDS_CARE = 1
"""Something is there to be put right."""
SILENT_DB = 65.0
"""From here on down a microphone hears nothing: a quiet room is some 10 dB louder."""
FAINT_DB = 45.0
"""Speech near a microphone is some 15 dB louder."""
LOUD_ECHO_DB = 40.0
"""An echo that loses less than this may be taken for the user by a detector of speech,
which hears him at 45 dB below full scale."""


class Finding(Struct, frozen=True, kw_only=True):
    """One thing that a test found."""

    fine: bool
    message: str
    hint: str | None = None
    """What to do about it."""


def findings(test: DeviceTest) -> tuple[Finding, ...]:
    """Return what was found of the microphone, and of the echo."""
    return (_microphone(test), _echo(test))


def _microphone(test: DeviceTest) -> Finding:
    level = f"{-test.recorded_db:.0f} dB of full scale"
    if test.clipped:
        return Finding(
            fine=False,
            message="the microphone is too loud: it clips",
            hint="turn it down in the system's settings, or speak from further away",
        )
    if test.recorded_db >= SILENT_DB:
        return Finding(
            fine=False,
            message=f"the microphone is silent ({level})",
            hint="is it muted, is it the right one (--input), and may this program use"
            " it (the system's settings for privacy)?",
        )
    if test.recorded_db >= FAINT_DB:
        return Finding(
            fine=False,
            message=f"the microphone is faint ({level})",
            hint="speak while it records; else turn it up in the system's settings",
        )
    return Finding(fine=True, message=f"the microphone hears you ({level})")


def _echo(test: DeviceTest) -> Finding:
    if test.echo_db is None:
        return Finding(
            fine=True,
            message="the microphone does not hear the loudspeaker; if you did not,"
            " either, choose another one (--output)",
        )
    delay = "" if test.echo_delay_ms is None else f", {test.echo_delay_ms} ms later"
    heard = f"the microphone hears the loudspeaker, {_compared(test.echo_db)}"
    if test.echo_db >= LOUD_ECHO_DB:
        return Finding(fine=True, message=f"{heard}{delay}: quiet enough")
    return Finding(
        fine=False,
        message=f"{heard}{delay}: the agent would interrupt itself",
        hint="write audio: {use: devices, echo_cancellation: true}, or half_duplex:"
        " true, or use headphones",
    )


def _compared(quieter_db: float) -> str:
    """Return how loud an echo is beside what was played."""
    quieter = round(quieter_db)
    if quieter == 0:
        return "as loud"
    return f"{abs(quieter)} dB {'quieter' if quieter > 0 else 'louder'}"
