"""OpenAI Realtime: the provider, and a simulator of it."""
