"""Gemini Live for realtime-run, and a simulator of it."""
