"""A real receiver of webhooks on loopback, and jobs that end for it to hear of."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa

from serve.contracts.artifacts import ArtifactRef
from serve.contracts.errors import EngineError
from serve.contracts.jobs import problem_of
from serve.contracts.plan import Plan
from serve.contracts.requests import Priority
from serve.contracts.results import JobResult
from serve.ledger import Delivery, Ledger, NewJob
from serve.ledger.schema import webhook_deliveries
from serve.settings import Settings

__all__ = [
    "OLD_SECRET",
    "REF",
    "RESULT",
    "SECRET",
    "Received",
    "Receiver",
    "change",
    "clock_of",
    "end_job",
    "job_with",
    "next_in_s",
    "only",
    "receiving",
    "settings_of",
    "sqlite_alone",
]

# What does not depend on the database is shown on one.
sqlite_alone = pytest.mark.parametrize("database_kind", ["sqlite"])
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
OLD_SECRET = "whsec_" + base64.b64encode(bytes(range(1, 25))).decode()
REF = ArtifactRef(digest="ab" * 32, media_type="model/gltf-binary", byte_count=7)
RESULT = JobResult(assets={"glb": REF}, main="glb", seed=5, warnings=(), stages=())


@dataclass
class Received:
    """A request as it came over the wire."""

    path: str
    headers: dict[str, str]
    body: str


@dataclass
class Receiver:
    """Answers each request with the next of `answers`, the last one for ever; `hold` makes it wait first."""

    url: str = ""
    answers: list[str] = field(default_factory=lambda: ["204 No Content"])
    received: list[Received] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    hold: asyncio.Event | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in head[1:] if line)}
            body = (await reader.readexactly(int(headers["content-length"]))).decode()
            self.received.append(Received(head[0].split()[1], headers, body))
            self.arrived.set()
            if self.hold is not None:
                await self.hold.wait()
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            writer.write(f"HTTP/1.1 {answer}\r\ncontent-length: 0\r\n\r\n".encode())
            await writer.drain()
        finally:
            writer.close()


@asynccontextmanager
async def receiving(tls: ssl.SSLContext | None = None, **fields: Any) -> AsyncIterator[Receiver]:
    receiver = Receiver(**fields)
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    receiver.url = f"http{'s' if tls else ''}://127.0.0.1:{port}/hook"
    try:
        yield receiver
    finally:
        if receiver.hold is not None:
            receiver.hold.set()
        server.close()


def settings_of(**values: Any) -> Settings:
    return Settings(**({"webhook_secret": SECRET, "api_keys": None} | values))


def job_with(url: str, tenant: str = "local") -> NewJob:
    return NewJob(
        tenant=tenant,
        operation="text-to-3d",
        request={"prompt": "a lamp", "seed": 5},
        plan=Plan(calls=(), results={}, main="glb"),
        seed=5,
        priority=Priority.NORMAL,
        estimate_s=1.0,
        weight=1.0,
        webhook_url=url,
    )


def end_job(ledger: Ledger, url: str, *, tenant: str = "local", error: EngineError | None = None) -> str:
    """A job with a webhook that has run and ended; returns its id."""
    job = ledger.jobs.submit_claimed(job_with(url, tenant), "worker", 30)
    if error is None:
        ledger.jobs.complete(job.job_id, job.fence, RESULT)
    else:
        ledger.jobs.fail(job.job_id, job.fence, problem_of(error))
    return job.job_id


def change(ledger: Ledger, **values: Any) -> None:
    """Set columns of all deliveries: how the tests move the clock."""
    ledger.database.write(
        lambda connection: connection.execute(sa.update(webhook_deliveries).values(**values))
    )


def only(ledger: Ledger, tenant: str = "local") -> Delivery:
    [delivery] = ledger.outbox.page(tenant)
    return delivery


def next_in_s(ledger: Ledger, clock: float) -> float:
    query = sa.select(webhook_deliveries.c.next_at)
    return ledger.database.read(lambda connection: connection.execute(query).scalar_one()) - clock


def clock_of(ledger: Ledger) -> float:
    query = "SELECT (julianday('now') - 2440587.5) * 86400.0"
    if not ledger.database.is_sqlite:
        query = "SELECT extract(epoch from clock_timestamp())::double precision"
    return ledger.database.read(lambda connection: connection.execute(sa.text(query)).scalar_one())
