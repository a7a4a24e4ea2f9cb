"""Gemini Live passes the conformance suite of all providers."""

from collections.abc import Callable

import pytest

from realtime_run.testing.conformance import *  # noqa: F403 - the tests
from realtime_run.testing.conformance import Subject


@pytest.fixture
def subject(subject_of: Callable[..., Subject]) -> Subject:
    return subject_of()
