"""A server on this machine that behaves as Gemini Live does.

`service` and what it uses are pure: client messages and the time come in, server
messages go out. `server` and `access` let clients in.
"""
