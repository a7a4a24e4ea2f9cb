"""What a turn costs."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_run_gemini.prices import cost_usd


def details(**tokens: int) -> list[dict[str, Any]]:
    return [
        {"modality": modality, "tokenCount": count}
        for modality, count in tokens.items()
    ]


def micro(model: str, **usage: Any) -> float | None:
    cost = cost_usd(model, usage)
    return None if cost is None else round(cost * 1_000_000, 6)


def test_each_modality_has_its_price() -> None:
    cost = micro(
        "gemini-3.8-live",
        promptTokenCount=1110,
        promptTokensDetails=details(TEXT=10, AUDIO=100, IMAGE=500, VIDEO=500),
        responseTokenCount=60,
        responseTokensDetails=details(AUDIO=50, TEXT=10),
    )

    assert cost == 10 * 0.75 + 100 * 3 + 1000 * 1 + 50 * 12 + 10 * 4.5


def test_what_the_details_leave_unexplained_is_text() -> None:
    cost = micro(
        "gemini-3.8-live",
        promptTokenCount=130,
        promptTokensDetails=details(AUDIO=100),
        responseTokenCount=20,
    )

    assert cost == 100 * 3 + 30 * 0.75 + 20 * 4.5


def test_thoughts_are_text_and_what_a_search_brought_is_input() -> None:
    cost = micro(
        "gemini-3.8-live-extended-thinking",
        promptTokenCount=10,
        thoughtsTokenCount=100,
        toolUsePromptTokenCount=40,
        toolUsePromptTokensDetails=details(TEXT=40),
    )

    assert cost == 10 * 0.75 + 100 * 4.5 + 40 * 0.75


def test_vertex_has_words_of_its_own() -> None:
    cost = micro(
        "gemini-live-2.5-flash-native-audio",
        promptTokenCount=10,
        promptTokensDetails=details(AUDIO=10),
        candidatesTokenCount=5,
        candidatesTokensDetails=details(AUDIO=5),
    )

    assert cost == 10 * 3 + 5 * 12


def test_cached_tokens_cost_as_much_as_others() -> None:
    cost = micro(
        "gemini-3.8-live",
        promptTokenCount=100,
        promptTokensDetails=details(AUDIO=100),
        cachedContentTokenCount=80,
        cacheTokensDetails=details(AUDIO=80),
    )

    assert cost == 300


@pytest.mark.parametrize(
    ("model", "cost"),
    [
        ("gemini-3.8-live", 12.75),
        ("gemini-3.8-live-extended-thinking", 12.75),
        ("gemini-3.1-flash-live-preview", 12.75),
        ("gemini-2.5-flash-native-audio-preview-12-2025", 12.5),
        ("gemini-3.5-live-translate-preview", 24.5),
        ("gemini-9-live", None),
    ],
)
def test_a_model_costs_what_its_family_costs(model: str, cost: float | None) -> None:
    usage = {
        "promptTokenCount": 1,
        "responseTokenCount": 1,
        "responseTokensDetails": details(AUDIO=1),
    }

    assert micro(model, **usage) == cost


@pytest.mark.parametrize(
    "usage",
    [None, {}, {"promptTokenCount": "12"}, {"promptTokensDetails": "none"}],
)
def test_without_counts_nothing_is_told(usage: Mapping[str, object] | None) -> None:
    assert cost_usd("gemini-3.8-live", usage) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
KEYS = st.sampled_from(
    [
        "promptTokenCount",
        "promptTokensDetails",
        "responseTokensDetails",
        "thoughtsTokenCount",
    ]
)
DETAILS = st.lists(
    st.fixed_dictionaries({"modality": JSON, "tokenCount": JSON}), max_size=3
)


@given(st.dictionaries(KEYS, JSON | DETAILS))
def test_whatever_the_server_counts_a_cost_is_not_negative(
    usage: dict[str, Any],
) -> None:
    cost = cost_usd("gemini-3.8-live", usage)

    assert cost is None or cost >= 0
