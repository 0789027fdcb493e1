"""Joins concurrent calls of a model into one execution: continuous micro-batching.

While one execution runs, the next batch collects; when none runs, a call starts at once. So batching costs
no waiting, and batches grow by themselves when the machine falls behind. Source: Yu et al., "Orca" (OSDI
2022), section 3, iteration-level scheduling; a denoising step is to us what a token is to them.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import numpy as np

from serve.contracts.errors import EngineError
from serve.models.spec import Arrays, ModelSpec
from serve.telemetry import metrics

__all__ = ["MicroBatcher"]

_Group = tuple[ModelSpec, tuple[tuple[str, tuple[int, ...]], ...]]


@dataclass(frozen=True, slots=True, eq=False)
class _Call:
    spec: ModelSpec
    inputs: Arrays
    row_count: int
    result: asyncio.Future[Arrays] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def group(self) -> _Group:
        """Calls of one group can share an execution: same model, same sizes after the batch axis."""
        return self.spec, tuple((name, array.shape[1:]) for name, array in sorted(self.inputs.items()))


class MicroBatcher:
    """Collects calls, first come first served, and never splits the rows of one call.

    It belongs to one event loop at a time and is not safe to use from several threads. A caller that is
    cancelled while it waits takes its rows with it; one that is cancelled during the execution changes
    nothing for the others.

    Args:
        execute: Runs the model on the joined rows, and returns as many.

    Attributes:
        batch_counts: How many executions had this many rows.
    """

    def __init__(self, execute: Callable[[ModelSpec, Arrays], Awaitable[Arrays]]) -> None:
        self._execute = execute
        self._waiting: deque[_Call] = deque()
        self._drain_task: asyncio.Task[None] | None = None
        self.batch_counts: Counter[int] = Counter()

    async def infer(self, spec: ModelSpec, inputs: Arrays, row_count: int) -> Arrays:
        """Run the rows, together with those of other calls.

        Args:
            spec: The model.
            inputs: Checked inputs, see `serve.engines.validation.check_inputs`.
            row_count: Rows in `inputs`.

        Returns:
            The outputs of these rows alone.

        Raises:
            EngineError: The execution failed; every caller in it gets the error.
        """
        call = _Call(spec, inputs, row_count)
        self._waiting.append(call)
        if self._drain_task is None or self._drain_task.done():
            self._drain_task = asyncio.create_task(self._drain())
        return await call.result

    async def _drain(self) -> None:
        while batch := self._take_batch():
            execution = asyncio.create_task(self._outputs_by_call(batch))
            # `wait` raises nothing, so no error can end this loop and leave the other callers hanging.
            await asyncio.wait([execution])
            _hand_out(batch, execution)

    def _take_batch(self) -> list[_Call]:
        """Take the oldest call that is not cancelled, and those of its group that fit beside it."""
        live = [call for call in self._waiting if not call.result.done()]
        batch = _oldest_that_fit(live)
        self._waiting = deque(call for call in live if call not in batch)
        return batch

    async def _outputs_by_call(self, batch: list[_Call]) -> list[Arrays]:
        spec, row_count = batch[0].spec, sum(call.row_count for call in batch)
        self.batch_counts[row_count] += 1
        metrics.ENGINE_BATCH_ROWS.labels(spec.name).observe(row_count)
        outputs = await self._execute(spec, _joined(batch))
        return _split(outputs, batch)


def _oldest_that_fit(calls: list[_Call]) -> list[_Call]:
    batch: list[_Call] = []
    row_count = 0
    for call in calls:
        if batch and call.group != batch[0].group:
            continue
        row_count += call.row_count
        # Stop here rather than look for a smaller call behind it: a large call would starve.
        if row_count > call.spec.max_batch_count:
            break
        batch.append(call)
    return batch


def _joined(batch: list[_Call]) -> Arrays:
    if len(batch) == 1:
        return batch[0].inputs
    return {name: np.concatenate([call.inputs[name] for call in batch]) for name in batch[0].inputs}


def _split(outputs: Arrays, batch: list[_Call]) -> list[Arrays]:
    if len(batch) == 1:
        return [outputs]
    stops = np.cumsum([call.row_count for call in batch])
    # Copies, so that one caller's small result does not keep the whole batch in memory.
    return [
        {name: array[stop - call.row_count : stop].copy() for name, array in outputs.items()}
        for call, stop in zip(batch, stops, strict=True)
    ]


def _hand_out(batch: list[_Call], execution: asyncio.Task[list[Arrays]]) -> None:
    error = _error_of(execution)
    for index, call in enumerate(batch):
        if call.result.done():
            continue
        if error is None:
            call.result.set_result(execution.result()[index])
        else:
            call.result.set_exception(error)


def _error_of(execution: asyncio.Task[list[Arrays]]) -> BaseException | None:
    if execution.cancelled():
        return EngineError("the execution was cancelled because the engine closed; use a new engine")
    return execution.exception()
