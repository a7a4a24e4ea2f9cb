"""One live conversation: the only place where tasks start."""
