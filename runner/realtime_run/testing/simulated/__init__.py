"""Conversations with a plugin's own simulator, for the tests of that plugin."""

import pytest

pytest.register_assert_rewrite(f"{__name__}.defects")
