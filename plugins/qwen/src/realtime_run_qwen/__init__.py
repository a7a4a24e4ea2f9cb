"""Qwen Omni Realtime for realtime-run, and a simulator of it."""
