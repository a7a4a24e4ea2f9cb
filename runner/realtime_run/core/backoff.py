"""How long to wait before the next try to connect."""

FIRST_S = 0.5
LONGEST_S = 30.0


def backoff(attempt: int, chance: float) -> float:
    """Return the seconds to wait after `attempt` failed tries (1 or more).

    Exponential with full jitter: anything between nothing and the bound, so that many
    clients of a provider that comes back do not arrive together.

    Args:
        attempt: How many tries have failed in a row.
        chance: Uniform in [0, 1), from the caller.
    """
    bound = min(LONGEST_S, FIRST_S * 2.0 ** min(attempt - 1, 16))
    return chance * bound
