"""What every engine checks before it runs a model: do the inputs obey the ModelSpec?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from serve.contracts.errors import EngineInputError
from serve.models.spec import Arrays, ModelSpec, TensorSpec

__all__ = ["check_inputs"]


def check_inputs(spec: ModelSpec, inputs: Arrays) -> int:
    """Compare the inputs with the spec.

    Returns:
        The number of rows: the first axis that all inputs share.

    Raises:
        EngineInputError: A tensor is missing, unknown, of another dtype or shape, not finite, or has another
            number of rows than the rest; or there are no rows, or more than `max_batch_count`.
    """
    _check_names(spec, inputs)
    for tensor in spec.inputs:
        _check_tensor(spec, tensor, inputs[tensor.name])
    return _checked_row_count(spec, inputs)


def _check_names(spec: ModelSpec, inputs: Arrays) -> None:
    expected = {tensor.name for tensor in spec.inputs}
    if missing := sorted(expected - inputs.keys()):
        raise EngineInputError(f"{spec.name}: input `{missing[0]}` is missing; given are {sorted(inputs)}")
    if unknown := sorted(inputs.keys() - expected):
        raise EngineInputError(
            f"{spec.name}: input `{unknown[0]}` is unknown; expected are {sorted(expected)}"
        )


def _check_tensor(spec: ModelSpec, tensor: TensorSpec, array: NDArray[np.generic]) -> None:
    place = f"{spec.name}: input `{tensor.name}`"
    if array.dtype != np.dtype(tensor.dtype):
        raise EngineInputError(f"{place} has dtype {array.dtype}; expected is {tensor.dtype}")
    if not _fits(array.shape, tensor.shape):
        raise EngineInputError(f"{place} has shape {list(array.shape)}; expected is {_pattern(tensor)}")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        row = int(np.argwhere(~np.isfinite(array))[0][0])
        raise EngineInputError(f"{place} holds NaN or infinity in row {row}; expected are finite numbers")


def _fits(shape: tuple[int, ...], expected: tuple[int, ...]) -> bool:
    if len(shape) != 1 + len(expected):
        return False
    return all(
        size == want or (want == -1 and size > 0) for size, want in zip(shape[1:], expected, strict=True)
    )


def _pattern(tensor: TensorSpec) -> str:
    sizes = ["any" if size == -1 else str(size) for size in tensor.shape]
    return f"[{', '.join(['rows', *sizes])}]"


def _checked_row_count(spec: ModelSpec, inputs: Arrays) -> int:
    first = spec.inputs[0].name
    row_count = len(inputs[first])
    for name, array in sorted(inputs.items()):
        if len(array) != row_count:
            raise EngineInputError(
                f"{spec.name}: input `{name}` has {len(array)} rows; wanted are the {row_count} of `{first}`"
            )
    if not 1 <= row_count <= spec.max_batch_count:
        raise EngineInputError(
            f"{spec.name}: input `{first}` has {row_count} rows; expected are 1 to {spec.max_batch_count}"
        )
    return row_count
