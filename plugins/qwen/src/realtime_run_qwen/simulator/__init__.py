"""A server on this machine that behaves as Qwen Omni Realtime does.

It is the simulated service of `realtime_run_openai.simulator` with Qwen's accent, with
a session object and rules for what a client may send of its own.
"""
