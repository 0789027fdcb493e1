"""The loads of `benchmarks.jobs`: latencies, small jobs one after the other, and jobs that are cancelled."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

from benchmarks.jobs_client import Client, Timing, connected, hammer
from benchmarks.jobs_memory import LOOK_COUNT, Watch
from benchmarks.jobs_places import Galatea

__all__ = [
    "CANCEL_DELAYS_S",
    "JOB_CLIENT_COUNT",
    "ROUND_COUNT",
    "SEED_COUNT",
    "Ask",
    "Latencies",
    "cancels",
    "completed",
    "drained",
    "get_job",
    "get_noop",
    "latencies",
    "post_job",
    "post_noop",
    "small_job",
    "small_jobs",
    "submit",
]

ROUND_COUNT = 5
SEED_COUNT = 20
JOB_CLIENT_COUNT = 64  # more than the orchestrator takes at once
CANCEL_DELAYS_S = (0.0, 0.01, 0.03, 0.1, 0.3)
_CANCEL_CLIENT_COUNT = 16
_BLOCKER_COUNT = 64
_ENDED = ("completed", "failed", "cancelled")

_keys = count()
Ask = Callable[[Client, int], Awaitable[None]]


def small_job(seed: int) -> dict[str, Any]:
    """Body of a draft job that costs little."""
    return {"prompt": "a tall red lamp", "quality": "draft", "poly_count": 100, "seed": seed}


async def submit(client: Client, body: dict[str, Any], wait_s: int = 0) -> dict[str, Any]:
    """POST a job under an idempotency key of its own; the job."""
    headers = {"idempotency-key": f"benchmark-{next(_keys)}"} | (
        {"prefer": f"wait={wait_s}"} if wait_s else {}
    )
    return await client.ask("POST", "/v1/text-to-3d", body, headers)


async def completed(client: Client, body: dict[str, Any]) -> dict[str, Any]:
    """Submit a job and wait until it has ended well."""
    job = await submit(client, body, wait_s=60)
    while job["status"] not in _ENDED:
        job = await client.ask("GET", f"/v1/jobs/{job['job_id']}", headers={"prefer": "wait=60"})
    if job["status"] != "completed":
        raise RuntimeError(f"job {job['job_id']} {job['status']}: {job['error']}")
    return job


# Latencies


@dataclass(frozen=True, slots=True)
class Latencies:
    """Timings by what was asked; the keys are the table's rows, in order.

    Args:
        client_count: How many asked at once.
        of: Row -> what its requests took.
    """

    client_count: int
    of: dict[str, Timing]


async def latencies(galatea: Galatea, noop_port: int, client_count: int, request_count: int) -> Latencies:
    """POST and GET beside the noop's, in turns, so that all meet the same machine."""
    of: dict[str, Timing] = {}

    async def turn(name: str, port: int, ask: Ask) -> None:
        # Connections of its own: a server hangs up on those that were idle during the others' turns.
        async with connected(port, client_count) as clients:
            timing = await hammer(clients, range(request_count // ROUND_COUNT), ask)
        of.setdefault(name, Timing()).add(timing)

    for _ in range(ROUND_COUNT):
        async with connected(galatea.port, 1) as (client,):
            done = await completed(client, small_job(0))
        await turn("noop POST", noop_port, post_noop)
        await turn("POST", galatea.port, post_job)
        await drained(galatea)
        await turn("noop GET", noop_port, get_noop)
        await turn("GET, ended", galatea.port, get_job(done["job_id"]))
        async with _blocked(galatea):
            await turn("POST, queue stands", galatea.port, post_job)
            async with connected(galatea.port, 1) as (client,):
                last = await submit(client, small_job(0))
            await turn("GET, waits", galatea.port, get_job(last["job_id"]))
        await drained(galatea)
    return Latencies(client_count, of)


async def post_noop(client: Client, number: int) -> None:
    """Send the noop what a job would be."""
    await client.ask("POST", "/noop", small_job(number), {"idempotency-key": f"noop-{number}"})


async def get_noop(client: Client, number: int) -> None:
    """Ask the noop for nothing."""
    del number
    await client.ask("GET", "/noop")


async def post_job(client: Client, number: int) -> None:
    """Submit the job that all are equal to."""
    del number
    await submit(client, small_job(0))


def get_job(job_id: str) -> Ask:
    """Ask for a job."""

    async def ask(client: Client, number: int) -> None:
        del number
        await client.ask("GET", f"/v1/jobs/{job_id}")

    return ask


@asynccontextmanager
async def _blocked(galatea: Galatea) -> AsyncIterator[None]:
    """Inside the block, more urgent jobs that go on only afterwards hold all places; those that come wait."""
    with galatea.workers_stopped():
        async with connected(galatea.port, 1) as (client,):
            seeds = [10**6 + next(_keys) for _ in range(_BLOCKER_COUNT)]
            jobs = [await submit(client, small_job(seed) | {"priority": "interactive"}) for seed in seeds]
        await asyncio.sleep(1.0)  # until as many of them are claimed as there is room for
        yield
    async with connected(galatea.port, 1) as (client,):
        for job in jobs:
            await client.ask("DELETE", f"/v1/jobs/{job['job_id']}")


async def drained(galatea: Galatea) -> None:
    """Wait until no job waits or runs."""
    async with connected(galatea.port, 1) as (client,):
        for status in ("queued", "running"):
            while (await client.ask("GET", f"/v1/jobs?status={status}&limit=1"))["jobs"]:
                await asyncio.sleep(0.1)


# Many jobs


async def small_jobs(galatea: Galatea, job_count: int) -> tuple[Timing, Watch]:
    """Jobs from POST to completed, all stages of which are known after the first few."""
    async with connected(galatea.port, 1) as (client,):
        for seed in range(SEED_COUNT):
            await completed(client, small_job(seed))
    async with connected(galatea.port, JOB_CLIENT_COUNT) as clients:
        watch = Watch(galatea.pids)
        looking = _looking(watch, job_count)

        async def ask(client: Client, number: int) -> None:
            await completed(client, small_job(number % SEED_COUNT))
            looking()

        return await hammer(clients, range(job_count), ask), watch


async def cancels(galatea: Galatea, job_count: int) -> tuple[Counter[str], Timing, Watch]:
    """Jobs that are each new, cancelled at once or a moment later; counts how far they had come."""
    stood: Counter[str] = Counter()
    watch = Watch(galatea.pids)
    looking = _looking(watch, job_count)

    async def ask(client: Client, number: int) -> None:
        job = await submit(client, small_job(10**7 + number))
        await asyncio.sleep(CANCEL_DELAYS_S[number % len(CANCEL_DELAYS_S)])
        job = await client.ask("DELETE", f"/v1/jobs/{job['job_id']}")
        running = job["status"] == "cancelled" and job["started_at"] is not None
        stood["running" if running else "waiting" if job["status"] == "cancelled" else job["status"]] += 1
        looking()

    async with connected(galatea.port, _CANCEL_CLIENT_COUNT) as clients:
        timing = await hammer(clients, range(job_count), ask)
    await drained(galatea)
    return stood, timing, watch


def _looking(watch: Watch, job_count: int) -> Callable[[], None]:
    """Called after each job: looks `LOOK_COUNT` times in all."""
    ended = count(1)
    every = max(1, job_count // LOOK_COUNT)
    watch.look(0)

    def looking() -> None:
        number = next(ended)
        if number % every == 0:
            watch.look(number)

    return looking
