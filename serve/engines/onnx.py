"""The default engine: ONNX Runtime in this process."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from serve.contracts.errors import EngineError
from serve.engines.batching import MicroBatcher
from serve.engines.onnx_options import CPU_PROVIDER, runtime_name
from serve.engines.onnx_session import (
    check_weights_exist,
    cpu_architecture,
    open_session,
    run_session,
    runtime_version,
)
from serve.engines.terms import ANY_TERMS, Terms, until_deadline
from serve.engines.validation import check_inputs
from serve.models.spec import Arrays, ModelSpec

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

__all__ = ["EngineOnnx"]


def _committed_weights(spec: ModelSpec) -> Path:
    return spec.weights_path


class EngineOnnx:
    """Runs models with ONNX Runtime, in one worker thread of its own, with micro-batching.

    Loading happens in that thread too, so a model is loaded once however many callers ask for it together.
    Use one engine per process, from one event loop at a time.

    Args:
        providers: Execution providers, best first.
        thread_count: Threads inside one operator; ONNX Runtime's choice by default. Results do not change.
        weights_of: Where a model's ONNX file lies; the model repository by default.
        architecture: What the device is called in the numeric class; found out for the CPU.

    Raises:
        EngineError: Another provider than the CPU is asked for, and `architecture` is not given.
    """

    def __init__(
        self,
        providers: Sequence[str] = (CPU_PROVIDER,),
        thread_count: int | None = None,
        weights_of: Callable[[ModelSpec], Path] = _committed_weights,
        architecture: str | None = None,
    ) -> None:
        if architecture is None and providers[0] != CPU_PROVIDER:
            raise EngineError(f"`architecture` must name the device of {providers[0]}, such as `sm_90`")
        self._providers = tuple(providers)
        self._architecture = architecture or cpu_architecture()
        self._thread_count = thread_count
        self._weights_of = weights_of
        self._sessions: dict[ModelSpec, InferenceSession] = {}
        self._digests: dict[ModelSpec, str] = {}
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="engine-onnx")
        self._closed = False
        self._batcher = MicroBatcher(self._execute)

    @property
    def batch_counts(self) -> Counter[int]:
        """How many executions had this many rows."""
        return self._batcher.batch_counts

    async def infer(self, spec: ModelSpec, inputs: Arrays, terms: Terms = ANY_TERMS) -> Arrays:
        """Run the model; see `serve.engines.protocol.Engine.infer`."""
        row_count = check_inputs(spec, inputs)
        async with until_deadline(spec, terms):
            return await self._batcher.infer(spec, inputs, row_count)

    def numeric_class(self, spec: ModelSpec) -> str:
        """Runtime and version, provider, architecture, precision of the activations."""
        runtime = runtime_name(runtime_version(), self._providers[0], self._architecture)
        return f"{runtime}/{spec.outputs[0].dtype}"

    def digest(self, spec: ModelSpec) -> str:
        """SHA-256 of the ONNX file, hexadecimal; read once.

        Raises:
            EngineError: The weights are missing.
        """
        if spec not in self._digests:
            weights = self._weights_of(spec)
            check_weights_exist(spec, weights)
            self._digests[spec] = hashlib.sha256(weights.read_bytes()).hexdigest()
        return self._digests[spec]

    def close(self) -> None:
        """Wait for the execution that runs, refuse the rest with EngineError and free the models."""
        self._closed = True
        self._worker.shutdown(wait=True, cancel_futures=True)
        self._sessions.clear()

    async def _execute(self, spec: ModelSpec, inputs: Arrays) -> Arrays:
        if self._closed:
            raise EngineError(f"{spec.name}: the engine is closed; make a new one")
        return await asyncio.get_running_loop().run_in_executor(self._worker, self._run, spec, inputs)

    def _run(self, spec: ModelSpec, inputs: Arrays) -> Arrays:
        if spec not in self._sessions:
            weights = self._weights_of(spec)
            self._sessions[spec] = open_session(spec, weights, self._providers, self._thread_count)
        return run_session(spec, self._sessions[spec], inputs)
