"""Everything in one process: the engine and the stages' threads behind the seam, and a folder for a store."""

from __future__ import annotations

import asyncio
import os
import secrets
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, cast

import numpy as np
import warp as wp
from numpy.typing import NDArray

from serve.artifacts import ArtifactStore, open_store
from serve.contracts.artifacts import ArtifactRef
from serve.contracts.errors import CancelledJobError
from serve.contracts.requests import TextTo3dRequest
from serve.contracts.results import JobResult
from serve.contracts.stage import Blob, Context, Done, Event, Params, StageSpec
from serve.engines.onnx import EngineOnnx
from serve.engines.onnx_session import cpu_architecture
from serve.engines.protocol import Engine
from serve.execution import Job, JobEvent, execute
from serve.models import MODELS
from serve.planning import plan_text_to_3d
from serve.settings import Settings

__all__ = ["InProcess", "Tools", "open_inprocess", "thread_count"]

_SCOPE = "local"
_MODELS = {spec.name: spec for spec in MODELS}


@dataclass(slots=True)
class Tools:
    """What a stage is handed; `stop` is set when nobody wants its run any more."""

    engine: Engine
    stop: threading.Event = field(default_factory=threading.Event)

    async def infer(self, model: str, inputs: Mapping[str, NDArray[Any]]) -> Mapping[str, NDArray[Any]]:
        """See `serve.contracts.stage.Toolbox.infer`."""
        self.check()
        return await self.engine.infer(_MODELS[model], inputs)

    def check(self) -> None:
        """See `serve.contracts.stage.Toolbox.check`."""
        if self.stop.is_set():
            raise CancelledJobError("the job was cancelled; send it again if that was a mistake")


class InProcess:
    """The seam inside one process: async stages in its loop, sync ones in threads.

    Warp stages share one thread, for Warp compiles and launches from one thread at a time; other sync stages
    have a pool.

    Args:
        engine: Runs the networks.
        store: Holds artifacts and results.
        cpu_thread_count: Threads for sync stages that do not use Warp.
    """

    def __init__(self, engine: Engine, store: ArtifactStore, cpu_thread_count: int = 2) -> None:
        self.engine = engine
        self.store = store
        self._pools = {
            "warp": ThreadPoolExecutor(1, thread_name_prefix="stage-warp"),
            "cpu": ThreadPoolExecutor(cpu_thread_count, thread_name_prefix="stage-cpu"),
        }

    def numeric_class(self, spec: StageSpec) -> str:
        """See `serve.execution.Seam.numeric_class`."""
        if spec.model is not None:
            return self.engine.numeric_class(_MODELS[spec.model])
        runtime = f"warp-{wp.__version__}/cpu" if spec.resource == "warp" else f"numpy-{np.__version__}"
        return f"{runtime}/{cpu_architecture()}"

    def model(self, spec: StageSpec) -> str | None:
        """See `serve.execution.Seam.model`."""
        if spec.model is None:
            return None
        model = _MODELS[spec.model]
        return f"{model.name}/{model.version}/{self.engine.digest(model)}"

    async def call(
        self, spec: StageSpec, params: Params, inputs: Mapping[str, ArtifactRef], context: Context
    ) -> AsyncIterator[Event]:
        """See `serve.execution.Seam.call`."""
        data = {name: await self.store.get(ref) for name, ref in inputs.items()}
        tools = Tools(self.engine)
        stream = spec.run(data, params, context, tools)
        if spec.kind == "sync":
            stream = self._in_thread(cast("Iterator[Event]", stream), self._pools[spec.resource], tools)
        async for event in cast("AsyncIterator[Event]", stream):
            yield await self._stored(event)

    async def _stored(self, event: Event) -> Event:
        """The event with its bytes put into the store."""
        if not isinstance(event, Done):
            return event
        blobs = {name: blob for name, blob in event.outputs.items() if isinstance(blob, Blob)}
        refs = {name: await self.store.put(blob.data, blob.media_type) for name, blob in blobs.items()}
        return Done(refs, event.warnings)

    async def _in_thread(
        self, events: Iterator[Event], pool: ThreadPoolExecutor, tools: Tools
    ) -> AsyncIterator[Event]:
        """Drive a sync stage in a thread; leaving early stops it and waits: a thread cannot be cancelled."""
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[Event | None] = asyncio.Queue()

        def drive() -> None:
            try:
                tools.check()
                for event in events:
                    loop.call_soon_threadsafe(queue.put_nowait, event)
            finally:
                loop.call_soon_threadsafe(queue.put_nowait, None)

        work = loop.run_in_executor(pool, drive)
        try:
            while (event := await queue.get()) is not None:
                yield event
            await work
        finally:
            tools.stop.set()
            await asyncio.wait({work})
            work.exception()  # looked at: whoever left early has a reason of his own

    def close(self) -> None:
        """Wait for what runs and free threads and models."""
        for pool in self._pools.values():
            pool.shutdown(wait=True, cancel_futures=True)
        if isinstance(self.engine, EngineOnnx):
            self.engine.close()

    async def text_to_3d(
        self, request: TextTo3dRequest, listen: Callable[[JobEvent], None] = lambda event: None
    ) -> JobResult:
        """Run one request to its end.

        Raises:
            GalateaError: It cannot be planned, or a stage failed.
        """
        seed = request.seed if request.seed >= 0 else secrets.randbelow(2**32)
        resolved = request.model_copy(update={"seed": seed})
        job = Job(
            job_id=secrets.token_hex(8),
            scope=_SCOPE,
            operation="text-to-3d",
            request=resolved.model_dump(mode="json", exclude={"priority", "deadline_s"}),
            plan=plan_text_to_3d(request),
            seed=seed,
            deadline_s=request.deadline_s,
            version=version("galatea"),
        )
        return await execute(job, self, self.store, listen)


def thread_count(settings: Settings) -> int:
    """Threads of the engine: the setting, or one a core and at most 4."""
    return settings.threads or min(4, os.cpu_count() or 1)


def open_inprocess(settings: Settings) -> InProcess:
    """The seam with the default engine and the settings' store; close it in the end."""
    threads = thread_count(settings)
    return InProcess(EngineOnnx(thread_count=threads), open_store(settings.store), threads)
