"""What each renderer of `benchmarks.render` offers, and how its pictures are timed."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from benchmarks.render_scene import BenchScene

__all__ = ["Family", "MissingToolError", "Opened", "Order", "Shot", "Take", "Way", "measure"]

_ENOUGH_S = 3.0  # of runs of one way
_MOST_RUNS = 5
_SEED, _REFERENCE_SEED = 1, 20_011

Floats = NDArray[np.float32]


class MissingToolError(Exception):
    """A renderer cannot run here; the message says what it lacks, in a few words."""


class Take(Protocol):
    """Renders the scene."""

    def __call__(self, sample_count: int, seed: int) -> Floats:
        """Linear RGB radiance, float32 [H, W, 3], the top row first."""
        ...


@dataclass(frozen=True, slots=True)
class Way:
    """One way of a renderer, and the numbers of samples that it is measured with."""

    take: Take
    sample_counts: Sequence[int]


@dataclass(frozen=True, slots=True)
class Opened:
    """A renderer with the scene in it.

    Args:
        ways: By name.
        reference: Takes what all ways are compared with; None for those that have no truth of their own.
    """

    ways: Mapping[str, Way]
    reference: Take | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked of each renderer.

    Args:
        scene: Which.
        side_px: Width and height of the picture.
        thread_count: How many threads it may use.
        reference_count: Samples of a pixel of the reference.
    """

    scene: BenchScene
    side_px: int
    thread_count: int
    reference_count: int


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """One measurement: the median of the runs' seconds, and the last run's picture."""

    way: str
    sample_count: int
    wall_s: float
    picture: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """What one renderer gave.

    Args:
        shots: Of each way at each number of samples.
        reference: float32 [H, W, 3], or None.
    """

    shots: tuple[Shot, ...]
    reference: Floats | None


def measure(open_renderer: Callable[[Order], Opened], order: Order) -> Family | str:
    """Open a renderer and time it; or say in words what it lacks."""
    try:
        opened = open_renderer(order)
    except MissingToolError as error:
        return str(error)
    shots = tuple(_shot(name, way, count) for name, way in opened.ways.items() for count in way.sample_counts)
    truth = opened.reference
    return Family(shots, None if truth is None else truth(order.reference_count, _REFERENCE_SEED))


def _shot(name: str, way: Way, sample_count: int) -> Shot:
    """Kernels are compiled, trees built and caches filled by a first run that is not counted."""
    picture = way.take(sample_count, _SEED)
    walls: list[float] = []
    while len(walls) < _MOST_RUNS and sum(walls) < _ENOUGH_S:
        begun_s = perf_counter()
        picture = way.take(sample_count, _SEED)
        walls.append(perf_counter() - begun_s)
    return Shot(name, sample_count, statistics.median(walls), picture)
