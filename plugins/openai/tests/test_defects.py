"""What other clients of realtime services got wrong, on both transports."""

from functools import partial
from typing import Any

import pytest

from realtime_run.testing.simulated.defects import *  # noqa: F403 - the tests


@pytest.fixture(params=["websocket", "webrtc"])
def holding(request: pytest.FixtureRequest, conversing: Any) -> Any:
    if request.param == "webrtc" and "1006" in request.function.__name__:
        pytest.skip("a call has no close frame")
    return partial(conversing, request.param)
