"""Silero's voice activity detection for realtime-run."""

from realtime_run_silero.backends import available

__all__ = ["available"]
