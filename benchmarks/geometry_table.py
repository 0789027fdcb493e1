"""How `benchmarks.geometry` times ways to one end, one after the other, and writes them beside a baseline."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from time import perf_counter
from typing import Generic, TypeVar

__all__ = ["Found", "Way", "comparison", "find_all", "markdown", "seconds"]

_ENOUGH_S = 1.0  # of runs of one way
_MOST_RUNS = 5
_NOTHING = "-"

Input = TypeVar("Input")
Output = TypeVar("Output")


@dataclass(frozen=True, slots=True)
class Way(Generic[Input, Output]):
    """One way to do a step.

    Args:
        name: In the table.
        prepare: Makes an input that the work may spoil; not timed.
        work: What is timed.
        package: What must be installed for it, if it is none of ours.
        skipped: Why it is not measured here, if it is not.
    """

    name: str
    prepare: Callable[[], Input]
    work: Callable[[Input], Output]
    package: str = ""
    skipped: str = ""

    def why_not(self) -> str:
        """Why it is not measured, or nothing."""
        if self.skipped:
            return self.skipped
        return "not installed" if self.package and find_spec(self.package) is None else ""


@dataclass(frozen=True, slots=True)
class Found(Generic[Output]):
    """What one way took, the median in seconds, and what its last run gave."""

    wall_s: float
    output: Output


def find_all(ways: Sequence[Way[Input, Output]]) -> dict[str, Found[Output] | str]:
    """Name of each way -> what was found, or why nothing was."""
    return {way.name: way.why_not() or _found(way) for way in ways}


def _found(way: Way[Input, Output]) -> Found[Output]:
    walls: list[float] = []
    while True:
        given = way.prepare()
        begun = perf_counter()
        output = way.work(given)
        walls.append(perf_counter() - begun)
        if sum(walls) >= _ENOUGH_S or len(walls) == _MOST_RUNS:
            return Found(statistics.median(walls), output)


def comparison(
    found: dict[str, Found[Output] | str], baseline: str, judge: Callable[[Output], Sequence[str]], width: int
) -> list[list[str]]:
    """Rows: name, seconds, how many times the baseline's, and what `judge` says of the output.

    Args:
        found: As `find_all` gives it.
        baseline: Name of the way that the others are compared with.
        judge: Gives as many cells as `width` says.
        width: How many.
    """
    base = found[baseline]
    base_s = None if isinstance(base, str) else base.wall_s
    return [_row(name, entry, base_s, judge, width) for name, entry in found.items()]


def _row(
    name: str,
    entry: Found[Output] | str,
    base_s: float | None,
    judge: Callable[[Output], Sequence[str]],
    width: int,
) -> list[str]:
    if isinstance(entry, str):
        return [name, entry, *[_NOTHING] * (1 + width)]
    ratio = _NOTHING if base_s is None else f"{entry.wall_s / base_s:.2f}"
    return [name, seconds(entry.wall_s), ratio, *judge(entry.output)]


def seconds(wall_s: float) -> str:
    """Three digits of a duration."""
    return f"{wall_s:.3f}" if wall_s < 1.0 else f"{wall_s:.2f}"


def markdown(title: str, notes: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A section with one table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join([f"## {title}\n", f"{notes}\n", *(f"| {' | '.join(line)} |" for line in lines), ""])
