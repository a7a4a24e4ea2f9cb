"""Conversations with a plugin's own simulator, for the tests of that plugin."""
