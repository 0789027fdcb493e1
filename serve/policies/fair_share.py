"""Who is served next: classes strictly by rank; inside a class, tenants by fair queueing.

Every job gets a tag when it is submitted, and the least tag goes first. A tenant's tags grow by the seconds
that its jobs are estimated to take, and never lie behind the clock: who sends a thousand jobs at once pushes
his own tags into the future and nobody else's, and who was idle saves up nothing. These are the finish tags
of self-clocked fair queueing with real time for the virtual time, in the manner of Goyal, Vin and Cheng,
"Start-time Fair Queueing" (SIGCOMM 1996).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from serve.contracts.requests import Priority

__all__ = ["RANKS", "next_tag"]

RANKS: Mapping[Priority, int] = MappingProxyType(
    {Priority.INTERACTIVE: 0, Priority.NORMAL: 1, Priority.BATCH: 2}
)


def next_tag(now_s: float, last_tag: float, estimate_s: float) -> float:
    """The tag of a tenant's next job of a class; the job with the least tag is served first.

    Args:
        now_s: The clock, seconds since 1970.
        last_tag: Of the tenant's newest job of that class; 0 for the first.
        estimate_s: Seconds that the job should take.
    """
    return max(now_s, last_tag) + estimate_s
