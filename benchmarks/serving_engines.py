"""The networks in this process and on a Triton server: one step, and the steps of sixteen jobs."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np

from benchmarks.denoising import Batching, Place, encode, here, measure_batching
from benchmarks.jobs_client import Timing
from benchmarks.jobs_loads import ROUND_COUNT
from benchmarks.places import make_host
from benchmarks.serving_table import Sizes
from deployments.engines import thread_count
from serve.engines.onnx import EngineOnnx
from serve.engines.protocol import Engine
from serve.engines.triton import EngineTriton
from serve.models.parts_flow import PARTS_FLOW
from serve.models.spec import Arrays
from serve.settings import read_settings

__all__ = ["MESSAGE", "ONNX", "ROW_COUNTS", "SHARED", "TRITON", "Steps", "measure_batches", "measure_steps"]

ONNX, TRITON = "EngineOnnx", "EngineTriton"
MESSAGE, SHARED = "EngineTriton, gRPC message", "EngineTriton, shared memory"
ROW_COUNTS = (2, 16, 64)
_NEVER = 2**62  # bytes
_SETTLE_S = 0.1

Steps = dict[tuple[int, str], Timing]


async def measure_steps(triton_url: str | None, sizes: Sizes) -> Steps:
    """Calls of one step by one caller, the engines in turns.

    Args:
        triton_url: None to measure without Triton.
        sizes: How many calls.

    Returns:
        (rows, engine) -> what the calls took.

    Raises:
        RuntimeError: An engine gave other bytes, or had no shared memory.
    """
    engines: dict[str, Engine] = {ONNX: EngineOnnx(thread_count=thread_count(read_settings()))}
    shared = EngineTriton(triton_url, shared_from_bytes=0) if triton_url else None
    if triton_url and shared:
        engines |= {MESSAGE: EngineTriton(triton_url, shared_from_bytes=_NEVER), SHARED: shared}
    timings: Steps = {}
    for row_count in ROW_COUNTS:
        inputs = _step(row_count)
        await _check_equal(engines, inputs)
        call_count = sizes.calls // max(1, row_count // 8) // ROUND_COUNT
        for _ in range(ROUND_COUNT):
            for name, engine in engines.items():
                timings.setdefault((row_count, name), Timing()).add(await _called(engine, inputs, call_count))
    if shared and shared.shared_call_count < sum(len(timings[rows, SHARED].seconds) for rows in ROW_COUNTS):
        raise RuntimeError("the calls did not go through shared memory")
    for engine in engines.values():
        engine.close()
    return timings


async def measure_batches(triton_url: str | None, sizes: Sizes) -> dict[str, Batching]:
    """The denoising of the jobs, by engine."""
    with TemporaryDirectory(prefix="galatea-") as folder:
        hosts = {ONNX: make_host(folder, "store")}
        places = {ONNX: here(hosts[ONNX])}
        if triton_url:
            engine = EngineTriton(triton_url)
            hosts[TRITON] = make_host(folder, "store", engine=engine)
            places[TRITON] = Place(hosts[TRITON], lambda: _settled(engine))
        found = await measure_batching(places, await encode(hosts[ONNX]), sizes.repeats)
        for host in hosts.values():
            host.close()
    return found


async def _settled(engine: EngineTriton) -> Counter[int]:
    """The server's count, once it stands still: it counts after it has answered."""
    last = await engine.statistics(PARTS_FLOW)
    while True:
        await asyncio.sleep(_SETTLE_S)
        found = await engine.statistics(PARTS_FLOW)
        if found == last:
            return Counter(found.batch_counts)
        last = found


def _step(row_count: int) -> Arrays:
    """Inputs such as a step has: half of the rows with a text, half without."""
    generator = np.random.default_rng(row_count)
    shapes = {tensor.name: (row_count, *tensor.shape) for tensor in PARTS_FLOW.inputs}
    mask = np.zeros(shapes["mask"], np.float32)
    mask[::2, :9] = 1.0
    return {
        "parts": generator.standard_normal(shapes["parts"], np.float32),
        "time": generator.random(shapes["time"], np.float32),
        "tokens": generator.standard_normal(shapes["tokens"], np.float32),
        "mask": mask,
    }


async def _check_equal(engines: Mapping[str, Engine], inputs: Arrays) -> None:
    found = [(await engine.infer(PARTS_FLOW, inputs))["clean"] for engine in engines.values()]
    if not all(np.array_equal(one, found[0]) for one in found):
        raise RuntimeError("the engines gave different bytes for the same rows")


async def _called(engine: Engine, inputs: Arrays, call_count: int) -> Timing:
    timing = Timing()
    for _ in range(call_count):
        begun = perf_counter()
        await engine.infer(PARTS_FLOW, inputs)
        timing.seconds.append(perf_counter() - begun)
    timing.wall_s = sum(timing.seconds)
    return timing
