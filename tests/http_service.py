"""The HTTP application over a real ledger and a real store, for tests; jobs end by the test's own hand."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import uvicorn
from fastapi import FastAPI

from serve.contracts.artifacts import ArtifactRef
from serve.contracts.results import JobResult, StageReport
from serve.edges.http_edge import Service

__all__ = ["GLB", "HttpService", "finish_next", "listening"]

GLB = bytes(range(256)) * 5


@dataclass(frozen=True, slots=True)
class HttpService:
    """An application with what it stands on.

    Args:
        service: The parts.
        nudges: Grows by one whenever the edge nudges.
        app: The application.
    """

    service: Service
    nudges: list[None]
    app: FastAPI

    def grant(self, digest: str = "0" * 64, tenant: str = "local") -> ArtifactRef:
        """Let a tenant read an asset, that of the examples by default; the bytes are nowhere."""
        ref = ArtifactRef(digest=digest, media_type="model/gltf-binary", byte_count=1)
        self.service.ledger.grants.add(tenant, ref)
        return ref

    def client(self, key: str | None = None, host: str = "127.0.0.1:8000") -> httpx.AsyncClient:
        """A client of the application, without a network; `key` is its API key."""
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=f"http://{host}", headers=headers)


async def finish_next(service: Service, data: bytes = GLB) -> tuple[str, ArtifactRef]:
    """Claim the job at the head of the queue and complete it with these bytes; its id and its main asset."""
    [job] = service.ledger.jobs.claim("a-test", 30.0, 1)
    assets = {
        "glb": await service.store.put(data, "model/gltf-binary"),
        "picture": await service.store.put(b"picture of " + data, "image/png"),
        "manifest": await service.store.put(b'{"of":"' + job.job_id.encode() + b'"}', "application/json"),
    }
    stages = (StageReport(stage="export", cached=False, wall_s=0.5),)
    result = JobResult(assets=assets, main="glb", seed=job.seed, warnings=("it is small",), stages=stages)
    service.ledger.jobs.complete(job.job_id, job.fence, result)
    return job.job_id, assets["glb"]


@asynccontextmanager
async def listening(app: FastAPI) -> AsyncIterator[int]:
    """The application behind a real server on a free loopback port; yields the port."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=2)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve([listener]))
    while not server.started:
        await asyncio.sleep(0.005)
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await task
