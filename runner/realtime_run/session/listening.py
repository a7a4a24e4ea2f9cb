"""How handlers, and functions that subscribe, become subscribers."""

from collections.abc import Generator
from contextlib import contextmanager

from realtime_run.plugin.api import Handler, Listener, RoutedHandler, SessionInfo
from realtime_run.session.parts import NamedHandler
from realtime_run.session.subscriber import Routes, Subscriber


def subscriber_of(named: NamedHandler, info: SessionInfo) -> Subscriber:
    """Return the subscriber that a handler is; it is not open yet."""
    handler = named.handler
    return Subscriber(
        named.name, wants=handler.events, open_=lambda: _routes(handler, info)
    )


@contextmanager
def _routes(handler: Handler, info: SessionInfo) -> Generator[Routes]:
    with handler.open(info) as listener:
        if isinstance(handler, RoutedHandler):
            yield handler.routes
        else:
            yield {"*": (listener,)}


@contextmanager
def function_routes(types: frozenset[str], listener: Listener) -> Generator[Routes]:
    """Give one function the events of some types."""
    yield dict.fromkeys(types, (listener,))
