"""Silero's voice activity detection for realtime-run."""

from realtime_run_silero.library import available

__all__ = ["available"]
