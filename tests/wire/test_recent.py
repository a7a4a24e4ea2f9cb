from hypothesis import given
from hypothesis import strategies as st

from realtime_run.wire.recent import Recent


@given(st.lists(st.tuples(st.integers(0, 20), st.integers())), st.integers(1, 5))
def test_the_newest_entries_are_held_and_no_more(
    entries: list[tuple[int, int]], limit: int
) -> None:
    recent: Recent[int, int] = Recent(limit)
    newest: dict[int, int] = {}

    for key, value in entries:
        recent.put(key, value)
        newest.pop(key, None)
        newest[key] = value

    kept = dict(list(newest.items())[-limit:])
    assert {key: recent.get(key) for key in recent} == kept
