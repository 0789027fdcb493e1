"""How ONNX Runtime is asked, so that equal rows give equal bits wherever it runs.

It runs in this process and inside Triton, whose environment has another NumPy and nothing of ours:
`deployments.triton` lays a copy of this very file beside its backend. So nothing of ours is imported here.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from onnxruntime import SessionOptions

__all__ = ["CPU_PROVIDER", "padded", "runtime_errors", "runtime_name", "session_options"]

CPU_PROVIDER = "CPUExecutionProvider"

# One row alone can take other kernels than several do, which round in another order (a sum over a middle
# axis does, and a matrix-vector product may), while two rows and more gave every row the same bits.
_LEAST_ROW_COUNT = 2


def padded(array: NDArray[np.generic]) -> NDArray[np.generic]:
    """The rows; a single one beside a copy of itself."""
    return np.repeat(array, _LEAST_ROW_COUNT, axis=0) if len(array) < _LEAST_ROW_COUNT else array


def session_options(runtime: ModuleType, thread_count: int | None) -> SessionOptions:
    """What a session is opened with.

    Args:
        runtime: The module `onnxruntime`.
        thread_count: Threads inside one operator; ONNX Runtime's choice by default. Results do not change.
    """
    options = runtime.SessionOptions()
    options.intra_op_num_threads = thread_count or 0
    options.inter_op_num_threads = 1
    options.use_deterministic_compute = True
    # Errors are raised; the log would only repeat them.
    options.log_severity_level = 4
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    return options


def runtime_name(version: str, provider: str, architecture: str) -> str:
    """The part of a numeric class that does not depend on the model."""
    return f"onnxruntime-{version}/{provider}/{architecture}"


def runtime_errors() -> tuple[type[Exception], ...]:
    """The exceptions of ONNX Runtime: one per status code, without a common base."""
    state = importlib.import_module("onnxruntime.capi.onnxruntime_pybind11_state")
    return tuple(
        value for value in vars(state).values() if isinstance(value, type) and issubclass(value, Exception)
    )
