"""A server on this machine that behaves as OpenAI Realtime does.

`conversation`, `session`, `listening`, `response` and what they use are pure: client
events and the time come in, server events go out. `server` and `call` move bytes.
"""
