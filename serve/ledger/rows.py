"""From rows of `jobs` to records."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from serve.contracts.jobs import JobState, Problem
from serve.contracts.plan import Plan
from serve.contracts.requests import Priority
from serve.contracts.results import JobResult
from serve.ledger.database import utc_now
from serve.ledger.records import ClaimedJob, JobRecord
from serve.ledger.schema import jobs
from serve.ledger.statements import shown_progress

__all__ = ["CLAIM_COLUMNS", "claimed_job", "job_record", "select_jobs"]

CLAIM_COLUMNS = (
    jobs.c.job_id,
    jobs.c.tenant,
    jobs.c.operation,
    jobs.c.request,
    jobs.c.plan,
    jobs.c.seed,
    jobs.c.fence,
    jobs.c.attempt,
    jobs.c.rank,
    jobs.c.tag,
    jobs.c.traceparent,
    (jobs.c.deadline_at - utc_now()).label("remaining_s"),
)


def select_jobs(tenant: str) -> sa.Select[Any]:
    """The jobs of a tenant, with all that `job_record` reads."""
    return sa.select(*_RECORD_COLUMNS, shown_progress().label("shown")).where(jobs.c.tenant == tenant)


def job_record(row: Any, queue_position: int | None = None, wait_s: float | None = None) -> JobRecord:
    """The record of a row of `select_jobs`."""
    return JobRecord(
        job_id=row.job_id,
        tenant=row.tenant,
        operation=row.operation,
        request=json.loads(row.request),
        priority=Priority(row.priority),
        state=JobState(row.state),
        attempt=row.attempt,
        progress=row.shown,
        estimate_s=row.estimate_s,
        created_at=row.created_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        deadline_at=row.deadline_at,
        result=JobResult.model_validate_json(row.result) if row.result else None,
        error=Problem.model_validate_json(row.error) if row.error else None,
        queue_position=queue_position,
        predicted_start_s=wait_s,
    )


def claimed_job(row: Any) -> ClaimedJob:
    """The record of a row of `CLAIM_COLUMNS`."""
    columns = dict(row._mapping)
    columns["request"] = json.loads(row.request)
    columns["plan"] = Plan.model_validate_json(row.plan)
    return ClaimedJob(**columns)


_RECORD_COLUMNS = (
    jobs.c.job_id,
    jobs.c.tenant,
    jobs.c.operation,
    jobs.c.request,
    jobs.c.priority,
    jobs.c.rank,
    jobs.c.tag,
    jobs.c.state,
    jobs.c.attempt,
    jobs.c.estimate_s,
    jobs.c.created_at,
    jobs.c.started_at,
    jobs.c.ended_at,
    jobs.c.deadline_at,
    jobs.c.result,
    jobs.c.error,
)
