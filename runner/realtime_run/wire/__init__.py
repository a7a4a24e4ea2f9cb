"""What providers share whose service speaks JSON over a connection, WebSocket first.

A plugin brings the pure part, a `Codec`, and says where its server is; this package
moves the messages, and puts what goes wrong with networks into words.
"""
