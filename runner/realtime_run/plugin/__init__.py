"""What a plugin may implement, and the host that finds plugins.

Plugin authors import from here and from `realtime_run.core`, and from nowhere else.
"""
