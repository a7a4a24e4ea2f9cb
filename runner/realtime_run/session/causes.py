"""What really went wrong, of several exceptions that came together."""

from typing import cast

from realtime_run.core.errors import RealtimeRunError


def cause_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the one exception to show: the first made for users, or the first.

    Task groups wrap what their tasks raise, one group for each that it goes through.
    """
    leaves = _leaves(group)
    for leaf in leaves:
        if isinstance(leaf, RealtimeRunError):
            return leaf
    return leaves[0]


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    leaves: list[BaseException] = []
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            leaves += _leaves(cast("BaseExceptionGroup[BaseException]", error))
        else:
            leaves.append(error)
    return leaves
