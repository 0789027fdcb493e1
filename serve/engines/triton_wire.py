"""Arrays to tensors of Triton's protocol, and back."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from tritonclient.grpc import InferInput, InferRequestedOutput, InferResult
from tritonclient.utils import np_to_triton_dtype

from serve.contracts.errors import EngineError
from serve.engines.shared_memory import Segment
from serve.models.spec import Arrays, ModelSpec, TensorSpec

__all__ = ["asked_inputs", "asked_outputs", "byte_count", "read_outputs", "shared_size"]

_ALIGNMENT = 64  # bytes; a cache line


def asked_inputs(spec: ModelSpec, inputs: Arrays, segment: Segment | None) -> list[InferInput]:
    """The inputs of a request: in the message, or in shared memory from its beginning.

    Args:
        spec: The model.
        inputs: Checked.
        segment: Large enough, and registered by its name.
    """
    tensors = []
    offset = 0
    for tensor in spec.inputs:
        array = _on_the_wire(tensor, inputs[tensor.name])
        asked = InferInput(tensor.name, list(array.shape), np_to_triton_dtype(array.dtype))
        if segment is None:
            asked.set_data_from_numpy(array)
        else:
            segment.write(array, offset)
            asked.set_shared_memory(segment.name, array.nbytes, offset)
            offset += _aligned(array.nbytes)
        tensors.append(asked)
    return tensors


def asked_outputs(
    spec: ModelSpec, row_count: int, segment: Segment | None, offset: int
) -> list[InferRequestedOutput]:
    """The outputs of a request: in the message, or in shared memory from `offset` on."""
    tensors = []
    for tensor in spec.outputs:
        asked = InferRequestedOutput(tensor.name)
        size = _size(tensor, row_count)
        if segment is not None and size is not None:
            asked.set_shared_memory(segment.name, size, offset)
            offset += _aligned(size)
        tensors.append(asked)
    return tensors


def read_outputs(
    spec: ModelSpec, result: InferResult, row_count: int, segment: Segment | None, offset: int
) -> dict[str, NDArray[np.generic]]:
    """Copies of the outputs, from where `asked_outputs` wanted them.

    Raises:
        EngineError: The server gave other outputs than the spec says.
    """
    arrays = {}
    for tensor in spec.outputs:
        size = _size(tensor, row_count)
        if segment is not None and size is not None:
            array = segment.read(tensor.dtype, (row_count, *tensor.shape), offset)
            offset += _aligned(size)
        else:
            array = _from_message(spec, tensor, result, row_count)
        arrays[tensor.name] = array
    return arrays


def byte_count(arrays: Iterable[NDArray[np.generic]]) -> int:
    """Bytes of the arrays in shared memory."""
    return sum(_aligned(array.nbytes) for array in arrays)


def shared_size(spec: ModelSpec, row_count: int) -> int:
    """Bytes in shared memory of those outputs whose size is known beforehand."""
    sizes = (_size(tensor, row_count) for tensor in spec.outputs)
    return sum(_aligned(size) for size in sizes if size is not None)


def _from_message(
    spec: ModelSpec, tensor: TensorSpec, result: InferResult, row_count: int
) -> NDArray[np.generic]:
    array: NDArray[np.generic] | None = result.as_numpy(tensor.name)
    found = None if array is None else (array.dtype, len(array))
    if array is None or found != (np.dtype(tensor.dtype), row_count):
        raise EngineError(
            f"{spec.name}: the server gave {found} for output `{tensor.name}`, and {row_count} rows of "
            f"{tensor.dtype} were expected; does it serve the repository of this version?"
        )
    return np.array(array.reshape(row_count) if not tensor.shape else array)


def _on_the_wire(tensor: TensorSpec, array: NDArray[np.generic]) -> NDArray[np.generic]:
    """As Triton knows it: a tensor with one number a row has an axis more there."""
    return np.ascontiguousarray(array if tensor.shape else array.reshape(-1, 1))


def _size(tensor: TensorSpec, row_count: int) -> int | None:
    """Bytes of an output; None where its shape varies."""
    if -1 in tensor.shape:
        return None
    return row_count * int(np.prod(tensor.shape, dtype=np.int64)) * np.dtype(tensor.dtype).itemsize


def _aligned(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT
