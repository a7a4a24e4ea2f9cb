"""Plugins that come with the runner, through the same door as anybody's."""
