"""Text to speech: one Protocol, and what implements it."""
