"""When a silent server is gone, and when it is just silent."""

from realtime_run_openai.liveness import LOST_S, PROOF_S, Liveness


def lost_at(counts: list[int], *, sounding: bool = False) -> int | None:
    """The second at which the server counts as lost."""
    liveness = Liveness(0.0)
    for second, packets in enumerate(counts):
        if liveness.is_lost(packets, sounding=sounding, at_s=float(second)):
            return second
    return None


def test_a_server_that_reported_all_the_time_and_stops_is_gone() -> None:
    regular = list(range(1, 16))

    assert lost_at([*regular, *[15] * 30]) == 14 + LOST_S


def test_a_server_that_never_sent_anything_is_not_judged() -> None:
    assert lost_at([0] * 120) is None


def test_a_server_that_sends_now_and_then_is_not_judged() -> None:
    now_and_then = [second // 5 for second in range(60)]

    assert lost_at([*now_and_then, *[99] * 60]) is None


def test_the_packets_of_a_response_prove_nothing() -> None:
    assert lost_at([*range(1, 60), *[59] * 60], sounding=True) is None


def test_too_short_a_time_proves_nothing() -> None:
    assert lost_at([*range(1, int(PROOF_S)), *[9] * 60]) is None


def test_a_server_that_comes_back_in_time_is_not_gone() -> None:
    regular = list(range(1, 16))
    gap = [15] * int(LOST_S - 1)

    assert lost_at([*regular, *gap, *range(16, 30)]) is None
