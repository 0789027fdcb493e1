"""The tables of `benchmarks.serving` about the networks: steps by engine, and batches; and their words."""

from __future__ import annotations

import statistics
from collections.abc import Mapping

from benchmarks.denoising import JOB_COUNT, STEP_COUNT, Batching
from benchmarks.jobs_loads import ROUND_COUNT
from benchmarks.serving_engines import ONNX, Steps
from benchmarks.serving_ray_batch import ONE_CALL
from benchmarks.serving_table import (
    BATCH_WAIT_S,
    MOST_CALLS,
    Sizes,
    bucket_names,
    bucket_shares,
    markdown,
)
from deployments.engines import thread_count
from serve.settings import read_settings

__all__ = ["batches_table", "ray_batches_table", "steps_table"]

_STEPS = """\
## A denoising step by engine

One caller, one call of `parts_flow` after the other, the engines in turns in {rounds} rounds; {threads}
threads inside an operator in each. Triton is the real server of the wheel on loopback, with our
Python-based backend: no forecast of the C++ one. Shared memory is forced for every size; by default it
begins at 512 KiB a call. Ratios are against EngineOnnx with as many rows. All engines gave the same
bytes.

"""
_BATCHES = """\
## Step-wise batching by engine

The denoising of {jobs} jobs, {steps} steps each and two rows a step by guidance, one by one and at once,
in turns, {repeats} times; medians, and the median of the gains. Ratios are against EngineOnnx. On the
right the executed batches of the jobs at once, from the micro-batcher's counts and from Triton's own
statistics: how many rows a batch had, and the shares of all batches. For each seed all gave the same
bytes, alone and in company.

"""
_RAY = """\
## Why not `@serve.batch`

The same {jobs} jobs in a small Ray. `@serve.batch(max_batch_size={most}, batch_wait_timeout_s={wait})`
holds the session of EngineOnnx, and the caller's loop asks it over a handle once a step. One call a stage
is what the service does: the replica (`deployments.actors.Stages`) runs the whole stage and streams its
progress; its EngineOnnx batches what has come while the batch before ran, and waits for nothing. Ratios
are against that.

"""


def steps_table(steps: Steps) -> str:
    """Milliseconds of a call by engine and rows."""
    rows = []
    for (row_count, engine), timing in steps.items():
        base = steps[row_count, ONNX]
        cells = [str(row_count), engine, str(len(timing.seconds))]
        for share in (0.5, 0.99):
            own = timing.quantile_ms(share)
            cells += [f"{own:.2f}", f"{own / base.quantile_ms(share):.2f}"]
        rows.append(cells)
    head = ["rows", "engine", "calls", "p50 ms", "ratio", "p99 ms", "ratio"]
    words = _STEPS.format(rounds=ROUND_COUNT, threads=thread_count(read_settings()))
    return words + markdown(head, rows)


def batches_table(found: Mapping[str, Batching], sizes: Sizes) -> str:
    """The jobs' denoising by engine."""
    words = _BATCHES.format(jobs=JOB_COUNT, steps=STEP_COUNT, repeats=sizes.repeats)
    return words + _batching(found, ONNX)


def ray_batches_table(found: Mapping[str, Batching]) -> str:
    """The jobs' denoising by way to batch."""
    return _RAY.format(jobs=JOB_COUNT, most=MOST_CALLS, wait=BATCH_WAIT_S) + _batching(found, ONE_CALL)


def _batching(found: Mapping[str, Batching], base: str) -> str:
    base_s = [statistics.median(seconds) for seconds in (found[base].alone_s, found[base].together_s)]
    rows = []
    for name, one in found.items():
        cells = [name]
        for seconds, of_base_s in zip((one.alone_s, one.together_s), base_s, strict=True):
            median_s = statistics.median(seconds)
            cells += [f"{median_s:.3f}", f"{median_s / of_base_s:.2f}"]
        rows.append([*cells, f"{one.gain:.2f}", f"{one.mean_batch:.1f}", *bucket_shares(one.batch_counts)])
    timed = ["one by one s", "ratio", "at once s", "ratio", "gain"]
    return markdown(["", *timed, "rows, mean", *bucket_names()], rows)
