"""Whether the provider can do what the spec asks for: told before connecting."""

from realtime_run.assembly.placing import place_of
from realtime_run.core.barge_in import lower
from realtime_run.core.capabilities import Capabilities
from realtime_run.core.errors import CapabilityError
from realtime_run.core.presets import PRESETS
from realtime_run.spec.loaded import LoadedSpec


def check(loaded: LoadedSpec, capabilities: Capabilities) -> None:
    """Compare a spec with what its provider can do.

    Raises:
        CapabilityError: If something cannot be; names its place in the spec.
    """
    spec = loaded.spec
    if spec.video.use != "none" and capabilities.video == "none":
        message = f"provider {spec.provider.use!r} takes no video; say 'video: none'"
        raise _refused(loaded, "video", message)
    lowered = lower(
        PRESETS[spec.barge_in], spec.turn.lowered(), capabilities, spec.provider.use
    )
    for refusal in lowered.refusals:
        message = f"{refusal.message}; {refusal.hint}"
        raise _refused(loaded, refusal.field, message)


def _refused(loaded: LoadedSpec, path: str, message: str) -> CapabilityError:
    return CapabilityError(f"{place_of(loaded, path)}: error: {message}")
