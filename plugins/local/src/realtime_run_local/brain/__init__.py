"""The brain: what is answered to what was said."""
