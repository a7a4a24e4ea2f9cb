"""What the runner finds: `provider: local`."""

from realtime_run.plugin.hooks import Offer, hookimpl
from realtime_run_local.provider import LocalProvider
from realtime_run_local.settings import LocalSettings


@hookimpl
def realtime_run_provider() -> Offer[LocalProvider]:
    """Offer the offline provider."""
    return Offer(LocalSettings, LocalProvider)
