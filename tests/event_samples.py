"""Jobs that live through events by real claims and completions, and a small client of event streams."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import numpy as np

from serve.contracts.events import EVENT, JobEvent
from serve.contracts.results import JobResult
from serve.ledger import Acquired, ClaimedJob, Ledger
from serve.ledger.statements import append_event
from tests.ledger_samples import PROBLEM, acquire, new_job, ref, stage_result

__all__ = ["claim", "complete", "connected", "live", "pour", "read_events", "request_of", "submit"]


def submit(ledger: Ledger, **fields: Any) -> str:
    """Queue a job of the tenant of a service without keys."""
    return ledger.jobs.submit(new_job(tenant="local", **fields)).job.job_id


def complete(ledger: Ledger, job: ClaimedJob) -> None:
    assets = {"glb": ref(job.job_id), "manifest": ref(f"manifest of {job.job_id}")}
    result = JobResult(assets=assets, main="glb", seed=7, warnings=(), stages=())
    ledger.jobs.complete(job.job_id, job.fence, result)


def live(ledger: Ledger, job_count: int, rng: np.random.Generator) -> None:
    """Claim so many jobs of the queue and take each to an end; some stages are shared, some jobs fall back.

    For a thread; several may do so at once.
    """
    for _ in range(job_count):
        job = claim(ledger, "o")
        for again in range(rng.integers(0, 2)):
            ledger.jobs.retry(job.job_id, job.fence, PROBLEM, 0.0)
            job = claim(ledger, f"o{again}")
        for stage in range(rng.integers(1, 6)):
            key = f"key {rng.integers(40)}"
            run = acquire(ledger, job, key, call=f"stage-{stage}")
            if isinstance(run, Acquired):
                ledger.runs.progress({(key, run.fence): float(rng.uniform(0.2, 0.9))})
                ledger.runs.finish(key, run.fence, stage_result(key))
        _end(ledger, job, int(rng.integers(4)))


def claim(ledger: Ledger, owner: str) -> ClaimedJob:
    """The next job; one that fell back waits until then by a clock that may be set back meanwhile."""
    for _ in range(1_000):
        if jobs := ledger.jobs.claim(owner, 60.0, 1):
            return jobs[0]
        time.sleep(0.01)
    raise AssertionError("no job could be claimed for 10 s")


def _end(ledger: Ledger, job: ClaimedJob, how: int) -> None:
    if how == 0:
        ledger.jobs.cancel(job.tenant, job.job_id)
    elif how == 1:
        ledger.jobs.fail(job.job_id, job.fence, PROBLEM)
    else:
        complete(ledger, job)


def pour(ledger: Ledger, job_id: str, count: int, byte_count: int) -> None:
    """Write so many events of so many bytes each, in one transaction."""

    def work(connection: Any) -> None:
        for _ in range(count):
            append_event(connection, job_id, "queued", {"error": "x" * byte_count})

    ledger.database.write(work)


@asynccontextmanager
async def connected(
    port: int, job_id: str, after: int = 0
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection on which the job's events come; it is cut, not closed, at the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request_of(job_id, after))
        await writer.drain()
        yield reader, writer
    finally:
        writer.transport.abort()
        with suppress(OSError):
            await writer.wait_closed()


def request_of(job_id: str, after: int) -> bytes:
    fields = ("Host: localhost", "Connection: close", f"Last-Event-ID: {after}")
    return "\r\n".join((f"GET /v1/jobs/{job_id}/events HTTP/1.1", *fields, "", "")).encode()


async def read_events(reader: asyncio.StreamReader) -> AsyncIterator[JobEvent]:
    """The events of a connection, until it ends; lines of chunk lengths and other fields are passed over."""
    while line := await reader.readline():
        if line.startswith(b"data: "):
            yield EVENT.validate_json(line.removeprefix(b"data: "))
