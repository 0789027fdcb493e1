"""Two ways to batch on Ray Serve: `@serve.batch` for each step, and one call a stage, the loop inside."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import numpy as np
from ray import serve as ray_serve

from benchmarks.serving_table import BATCH_WAIT_S, MOST_CALLS
from deployments.actors import Stages
from deployments.answers import Answers
from deployments.host import StageHost
from serve.artifacts import open_store
from serve.engines.onnx import EngineOnnx
from serve.engines.onnx_options import CPU_PROVIDER
from serve.engines.onnx_session import open_session, run_session
from serve.engines.terms import ANY_TERMS, Terms
from serve.models.parts_flow import PARTS_FLOW
from serve.models.spec import Arrays, ModelSpec
from serve.stages import STAGES

if TYPE_CHECKING:
    from ray.serve.handle import DeploymentHandle

__all__ = ["EngineOverHandle", "Looping", "Stepping"]


class Stepping:
    """A session behind `@serve.batch`; who calls it holds the loop.

    Args:
        thread_count: Threads inside one operator.
    """

    def __init__(self, thread_count: int) -> None:
        self._session = open_session(PARTS_FLOW, PARTS_FLOW.weights_path, (CPU_PROVIDER,), thread_count)
        self._counts: Counter[int] = Counter()

    @ray_serve.batch(max_batch_size=MOST_CALLS, batch_wait_timeout_s=BATCH_WAIT_S)  # type: ignore[untyped-decorator]
    async def infer(self, calls: list[Arrays]) -> list[Arrays]:
        """The outputs of each call, all from one execution."""
        joined = {name: np.concatenate([call[name] for call in calls]) for name in calls[0]}
        stops = np.cumsum([len(call["time"]) for call in calls])
        self._counts[int(stops[-1])] += 1
        outputs = await asyncio.to_thread(run_session, PARTS_FLOW, self._session, joined)
        return [{"clean": rows} for rows in np.split(outputs["clean"], stops[:-1])]

    def counts(self) -> Counter[int]:
        """Executions by their rows."""
        return self._counts


class Looping(Stages):
    """The service's own replica for async stages, without a ledger that could take a run away from it.

    Args:
        store: Where artifacts are.
        thread_count: Threads inside one operator.
    """

    async def __init__(self, store: str, thread_count: int) -> None:  # type: ignore[misc]
        self._engine = EngineOnnx(thread_count=thread_count)
        host = StageHost(self._engine, open_store(store))
        self._ends = ExitStack()
        self._ends.callback(host.close)
        self._answers = Answers(host, {name: spec for name, spec in STAGES.items() if spec.kind == "async"})

    def counts(self) -> Counter[int]:
        """Executions by their rows."""
        return self._engine.batch_counts


class EngineOverHandle(EngineOnnx):
    """Asks `Stepping` for each step, over its handle; what else an engine knows is known here.

    Args:
        handle: Of the deployment.
    """

    def __init__(self, handle: DeploymentHandle[Any]) -> None:
        super().__init__()
        self._handle = handle

    async def infer(self, spec: ModelSpec, inputs: Arrays, terms: Terms = ANY_TERMS) -> Arrays:
        """The outputs of the model; `spec` is always the one that the deployment holds."""
        outputs: Arrays = await self._handle.infer.remote(inputs)
        return outputs
