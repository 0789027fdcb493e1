"""One job in this process: what `galatea generate` uses when no service is asked.

It shares ledger and store with a service on the same data folder: each finds what the other has made, and
waits for what the other is making.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version

from deployments.engines import open_engine, thread_count
from deployments.host import StageHost
from deployments.layout import layout_of
from deployments.owners import alive_as_owner, release_dead_owners
from deployments.ownership import owned_by
from serve.admission import LOCAL_TENANT, new_job, with_assets
from serve.artifacts import ArtifactStore, open_store
from serve.contracts.artifacts import ArtifactRef
from serve.contracts.requests import JobRequest, TextTo3dRequest
from serve.contracts.results import JobResult
from serve.execution import JobEvent, Orchestrator, Seam
from serve.ledger import Ledger, NewJob, migrate, open_ledger
from serve.operations import TEXT_TO_3D, Operation
from serve.settings import Settings

__all__ = ["Local", "local_over", "open_local"]

_ASYNC_SLOTS = 16


@dataclass(frozen=True, slots=True)
class Local:
    """Runs requests in this process.

    Args:
        ledger: Remembers what they gave.
        store: Holds it.
        orchestrator: Runs them.
        owner: Name of this process in the ledger.
        lease_s: Length of its leases.
    """

    ledger: Ledger
    store: ArtifactStore
    orchestrator: Orchestrator
    owner: str
    lease_s: float

    async def text_to_3d(
        self, request: TextTo3dRequest, listen: Callable[[JobEvent], None] = lambda event: None
    ) -> JobResult:
        """Run one request to its end; cancelling the caller cancels the job.

        Raises:
            GalateaError: It cannot be planned, or a stage failed.
        """
        return await self.make(TEXT_TO_3D, request, listen)

    async def make(
        self,
        operation: Operation,
        request: JobRequest,
        listen: Callable[[JobEvent], None] = lambda event: None,
        *,
        assets: Mapping[str, ArtifactRef] | None = None,
    ) -> JobResult:
        """Run one request of any operation to its end; cancelling the caller cancels the job.

        Args:
            operation: Which.
            request: Of it.
            listen: As `execute` takes it.
            assets: Digest -> asset, for those that the request may name: in the store already.

        Raises:
            GalateaError: It cannot be planned, or a stage failed.
        """
        job = new_job(operation, request, LOCAL_TENANT)
        return await self.run(replace(job, plan=with_assets(job.plan, (assets or {}).get)), listen)

    async def run(self, new: NewJob, listen: Callable[[JobEvent], None] = lambda event: None) -> JobResult:
        """Run one job of the tenant `local` to its end; cancelling the caller cancels the job.

        Raises:
            GalateaError: A stage failed.
        """
        # One attempt: nobody would wait for a second one, made by a service perhaps, after this process died.
        new = replace(new, max_attempts=1)
        job = await asyncio.to_thread(self.ledger.jobs.submit_claimed, new, self.owner, self.lease_s)
        try:
            return await self.orchestrator.run_claimed(job, listen)
        except asyncio.CancelledError:
            await asyncio.to_thread(self.ledger.jobs.cancel, LOCAL_TENANT, job.job_id)
            self.orchestrator.nudge()
            raise


@asynccontextmanager
async def local_over(
    ledger: Ledger,
    host: StageHost,
    *,
    owner: str,
    lease_s: float = 30.0,
    sync_slots: int = 3,
    seam: Seam | None = None,
) -> AsyncIterator[Local]:
    """Run requests over parts that the caller opened and will close.

    Args:
        ledger: Migrated.
        host: Runs stages, and holds the store.
        owner: Name of this process in the ledger.
        lease_s: Length of its leases.
        sync_slots: Computing stages at once.
        seam: The way to the stages; the host itself by default.
    """
    async with Orchestrator(
        ledger,
        seam or host,
        host.store,
        owner=owner,
        version=version("galatea"),
        slots={"async": _ASYNC_SLOTS, "sync": sync_slots},
        max_jobs=_ASYNC_SLOTS,
        lease_s=lease_s,
        stages=host.stages,
    ) as orchestrator:
        yield Local(ledger, host.store, orchestrator, owner, lease_s)


@asynccontextmanager
async def open_local(
    settings: Settings, seam_over: Callable[[StageHost], Seam] = lambda host: host
) -> AsyncIterator[Local]:
    """Run requests with the settings' engine, ledger and store.

    Args:
        settings: Which.
        seam_over: What is put between the jobs and the stages.

    Raises:
        GalateaError: One of them cannot be opened.
    """
    threads = thread_count(settings)
    store = open_store(settings.store)
    ledger = open_ledger(settings.database)
    migrate(ledger.database)
    layout = layout_of(settings)
    layout.make()
    release_dead_owners(ledger, layout.owners)
    with alive_as_owner(layout.owners) as owner:
        host = StageHost(
            open_engine(settings),
            store,
            owned=owned_by(ledger),
            cpu_thread_count=threads,
            crew_size=threads,
        )
        try:
            async with local_over(
                ledger,
                host,
                owner=owner,
                lease_s=settings.lease_s,
                sync_slots=threads + 1,
                seam=seam_over(host),
            ) as local:
                yield local
        finally:
            host.close()
            ledger.close()
