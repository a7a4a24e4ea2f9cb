"""Turn a loaded spec into the parts of a session."""
