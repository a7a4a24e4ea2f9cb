"""A provider without a flaw passes every test of the suite; none of them is skipped."""

from collections.abc import Callable
from typing import Any

import pytest

from realtime_run.testing.conformance import *  # noqa: F403 - the tests
from realtime_run.testing.conformance import Subject


@pytest.fixture
def subject(puppet: Callable[..., Subject], flaws: Any) -> Subject:
    return puppet(flaws.NONE)
