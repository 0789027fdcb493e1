"""How many orchestrators a queue asks for: a pure function, which the simulator runs too."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["Load", "Wishes", "orchestrator_count"]


@dataclass(frozen=True, slots=True)
class Load:
    """What the ledger says.

    Args:
        queued: Jobs that wait.
        running: Jobs that run, on whatever orchestrator.
        oldest_s: Seconds that the oldest waiting job has waited.
    """

    queued: float
    running: float
    oldest_s: float


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the operator wants.

    Args:
        jobs_each: Jobs that one orchestrator runs at once, all classes together.
        longest_wait_s: A job that waits longer asks for one orchestrator more than there are.
        slack: Share of an orchestrator that must be idle before one is given up, so that a load at the border
            between two counts does not swing between them.
    """

    jobs_each: float
    longest_wait_s: float
    slack: float = 0.2


def orchestrator_count(load: Load, current: int, wishes: Wishes) -> int:
    """The count for this load; how fast it is followed is for the autoscaler's delays to say.

    Args:
        load: Of the whole ledger.
        current: Orchestrators now.
        wishes: Of the operator.

    Returns:
        At least 1: without any, nobody would read the ledger.
    """
    needed = (load.queued + load.running) / wishes.jobs_each
    count = max(1, math.ceil(needed))
    if load.queued and load.oldest_s > wishes.longest_wait_s:
        count = max(count, current + 1)
    if count < current:
        count = min(current, max(1, math.ceil(needed + wishes.slack)))
    return count
