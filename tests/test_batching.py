"""The micro-batcher: order, whole calls, cancellation and errors."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from serve.contracts.errors import EngineError
from serve.engines.batching import MicroBatcher
from serve.models.spec import ModelSpec, TensorSpec

_X = TensorSpec("x", "float32", (-1, 1), "numbers")
NUMBERS = ModelSpec("numbers", 1, "Doubles.", (_X,), (replace(_X, name="y"),), 8, "Apache-2.0", "this file")


class Gate:
    """An `execute` for MicroBatcher: doubles x, after it was let through; fails on a negative number."""

    def __init__(self):
        self._passes = asyncio.Semaphore(0)
        self.executed: list[list[float]] = []

    def let_through(self, execution_count=100):
        for _ in range(execution_count):
            self._passes.release()

    async def execute(self, spec, inputs):
        values = inputs["x"][:, 0, 0]
        self.executed.append(values.tolist())
        await self._passes.acquire()
        if (values < 0.0).any():
            raise EngineError("a negative number")
        return {"y": inputs["x"] * 2.0}


@pytest.fixture
async def gate():
    return Gate()


@pytest.fixture
async def batcher(gate):
    return MicroBatcher(gate.execute)


@pytest.fixture
async def call(batcher):
    """Starts a call with these numbers as rows, and lets it reach the batcher."""

    async def start(*values, point_count=1, spec=NUMBERS):
        x = np.repeat(np.array(values, np.float32)[:, None, None], point_count, axis=1)
        task = asyncio.create_task(batcher.infer(spec, {"x": x}, len(values)))
        await asyncio.sleep(0)
        return task

    return start


async def settled():
    for _ in range(5):
        await asyncio.sleep(0)


async def test_an_idle_batcher_starts_at_once_and_the_next_batch_collects_meanwhile(gate, batcher, call):
    first = await call(1)
    await settled()
    assert gate.executed == [[1.0]]
    later = [await call(2), await call(3, 4), await call(5)]
    gate.let_through()
    results = [(await task)["y"][:, 0, 0].tolist() for task in (first, *later)]
    assert results == [[2.0], [4.0], [6.0, 8.0], [10.0]]
    assert gate.executed == [[1.0], [2.0, 3.0, 4.0, 5.0]]
    assert batcher.batch_counts == {1: 1, 4: 1}


async def test_calls_keep_their_order_and_are_never_split(gate, batcher, call):
    tasks = [await call(0)]
    await settled()
    for values in ([1] * 5, [2] * 4, [3], [4] * 8):
        tasks.append(await call(*values))
    gate.let_through()
    await asyncio.gather(*tasks)
    assert gate.executed == [[0], [1] * 5, [2] * 4 + [3], [4] * 8]


async def test_other_shapes_and_other_models_run_apart_but_oldest_first(gate, call):
    other = replace(NUMBERS, name="other")
    tasks = [await call(0)]
    await settled()
    tasks += [
        await call(1),
        await call(2, point_count=7),
        await call(3, spec=other),
        await call(4),
        await call(5),
    ]
    gate.let_through()
    await asyncio.gather(*tasks)
    assert gate.executed == [[0], [1, 4, 5], [2], [3]]


async def test_a_caller_that_leaves_the_queue_takes_its_rows_with_it(gate, call):
    tasks = [await call(0)]
    await settled()
    leaver, stayer = await call(1, 1), await call(2)
    leaver.cancel()
    await settled()
    gate.let_through()
    assert (await stayer)["y"].tolist() == [[[4.0]]]
    assert gate.executed == [[0], [2]]
    assert leaver.cancelled() and (await tasks[0])["y"].tolist() == [[[0.0]]]


async def test_a_caller_that_leaves_during_the_execution_harms_nobody(gate, call):
    first = await call(0)
    await settled()
    leaver, stayer = await call(1), await call(2)
    gate.let_through(1)
    await first
    await settled()
    assert gate.executed == [[0], [1, 2]]
    leaver.cancel()
    await settled()
    gate.let_through()
    assert (await stayer)["y"].tolist() == [[[4.0]]]
    assert leaver.cancelled()


async def test_a_failure_reaches_every_caller_of_its_batch_and_nobody_else(gate, call):
    before = await call(1)
    await settled()
    doomed = [await call(-1), await call(2)]
    after = await call(*[3] * 7)
    gate.let_through()
    outcomes = await asyncio.gather(before, *doomed, after, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [dict, EngineError, EngineError, dict]


async def test_a_broken_execution_is_told_to_the_caller_and_the_batcher_goes_on():
    async def execute(spec, inputs):
        return {"y": inputs["no such input"]}

    batcher = MicroBatcher(execute)
    for _ in range(2):
        with pytest.raises(KeyError):
            await batcher.infer(NUMBERS, {"x": np.zeros((1, 1, 1), np.float32)}, 1)
