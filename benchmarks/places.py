"""Places to run stages and jobs in, in this process, each with a store and a ledger of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from deployments.engines import thread_count
from deployments.host import StageHost
from deployments.local import Local, local_over
from serve.artifacts import open_store
from serve.engines.onnx import EngineOnnx
from serve.ledger import migrate, open_ledger
from serve.settings import read_settings

__all__ = ["make_host", "make_local"]


def make_host(folder: str, name: str, threads: int = 0) -> StageHost:
    """A place for stages, with an engine of so many threads (0: as the settings say); close it at the end."""
    count = threads or thread_count(read_settings())
    return StageHost(EngineOnnx(thread_count=count), open_store(f"{folder}/{name}"), cpu_thread_count=count)


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
