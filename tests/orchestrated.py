"""Orchestrators in this process, over one ledger and one store, with stages small enough to see through."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from deployments.host import StageHost
from deployments.ownership import owned_by
from serve.artifacts import open_store
from serve.contracts.jobs import ENDED
from serve.contracts.plan import Plan
from serve.contracts.stage import StageSpec
from serve.execution import Orchestrator
from serve.ledger import Ledger
from serve.ledger.records import JobRecord
from tests.toy_stages import Gate, new_job, plan_of

__all__ = ["Service", "one"]


def one(stage: str = "gate", word: str = "x") -> Plan:
    """A plan of one stage."""
    return plan_of((stage, word, {}), result=f"{stage}.out")


class Service:
    """Orchestrators over one ledger and one store; each is a process but for its memory.

    Args:
        ledger: Of all of them.
        folder: Of their store.
    """

    def __init__(self, ledger: Ledger, folder: Path) -> None:
        self.ledger = ledger
        self.store = open_store(str(folder))

    @asynccontextmanager
    async def orchestrator(
        self,
        *gates: Gate,
        name: str = "a",
        slots: Mapping[str, int] | None = None,
        specs: Sequence[StageSpec] = (),
        **options: Any,
    ) -> AsyncIterator[Orchestrator]:
        """One more, with these stages, that claims jobs until the end of the block and is drained there."""
        stages = {spec.name: spec for spec in (*specs, *(gate.spec() for gate in gates))}
        host = StageHost(None, self.store, owned=owned_by(self.ledger), stages=stages)
        slots = slots or {"async": 8, "sync": 1}
        given: dict[str, Any] = {
            "owner": name,
            "version": "0",
            "slots": slots,
            "max_jobs": 32,
            "lease_s": 2.0,
        }
        async with Orchestrator(
            self.ledger, host, self.store, stages=stages, **(given | options)
        ) as orchestrator:
            claiming = asyncio.create_task(orchestrator.run())
            yield orchestrator
            await orchestrator.drain()
            await claiming
        host.close()

    async def submit(self, plan: Plan, **options: Any) -> str:
        """The id of a new job."""
        submitted = await asyncio.to_thread(self.ledger.jobs.submit, new_job(plan, **options))
        return submitted.job.job_id

    async def get(self, job_id: str) -> JobRecord:
        return await asyncio.to_thread(self.ledger.jobs.get, "local", job_id)

    async def cancel(self, job_id: str) -> JobRecord:
        return await asyncio.to_thread(self.ledger.jobs.cancel, "local", job_id)

    async def ended(self, job_id: str) -> JobRecord:
        """The job once it has."""
        async with asyncio.timeout(60):
            while (job := await self.get(job_id)).state not in ENDED:
                await asyncio.sleep(0.02)
        return job

    async def kinds(self, job_id: str) -> list[str]:
        """Of the events that are told of it, whose numbers have no gap."""
        events = await asyncio.to_thread(self.ledger.events.read, job_id)
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        return [event.kind for event in events]
