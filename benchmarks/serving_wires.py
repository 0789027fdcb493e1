"""What the service's own wires cost on Ray, beside a noop behind Ray's proxy and one without Ray."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from benchmarks.jobs_client import Client, Timing, connected, hammer
from benchmarks.jobs_loads import (
    ROUND_COUNT,
    Ask,
    completed,
    drained,
    get_job,
    get_noop,
    post_job,
    post_noop,
    small_job,
)
from benchmarks.jobs_places import Galatea, free_port, galatea_running, noop_running, running
from benchmarks.serving_table import Sizes

__all__ = ["NOOP_BARE", "NOOP_ON_RAY", "Wires", "measure_wires"]

NOOP_BARE, NOOP_ON_RAY = "noop, uvicorn", "noop, Ray's proxy"
_CLIENT_COUNTS = (1, 16)

Wires = dict[int, dict[str, Timing]]


async def measure_wires(sizes: Sizes) -> Wires:
    """Ask all places in turns.

    Returns:
        How many asked at once -> what was asked (its method first) -> what that took.
    """
    with ExitStack() as stack:
        bare_port = stack.enter_context(noop_running())
        noop = asyncio.to_thread(stack.enter_context, _noop_on_ray())  # two Rays start sooner together
        service = asyncio.to_thread(stack.enter_context, galatea_running(arguments=()))
        ray_port, galatea = await asyncio.gather(noop, service)
        turns = await _turns(galatea, bare_port, ray_port)
        return {count: await _asked(turns, galatea, count, sizes.requests) for count in _CLIENT_COUNTS}


@contextmanager
def _noop_on_ray() -> Iterator[int]:
    """The noop behind Ray's proxy; gives the proxy's port."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.serving_noop", str(port)]
    with running(command, port, "/noop", dict(os.environ)):
        yield port


async def _turns(galatea: Galatea, bare_port: int, ray_port: int) -> list[tuple[str, int, Ask]]:
    """What is asked, in this order: name, port, how."""
    async with connected(galatea.port, 1) as (client,):
        done = await completed(client, small_job(0))
    return [
        (f"GET {NOOP_BARE}", bare_port, get_noop),
        (f"GET {NOOP_ON_RAY}", ray_port, get_noop),
        ("GET /healthz, galatea", galatea.port, _get_health),
        ("GET job, galatea", galatea.port, get_job(done["job_id"])),
        (f"POST {NOOP_BARE}", bare_port, post_noop),
        (f"POST {NOOP_ON_RAY}", ray_port, post_noop),
        ("POST job, galatea", galatea.port, post_job),
    ]


async def _asked(
    turns: list[tuple[str, int, Ask]], galatea: Galatea, client_count: int, request_count: int
) -> dict[str, Timing]:
    timings = {name: Timing() for name, _, _ in turns}
    for _ in range(ROUND_COUNT):
        for name, port, ask in turns:
            # Connections of its own: a server hangs up on those that were idle during the others' turns.
            async with connected(port, client_count) as clients:
                timings[name].add(await hammer(clients, range(request_count // ROUND_COUNT), ask))
        await drained(galatea)
    return timings


async def _get_health(client: Client, number: int) -> None:
    del number
    await client.ask("GET", "/healthz")
