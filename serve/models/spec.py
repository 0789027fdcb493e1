"""What a model is to the service: names, dtypes and shapes of its tensors, its weights and its licence.

One ModelSpec is the source of the Triton `config.pbtxt`, of the checks in every engine and of `EngineFake`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["MODEL_REPOSITORY", "Arrays", "ModelSpec", "TensorSpec", "example_rows"]

Arrays = Mapping[str, NDArray[np.generic]]

MODEL_REPOSITORY = Path(__file__).resolve().parents[2] / "model_repository"


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """One tensor of a model, without its batch axis.

    Args:
        name: The name in the ONNX graph.
        dtype: NumPy's name: `float32`, `int64`.
        shape: Sizes of the axes after the batch axis; -1 where the size varies.
        meaning: What it holds, with units.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    meaning: str


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A model as the service calls it.

    Args:
        name: Folder name in the model repository.
        version: Version folder; grows with every change of weights.
        summary: One sentence on what it does.
        inputs: Input tensors; the first axis of each is the batch.
        outputs: Output tensors; the first axis of each is the batch.
        max_batch_count: Most rows in one execution.
        licence: SPDX expression for the weights.
        source: Where the weights come from.
        example_size: Size of the varying axes in an example.
    """

    name: str
    version: int
    summary: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    max_batch_count: int
    licence: str
    source: str
    example_size: int = 8

    @property
    def weights_path(self) -> Path:
        """Where the ONNX file lies."""
        return MODEL_REPOSITORY / self.name / str(self.version) / "model.onnx"

    def example_shape(self, tensor: TensorSpec) -> tuple[int, ...]:
        """The shape of one row of a tensor in an example."""
        return tuple(self.example_size if size == -1 else size for size in tensor.shape)


def example_rows(spec: ModelSpec, row_count: int) -> dict[str, NDArray[np.generic]]:
    """Inputs that every model takes, to warm it up or to ask whether it answers: zeros.

    Args:
        spec: The model.
        row_count: How many rows.

    Returns:
        An array for each input, shape (row_count, ...).
    """
    return {
        tensor.name: np.zeros((row_count, *spec.example_shape(tensor)), tensor.dtype)
        for tensor in spec.inputs
    }
