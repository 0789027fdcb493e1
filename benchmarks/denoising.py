"""The denoising of 16 jobs, one by one and at once: what step-wise batching is worth in a place."""

from __future__ import annotations

import asyncio
import statistics
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from time import perf_counter

from benchmarks.bare import run_stage
from deployments.host import StageHost
from serve.contracts.artifacts import ArtifactRef
from serve.engines.onnx import EngineOnnx
from serve.execution import Seam

__all__ = ["JOB_COUNT", "STEP_COUNT", "Batching", "Place", "encode", "here", "measure_batching"]

JOB_COUNT = 16
STEP_COUNT = 8


@dataclass(frozen=True, slots=True)
class Place:
    """Where the stage runs.

    Args:
        seam: The way to it.
        counts: Gives the executions so far: rows in one -> how many had so many.
    """

    seam: Seam
    counts: Callable[[], Awaitable[Counter[int]]]


@dataclass(slots=True)
class Batching:
    """What was measured in one place; the seconds are of all jobs, a value for each repetition.

    Args:
        alone_s: One by one.
        together_s: At once.
        batch_counts: Rows in an execution -> how many had so many, of the jobs at once.
    """

    alone_s: list[float] = field(default_factory=list)
    together_s: list[float] = field(default_factory=list)
    batch_counts: Counter[int] = field(default_factory=Counter)

    @property
    def gain(self) -> float:
        """How many times sooner the jobs end at once: the median over the repetitions."""
        return statistics.median(a / b for a, b in zip(self.alone_s, self.together_s, strict=True))

    @property
    def mean_batch(self) -> float:
        """Rows in an execution of the jobs at once, on average."""
        return sum(rows * count for rows, count in self.batch_counts.items()) / self.batch_counts.total()


def here(host: StageHost) -> Place:
    """In this process, with an EngineOnnx."""

    async def counts() -> Counter[int]:
        assert isinstance(host.engine, EngineOnnx)
        return Counter(host.engine.batch_counts)

    return Place(host, counts)


async def encode(seam: Seam) -> ArtifactRef:
    """The text of all jobs."""
    return (await run_stage(seam, "encode_text", {"prompt": "a tall red lamp with a blue stand"}, {}))["text"]


async def measure_batching(
    places: Mapping[str, Place], text: ArtifactRef, repeat_count: int
) -> dict[str, Batching]:
    """Measure in all places in turns, so that all meet the same machine.

    Raises:
        RuntimeError: Some seed gave different shapes, in two places or alone and in company.
    """
    found = {name: Batching() for name in places}
    shapes = set()
    for place in places.values():
        await _denoise(place.seam, text, 0)  # loads the model
    for _ in range(repeat_count):
        for name, place in places.items():
            begun = perf_counter()
            shapes.add(tuple([await _denoise(place.seam, text, seed) for seed in range(JOB_COUNT)]))
            found[name].alone_s.append(perf_counter() - begun)
            before = await place.counts()
            begun = perf_counter()
            jobs = (_denoise(place.seam, text, seed) for seed in range(JOB_COUNT))
            shapes.add(tuple(await asyncio.gather(*jobs)))
            found[name].together_s.append(perf_counter() - begun)
            found[name].batch_counts += await place.counts() - before
    if len(shapes) > 1:
        raise RuntimeError(f"{len(shapes)} different results for the same seeds")
    return found


async def _denoise(seam: Seam, text: ArtifactRef, seed: int) -> str:
    """One job's; the digest of its shape."""
    params = {"step_count": STEP_COUNT, "guidance_scale": 7.5}
    return (await run_stage(seam, "denoise", params, {"text": text}, seed))["code"].digest
