"""How much `benchmarks.serving` measures, and how its tables are written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = [
    "BATCH_WAIT_S",
    "FULL",
    "MOST_CALLS",
    "SMALL",
    "Sizes",
    "bucket_names",
    "bucket_shares",
    "markdown",
]

BATCH_WAIT_S = 0.005  # of `@serve.batch`
MOST_CALLS = 32  # in one of its batches, of two rows each: as many rows as the model takes
_BUCKETS = (2, 4, 8, 16, 32, 64)  # rows: the most of each bucket


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured.

    Args:
        requests: Of each kind, for each number of clients.
        jobs: Of the real engine, in each place.
        calls: Of two rows, of each engine; of more rows there are fewer.
        repeats: Of the sixteen jobs at once, and one by one.
        starts: Of each way to run the service.
    """

    requests: int
    jobs: int
    calls: int
    repeats: int
    starts: int


FULL = Sizes(requests=500, jobs=30, calls=300, repeats=5, starts=3)
SMALL = Sizes(requests=50, jobs=5, calls=40, repeats=1, starts=1)


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def bucket_names() -> list[str]:
    """Heads of the columns of `bucket_shares`."""
    lowest = [1, *(most + 1 for most in _BUCKETS)]
    return [f"{low}-{most}" for low, most in zip(lowest, _BUCKETS, strict=False)]


def bucket_shares(batch_counts: Counter[int]) -> list[str]:
    """A histogram: the share of executions in each bucket of rows."""
    found: Counter[int] = Counter()
    for rows, count in batch_counts.items():
        found[next(most for most in _BUCKETS if rows <= most)] += count
    return [f"{found[most] / found.total():.0%}" for most in _BUCKETS]
