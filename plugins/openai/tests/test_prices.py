"""What a response costs; the figures here were computed by hand."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_run_openai.prices import cost_usd

USAGE: dict[str, Any] = {
    "total_tokens": 1_700,
    "input_tokens": 1_400,
    "output_tokens": 300,
    "input_token_details": {
        "text_tokens": 500,
        "audio_tokens": 600,
        "image_tokens": 300,
        "cached_tokens": 450,
        "cached_tokens_details": {
            "text_tokens": 200,
            "audio_tokens": 150,
            "image_tokens": 100,
        },
    },
    "output_token_details": {"text_tokens": 100, "audio_tokens": 200},
}


@pytest.mark.parametrize(
    ("model", "dollars"),
    [
        # text 300*4 + 200*0.4, audio 450*32 + 150*0.4, image 200*5 + 100*0.5,
        # out 100*24 + 200*64
        ("gpt-realtime-2.1", 0.031990),
        ("gpt-realtime-2.1-2026-10-01", 0.031990),
        ("gpt-realtime-2", 0.031990),
        # out 100*16 + 200*64
        ("gpt-realtime-1.5", 0.031190),
        # text 300*0.6 + 200*0.06, audio 450*10 + 150*0.3, image 200*0.8 + 100*0.08,
        # out 100*2.4 + 200*20
        ("gpt-realtime-2.1-mini", 0.009145),
    ],
)
def test_every_kind_of_token_has_its_price(model: str, dollars: float) -> None:
    assert cost_usd(model, USAGE) == pytest.approx(dollars, abs=1e-12)


@pytest.mark.parametrize(
    ("model", "usage"),
    [
        ("gpt-realtime-3", USAGE),
        ("gpt-realtime", USAGE),
        ("my-deployment", USAGE),
        ("gpt-realtime-2.1", None),
        ("gpt-realtime-2.1", {}),
        ("gpt-realtime-2.1", {"input_tokens": 5, "output_tokens": 5}),
        ("gpt-realtime-2.1", {"input_token_details": None}),
    ],
)
def test_what_cannot_be_told_is_not_guessed(
    model: str, usage: dict[str, Any] | None
) -> None:
    assert cost_usd(model, usage) is None


def test_counts_that_are_missing_or_null_are_nothing() -> None:
    usage = {
        "input_token_details": {"text_tokens": None, "audio_tokens": 100},
        "output_token_details": None,
    }

    assert cost_usd("gpt-realtime-2.1", usage) == pytest.approx(0.0032, abs=1e-12)


def test_cached_tokens_of_no_stated_kind_are_priced_as_fresh() -> None:
    usage = {"input_token_details": {"text_tokens": 1000, "cached_tokens": 1000}}

    assert cost_usd("gpt-realtime-2.1", usage) == pytest.approx(0.004, abs=1e-12)


COUNTS = st.none() | st.integers(0, 1_000_000)
DETAILS = st.none() | st.fixed_dictionaries(
    {}, optional={f"{kind}_tokens": COUNTS for kind in ("text", "audio", "image")}
)


@given(taken=DETAILS, cached=DETAILS, spoken=DETAILS)
def test_no_usage_costs_less_than_nothing(
    taken: dict[str, Any] | None, cached: Any, spoken: Any
) -> None:
    details = None if taken is None else {**taken, "cached_tokens_details": cached}
    usage = {"input_token_details": details, "output_token_details": spoken}

    cost = cost_usd("gpt-realtime-2.1-mini", usage)

    assert cost is None or cost >= 0
