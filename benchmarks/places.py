"""Places to run stages and jobs in, in this process, each with a store and a ledger of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from deployments.engines import thread_count
from deployments.host import StageHost
from deployments.local import Local, local_over
from serve.artifacts import open_store
from serve.engines.onnx import EngineOnnx
from serve.engines.protocol import Engine
from serve.ledger import migrate, open_ledger
from serve.settings import read_settings

__all__ = ["make_host", "make_local"]


def make_host(folder: str, name: str, threads: int = 0, engine: Engine | None = None) -> StageHost:
    """A place for stages; close it at the end.

    Args:
        folder: Where its store is.
        name: Of the store.
        threads: As many as the settings say, if 0.
        engine: An EngineOnnx of so many threads by default.
    """
    count = threads or thread_count(read_settings())
    engine = engine or EngineOnnx(thread_count=count)
    return StageHost(engine, open_store(f"{folder}/{name}"), cpu_thread_count=count, crew_size=count)


@asynccontextmanager
async def make_local(folder: str, name: str, threads: int = 0) -> AsyncIterator[Local]:
    """A place for whole jobs."""
    host = make_host(folder, name, threads)
    ledger = open_ledger(f"sqlite:///{folder}/{name}.sqlite")
    migrate(ledger.database)
    try:
        async with local_over(ledger, host, owner=name) as local:
            yield local
    finally:
        host.close()
        ledger.close()
