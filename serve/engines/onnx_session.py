"""Opens and runs ONNX Runtime sessions with the options that equal bytes need."""

from __future__ import annotations

import importlib
import platform
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, cast

import numpy as np

from serve.contracts.errors import EngineError
from serve.engines.onnx_options import padded, runtime_errors, session_options
from serve.models.spec import Arrays, ModelSpec

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

__all__ = ["check_weights_exist", "cpu_architecture", "open_session", "run_session", "runtime_version"]


def open_session(
    spec: ModelSpec, weights: Path, providers: Sequence[str], thread_count: int | None
) -> InferenceSession:
    """Load the weights.

    Args:
        spec: The model; the graph must have its tensor names.
        weights: The ONNX file.
        providers: Execution providers; the first must be available.
        thread_count: Threads inside one operator; ONNX Runtime's choice by default.

    Returns:
        An `onnxruntime.InferenceSession`.

    Raises:
        EngineError: The file is missing, corrupt or of another model, or the provider is not there.
    """
    check_weights_exist(spec, weights)
    runtime = _runtime()
    available = runtime.get_available_providers()
    if providers[0] not in available:
        raise EngineError(f"{spec.name}: this ONNX Runtime has no {providers[0]}; it has {available}")
    try:
        session = runtime.InferenceSession(
            str(weights), session_options(runtime, thread_count), providers=list(providers)
        )
    except runtime_errors() as error:
        raise EngineError(f"{spec.name}: {weights} cannot be loaded; {_remedy(spec)} ({error})") from error
    _check_graph(spec, session, providers[0])
    return session


def check_weights_exist(spec: ModelSpec, weights: Path) -> None:
    """Raise EngineError unless the weights are there."""
    if not weights.is_file():
        raise EngineError(f"{spec.name}: the weights are missing at {weights}; {_remedy(spec)}")


def run_session(spec: ModelSpec, session: InferenceSession, inputs: Arrays) -> Arrays:
    """Run the model; a single row is run beside a copy of itself.

    Raises:
        EngineError: The runtime refused the inputs or failed.
    """
    row_count = next(iter(inputs.values())).shape[0]
    names = [tensor.name for tensor in spec.outputs]
    try:
        outputs = session.run(names, {name: padded(array) for name, array in inputs.items()})
    except runtime_errors() as error:
        raise EngineError(f"{spec.name}: the execution of {row_count} rows failed ({error})") from error
    return {name: array[:row_count] for name, array in zip(names, outputs, strict=True)}


def runtime_version() -> str:
    """The version of ONNX Runtime.

    Raises:
        EngineError: It is not installed.
    """
    return cast(str, _runtime().__version__)


def cpu_architecture() -> str:
    """The machine and its widest vector extension, `x86_64-AVX512_SPR` say: the kernels depend on both."""
    extensions = cast("dict[str, dict[str, list[str]]]", np.show_config(mode="dicts"))["SIMD Extensions"]
    widest = [*extensions.get("baseline", []), *extensions.get("found", [])][-1:]
    return "-".join([platform.machine(), *widest])


def _check_graph(spec: ModelSpec, session: InferenceSession, provider: str) -> None:
    used = session.get_providers()[0]
    if used != provider:
        raise EngineError(
            f"{spec.name}: {provider} failed to start and {used} took its place; check its libraries"
        )
    for kind, found, expected in (
        ("inputs", session.get_inputs(), spec.inputs),
        ("outputs", session.get_outputs(), spec.outputs),
    ):
        names, wanted = sorted(one.name for one in found), sorted(one.name for one in expected)
        if names != wanted:
            raise EngineError(f"{spec.name}: the graph's {kind} are {names}; expected are {wanted}")


def _remedy(spec: ModelSpec) -> str:
    return f"make them again with `galatea compile {spec.name}`"


def _runtime() -> ModuleType:
    try:
        return importlib.import_module("onnxruntime")
    except ModuleNotFoundError as error:
        raise EngineError("ONNX Runtime is not installed; run `pip install 'galatea[cpu]'`") from error
