"""The service process: the edges, the orchestrator and the loops beside them, in one event loop.

    python -m deployments.service --listen 7

The file descriptor is a listening socket that the parent owns; the port of gRPC is this process's own. The
settings come from the environment.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import socket
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from deployments.child import run_child, say_ready
from deployments.layout import Layout, layout_of
from deployments.owners import alive_as_owner, release_dead_owners
from deployments.readiness import Readiness
from deployments.sockets import SocketSeam
from deployments.wires import Wires
from serve.admission import read_api_keys
from serve.artifacts import ArtifactStore, open_store
from serve.contracts.errors import GalateaError
from serve.edges.backstage import Service
from serve.execution import Orchestrator
from serve.ledger import Ledger, migrate, open_ledger
from serve.retention import Retention
from serve.settings import Settings
from serve.webhooks import Webhooks

__all__ = ["main"]

_ASYNC_SLOT_COUNT = 32  # as many as meet in a batch of the engine
_MIN_JOB_COUNT = 8  # that their denoising steps meet in batches
_JOBS_A_WORKER = 4  # that the slots are never empty; more would only be claimed to wait

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What this process stands on."""

    settings: Settings
    ledger: Ledger
    store: ArtifactStore
    seam: SocketSeam
    sync_worker_count: int
    owner: str
    webhooks: Webhooks


async def _serve(settings: Settings, stop: asyncio.Event, listener: socket.socket) -> None:
    """Serve until `stop`; then give every job back.

    Raises:
        GalateaError: A part cannot start, or ended by itself.
    """
    layout = layout_of(settings)
    seam = SocketSeam(layout.sockets)
    ledger = open_ledger(settings.database)
    try:
        read_api_keys(settings)  # what must not be served is said before anybody waits for workers
        await asyncio.to_thread(_prepare, ledger, layout)
        store = open_store(settings.store)
        with alive_as_owner(layout.owners) as owner:
            webhooks = Webhooks(ledger, settings, owner=owner)
            parts = _Parts(settings, ledger, store, seam, len(layout.sockets["sync"]), owner, webhooks)
            await _until(stop, seam.open())
            if not stop.is_set():
                await _run(parts, stop, listener)
    finally:
        ledger.close()


async def _run(parts: _Parts, stop: asyncio.Event, listener: socket.socket) -> None:
    settings, ledger, store, owner = parts.settings, parts.ledger, parts.store, parts.owner
    async with _orchestrator(parts) as orchestrator:
        checks = Readiness(ledger, store, parts.seam.checks)
        service = Service(settings, ledger, store, parts.seam.models, checks, orchestrator.nudge)
        wires = Wires(service, listener)
        await wires.start()
        loops = {
            "http": wires.http,
            "orchestrator": asyncio.create_task(orchestrator.run()),
            "webhooks": asyncio.create_task(parts.webhooks.run()),
            "retention": asyncio.create_task(Retention(ledger, store, settings, owner=owner).run()),
        }
        say_ready()
        try:
            await _until(stop, _first_end(loops))
        finally:
            loops["webhooks"].cancel()
            loops["retention"].cancel()
            await asyncio.gather(wires.stop(), orchestrator.drain())
            await asyncio.wait(loops.values())


def _prepare(ledger: Ledger, layout: Layout) -> None:
    """Bring the schema up to date, and put back into the queue what dead processes of this host held."""
    migrate(ledger.database)
    for owner in release_dead_owners(ledger, layout.owners):
        _log.warning("%s is dead: its jobs are queued again", owner)


def _orchestrator(parts: _Parts) -> Orchestrator:
    return Orchestrator(
        parts.ledger,
        parts.seam,
        parts.store,
        owner=parts.owner,
        version=version("galatea"),
        slots={"async": _ASYNC_SLOT_COUNT, "sync": parts.sync_worker_count},
        max_jobs=_MIN_JOB_COUNT + _JOBS_A_WORKER * parts.sync_worker_count,
        lease_s=parts.settings.lease_s,
        promote_after_s=parts.settings.promote_after_s,
    )


async def _until(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Await the work, but leave it when `stop` is set."""
    task = asyncio.ensure_future(work)
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if task.done():
        task.result()
    else:
        task.cancel()
        await asyncio.wait({task})


async def _first_end(loops: Mapping[str, asyncio.Task[None]]) -> None:
    """Wait for a loop that ends by itself, which none should.

    Raises:
        GalateaError: Always, in the end; the supervisor starts the process again.
    """
    await asyncio.wait(loops.values(), return_when=asyncio.FIRST_COMPLETED)
    name, task = next((name, task) for name, task in loops.items() if task.done())
    error = None if task.cancelled() else task.exception()
    _log.error("the loop %r ended by itself", name, exc_info=error)
    raise GalateaError(f"the loop {name!r} ended by itself: {error!r}; see the log")


def main() -> None:
    """Be the service until the parent says stop."""
    parser = argparse.ArgumentParser(prog="deployments.service", description="Serve HTTP and run jobs.")
    parser.add_argument("--listen", type=int, required=True, help="file descriptor of a listening socket")
    given = parser.parse_args()
    listener = socket.socket(fileno=given.listen)
    run_child("galatea-service", lambda settings, stop: _serve(settings, stop, listener))


if __name__ == "__main__":
    main()
