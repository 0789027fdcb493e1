"""Runs stages inside one process: async ones in its loop, sync ones in threads, outputs into the store."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import AsyncGenerator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, contextmanager, suppress
from typing import cast

import numpy as np
import warp as wp

from deployments.crew import Crew
from deployments.ownership import Owned, Ownership
from deployments.threads import in_thread
from deployments.tools import MODEL_BY_NAME, CpuMeter, Tools
from serve.artifacts import ArtifactStore
from serve.contracts.artifacts import ArtifactRef
from serve.contracts.errors import ArtifactMissingError, ArtifactTamperedError, EngineError, GalateaError
from serve.contracts.results import Cost
from serve.contracts.stage import Blob, Checkpoint, Context, Done, Event, Params, Progress, StageSpec
from serve.engines.onnx_session import cpu_architecture
from serve.engines.protocol import Engine
from serve.stages import STAGES
from serve.telemetry import bind

__all__ = ["StageHost"]

_log = logging.getLogger(__name__)


class StageHost:
    """The seam inside one process.

    Warp stages share one thread, for Warp compiles and prepares launches in one thread at a time. The kernels
    themselves, once compiled, may run in several: that is what a stage spreads over the crew.

    Every run writes a log line when it begins and one when it ends (`stage began`, `stage done`, `stage
    failed`), with key, fence, stage, job and process: a count of what was computed that owes nothing to the
    ledger.

    Args:
        engine: Runs the networks; None where only sync stages run.
        store: Holds artifacts.
        owned: Says which runs are still wanted; None where nobody else could take them.
        stages: The stages that it knows.
        cpu_thread_count: Threads for sync stages that do not use Warp; 0 makes them share Warp's.
        crew_size: Threads that the stages may spread tasks over, all together.
    """

    def __init__(
        self,
        engine: Engine | None,
        store: ArtifactStore,
        *,
        owned: Owned | None = None,
        stages: Mapping[str, StageSpec] = STAGES,
        cpu_thread_count: int = 1,
        crew_size: int = 1,
    ) -> None:
        self.engine = engine
        self.store = store
        self.stages = stages
        self._ownership = Ownership(owned) if owned else None
        self._meter = CpuMeter()
        warp = ThreadPoolExecutor(1, thread_name_prefix="stage-warp")
        cpu = (
            ThreadPoolExecutor(cpu_thread_count, thread_name_prefix="stage-cpu") if cpu_thread_count else warp
        )
        self._pools = {"warp": warp, "cpu": cpu}
        self._crew = Crew(crew_size)

    def numeric_class(self, spec: StageSpec) -> str:
        """See `serve.execution.Seam.numeric_class`."""
        if spec.model is not None:
            return self._need_engine(spec).numeric_class(MODEL_BY_NAME[spec.model])
        runtime = f"warp-{wp.__version__}/cpu" if spec.resource == "warp" else f"numpy-{np.__version__}"
        tool = f"/{spec.tool()}" if spec.tool else ""
        return f"{runtime}/{cpu_architecture()}{tool}"

    def model(self, spec: StageSpec) -> str | None:
        """See `serve.execution.Seam.model`."""
        if spec.model is None:
            return None
        model = MODEL_BY_NAME[spec.model]
        return f"{model.name}/{model.version}/{self._need_engine(spec).digest(model)}"

    def _need_engine(self, spec: StageSpec) -> Engine:
        if self.engine is None:
            raise EngineError(f"stage {spec.name} needs an engine, and this process has none")
        return self.engine

    async def call(
        self, spec: StageSpec, params: Params, inputs: Mapping[str, ArtifactRef], context: Context
    ) -> AsyncGenerator[Event, None]:
        """See `serve.execution.Seam.call`; an output is in the store before Done tells of it."""
        tools = Tools(self.engine, context, self._meter, self._ownership, self._crew)
        with _recorded(spec, context) as record, self._watched(spec, tools):
            data = {name: await self.store.get(ref) for name, ref in inputs.items()}
            tools.checkpoint = await self._saved(context)
            async with aclosing(self._stream(spec, data, params, tools)) as events:
                async for event in events:
                    stored = await self._stored(event, tools)
                    if isinstance(stored, Done):
                        record["outcome"] = "done"
                    yield stored

    async def warm_up(self, kind: str) -> None:
        """Run the stages of a kind on their examples: kernels are compiled and models loaded then.

        Raises:
            GalateaError: One of them cannot run here.
        """
        for spec in self.stages.values():
            if spec.kind == kind:
                data, params = spec.example()
                tools = Tools(self.engine, Context("0" * 64, "warm-up"), self._meter)
                async with aclosing(self._stream(spec, data, params, tools)) as events:
                    async for _ in events:
                        pass

    def close(self) -> None:
        """Wait for what runs and free threads and models."""
        for pool in self._pools.values():
            pool.shutdown(wait=True, cancel_futures=True)
        self._crew.close()
        if self.engine is not None:
            self.engine.close()

    async def _stream(
        self, spec: StageSpec, data: Mapping[str, bytes], params: Params, tools: Tools
    ) -> AsyncGenerator[Event, None]:
        """The stage's own events."""
        stream = spec.run(data, params, tools.context, tools)
        if spec.kind == "sync":
            stream = in_thread(cast("Iterator[Event]", stream), self._pools[spec.resource], tools)
        async with aclosing(cast("AsyncGenerator[Event, None]", stream)) as events:
            async for event in events:
                yield event

    @contextmanager
    def _watched(self, spec: StageSpec, tools: Tools) -> Iterator[None]:
        """Ask in the background for a stage that computes; one that infers asks before each call."""
        if self._ownership is None or spec.kind != "sync":
            yield
            return
        watch = asyncio.create_task(self._ownership.watch(tools.context, tools.stop))
        try:
            yield
        finally:
            watch.cancel()

    async def _saved(self, context: Context) -> bytes | None:
        """The newest checkpoint; one that is lost or damaged only costs time."""
        if context.checkpoint is not None:
            with suppress(ArtifactMissingError, ArtifactTamperedError):
                return await self.store.get(context.checkpoint)
        return None

    async def _stored(self, event: Event, tools: Tools) -> Event:
        """The event with its bytes put into the store."""
        if isinstance(event, Progress):
            return event
        if isinstance(event, Checkpoint):
            return Checkpoint(await self._put(event.state, tools))
        outputs = {name: await self._put(blob, tools) for name, blob in event.outputs.items()}
        cost = Cost(cpu_s=tools.cpu_s, byte_count=tools.byte_count)
        return Done(outputs, event.warnings, event.fragment, cost)

    async def _put(self, blob: Blob | ArtifactRef, tools: Tools) -> ArtifactRef:
        if isinstance(blob, ArtifactRef):
            return blob  # an output that the stage was given, handed on
        tools.byte_count += len(blob.data)
        return await self.store.put(blob.data, blob.media_type)


@contextmanager
def _recorded(spec: StageSpec, context: Context) -> Iterator[dict[str, str]]:
    """Log that the run begins, and how it ends: by `outcome`, which the block sets."""
    ids = {
        "job_id": context.job_id,
        "stage": spec.name,
        "key": context.key,
        "fence": str(context.fence),
        "pid": str(os.getpid()),
    }
    record = {"outcome": "failed"}
    # `bind` never spans a yield: an async generator may be closed in another context.
    with bind(**ids):
        _log.info("stage began")
    try:
        yield record
    finally:
        why = {} if record["outcome"] == "done" else {"error": _code(sys.exception())}
        with bind(**ids, **why):
            _log.info("stage %s", record["outcome"])


def _code(error: BaseException | None) -> str:
    """The row of the error table, `cancelled` for a reader who left, else the exception's name."""
    if isinstance(error, asyncio.CancelledError | GeneratorExit):
        return "cancelled"
    return error.code if isinstance(error, GalateaError) else type(error).__name__
