def on_event(:
