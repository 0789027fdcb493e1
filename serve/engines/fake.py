"""An engine without a model: right shapes, meaningless numbers, always the same for the same row."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Awaitable, Callable

import numpy as np
from numpy.typing import NDArray

from serve.engines.terms import ANY_TERMS, Terms, until_deadline
from serve.engines.validation import check_inputs
from serve.models.spec import Arrays, ModelSpec, TensorSpec

__all__ = ["EngineFake"]


class EngineFake:
    """Obeys the ModelSpec as `EngineOnnx` does; a row's outputs depend on that row's input bytes alone.

    Floats lie in [-1, 1); integers and booleans are 0 or 1. The k-th varying axis of an output has the size
    of the k-th varying axis of the first input that has any.

    Args:
        latency_s: How long each call takes, seconds.
        sleep: Waits so long; a test can give its own.

    Attributes:
        call_counts: Calls of each model, by name, whether or not their inputs were good.
    """

    def __init__(
        self, latency_s: float = 0.0, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._latency_s = latency_s
        self._sleep = sleep
        self.call_counts: Counter[str] = Counter()

    async def infer(self, spec: ModelSpec, inputs: Arrays, terms: Terms = ANY_TERMS) -> Arrays:
        """Make outputs up; see `serve.engines.protocol.Engine.infer`."""
        self.call_counts[spec.name] += 1
        row_count = check_inputs(spec, inputs)
        async with until_deadline(spec, terms):
            await self._sleep(self._latency_s)
        rows = [_row_bytes(inputs, row) for row in range(row_count)]
        sizes = _varying_sizes(spec, inputs)
        return {
            tensor.name: np.stack([_made_up(spec, tensor, sizes, row) for row in rows])
            for tensor in spec.outputs
        }

    def numeric_class(self, spec: ModelSpec) -> str:
        """`fake`, with the precision."""
        return f"fake/{spec.outputs[0].dtype}"

    def digest(self, spec: ModelSpec) -> str:
        """SHA-256 of the model's name and version, hexadecimal."""
        return hashlib.sha256(f"{spec.name}/{spec.version}".encode()).hexdigest()

    def close(self) -> None:
        """There is nothing to let go of."""


def _row_bytes(inputs: Arrays, row: int) -> bytes:
    return b"".join(inputs[name][row].tobytes() for name in sorted(inputs))


def _varying_sizes(spec: ModelSpec, inputs: Arrays) -> list[int]:
    for tensor in spec.inputs:
        if -1 in tensor.shape:
            shape = inputs[tensor.name].shape[1:]
            return [size for size, want in zip(shape, tensor.shape, strict=True) if want == -1]
    return []


def _made_up(spec: ModelSpec, tensor: TensorSpec, sizes: list[int], row: bytes) -> NDArray[np.generic]:
    """One row of an output, from a counter-based generator whose key is the hash of the row."""
    seed = hashlib.sha256(f"{spec.name}/{spec.version}/{tensor.name}/".encode() + row).digest()
    generator = np.random.Generator(np.random.Philox(key=np.frombuffer(seed[:16], dtype=np.uint64)))
    remaining = iter(sizes)
    shape = tuple(next(remaining) if size == -1 else size for size in tensor.shape)
    if np.dtype(tensor.dtype).kind == "f":
        return generator.uniform(-1.0, 1.0, shape).astype(tensor.dtype)
    return generator.integers(0, 2, shape).astype(tensor.dtype)
