"""Jobs as both wires offer them: submit, read, list and cancel, on plain values."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from serve.admission import admit
from serve.contracts.errors import GalateaError, InvalidRequestError, JobMissingError
from serve.contracts.jobs import JobState
from serve.contracts.views import JobPage, JobView
from serve.edges.backstage import Backstage
from serve.edges.presenter import job_view
from serve.ledger.records import JobFilter, JobRecord, Submitted
from serve.operations import OPERATIONS, Operation
from serve.telemetry import traceparent as current_traceparent
from serve.telemetry import tracer, under
from serve.telemetry.metrics import JOBS_SUBMITTED

__all__ = ["JOB_ID", "JobDesk", "ListQuery", "checked_job_id"]

JOB_ID = r"^[0-9a-hjkmnp-tv-z]{26}$"
"""How the id of a job looks."""
_MAX_PAGE_COUNT = 200


class ListQuery(BaseModel):
    """Which jobs to list."""

    model_config = ConfigDict(extra="forbid")

    status: JobState | None = Field(None, description="Only jobs in this state")
    operation: str | None = Field(
        None,
        pattern="^(" + "|".join(re.escape(row.name) for row in OPERATIONS) + ")$",
        description="Only jobs of this operation",
    )
    limit: int = Field(50, ge=1, le=_MAX_PAGE_COUNT, description="Most jobs in one answer")
    after: str | None = Field(None, pattern=JOB_ID, description="`next` of the answer before")


class JobDesk:
    """Where both wires bring what is asked about jobs.

    Args:
        backstage: What it stands on.
    """

    def __init__(self, backstage: Backstage) -> None:
        self._backstage = backstage
        self._service = backstage.service
        self._jobs = backstage.service.ledger.jobs

    async def submit(
        self,
        operation: Operation,
        fields: Mapping[str, Any],
        *,
        tenant: str,
        idempotency_keys: Sequence[str],
        wait_s: float | None,
        traceparent: str = "",
    ) -> tuple[JobRecord, bool]:
        """Put a job into the queue, or find the one that the idempotency key made before.

        Args:
            operation: What is asked for.
            fields: The request as the client gave it.
            tenant: Whose job it will be.
            idempotency_keys: All that came with the request; one at most is right.
            wait_s: How long to wait for the job's end.
            traceparent: Of the client (W3C), so that its trace goes on here.

        Returns:
            The job, and whether it is new.

        Raises:
            GalateaError: As `serve.admission.admit`.
        """
        # A client that leaves now has submitted all the same: what follows a new job must not be left out.
        key = _one_key(idempotency_keys)
        with tracer().start_as_current_span(f"submit {operation.name}", context=under(traceparent)):
            submitted = await asyncio.shield(self._admit(operation, fields, tenant, key))
        try:
            job = await self._backstage.waited(submitted.job, wait_s)
        except GalateaError:
            job = submitted.job  # it is accepted all the same, and the client must learn its id
        return job, submitted.created

    async def _admit(
        self, operation: Operation, fields: Mapping[str, Any], tenant: str, key: str | None
    ) -> Submitted:
        submitted = await self._backstage.writes(
            admit,
            self._service.ledger,
            self._service.settings,
            operation,
            fields,
            tenant=tenant,
            idempotency_key=key,
            traceparent=current_traceparent(),
        )
        if submitted.created:
            JOBS_SUBMITTED.labels(operation.name).inc()
            self._service.nudge()
        return submitted

    async def read(self, tenant: str, job_id: str, wait_s: float | None) -> JobRecord:
        """The job, at its end or after `wait_s`.

        Raises:
            JobMissingError: The tenant has none of this id.
            LedgerError: The ledger cannot be read.
        """
        job = await self._backstage.calls(self._jobs.get, tenant, checked_job_id(job_id))
        return await self._backstage.waited(job, wait_s)

    async def cancel(self, tenant: str, job_id: str) -> JobRecord:
        """The job, which has ended now; nothing of it begins any more.

        Raises:
            JobMissingError: The tenant has none of this id.
            LedgerError: The ledger cannot be written.
        """
        job = await self._backstage.writes(self._jobs.cancel, tenant, checked_job_id(job_id))
        self._service.nudge()
        return job

    async def page(self, tenant: str, query: ListQuery, base_url: str) -> JobPage:
        """The tenant's jobs from the newest to the oldest; `next` leads on.

        Raises:
            LedgerError: The ledger cannot be read.
        """
        where = JobFilter(query.status, query.operation)
        jobs = await self._backstage.calls(
            self._jobs.page, tenant, where, limit=query.limit + 1, before=query.after
        )
        shown, more = jobs[: query.limit], jobs[query.limit :]
        views = tuple(self.view(job, base_url) for job in shown)
        return JobPage(jobs=views, next=shown[-1].job_id if more else None)

    def view(self, job: JobRecord, base_url: str) -> JobView:
        """The job as its client reads it."""
        return job_view(job, base_url, shared=bool(self._backstage.keys))


def checked_job_id(job_id: str) -> str:
    """Refuse what can be no job's id before anything is asked.

    Raises:
        JobMissingError: It can be none.
    """
    if not re.fullmatch(JOB_ID, job_id):
        raise JobMissingError(f"there is no job {job_id[:40]!a}; see your jobs at /v1/jobs")
    return job_id


def _one_key(keys: Sequence[str]) -> str | None:
    if len(keys) > 1:
        raise InvalidRequestError("Idempotency-Key: came more than once; send one", "Idempotency-Key")
    return keys[0] if keys else None
