"""How a job leaves the state `running` or `queued`: everything that must happen in that one transaction.

The caller holds the lock of the job's row. Runs are locked afterwards, in the order of their keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from serve.contracts.errors import StaleFenceError
from serve.contracts.jobs import JobState, Problem
from serve.contracts.results import JobResult
from serve.ledger.database import Database, utc_now
from serve.ledger.identifiers import new_identifier
from serve.ledger.schema import jobs, stage_interest, stage_runs, webhook_deliveries
from serve.ledger.statements import RUN_IS_RUNNING, append_event, clock, shown_progress
from serve.telemetry.metrics import JOBS_ENDED

__all__ = ["check_fence", "end", "requeue", "withdraw"]

_LOCK_JOB = (  # built once, as it comes before every write for a job
    sa.select(jobs.c.state, jobs.c.fence).where(jobs.c.job_id == sa.bindparam("of_job")).with_for_update()
)
_NOBODYS: dict[str, Any] = {"owner": None, "lease_until": None, "fence": jobs.c.fence + 1}


def check_fence(connection: Connection, job_id: str, fence: int) -> None:
    """Lock the job's row.

    Raises:
        StaleFenceError: The job does not run under this fence.
    """
    row = connection.execute(_LOCK_JOB, {"of_job": job_id}).one_or_none()
    if row is None or row.state != JobState.RUNNING or row.fence != fence:
        now = "is gone" if row is None else f"is {row.state} under fence {row.fence}"
        raise StaleFenceError(f"job {job_id} {now} and not running under fence {fence}; stop working on it")


def end(
    connection: Connection,
    job_id: str,
    state: JobState,
    *,
    error: Problem | None = None,
    result: JobResult | None = None,
) -> tuple[str, ...]:
    """End the job: its state, its last event, its interest, its webhook.

    Returns:
        Keys of the runs that nobody wants any more and that were released.
    """
    change = sa.update(jobs).where(jobs.c.job_id == job_id)
    values: dict[str, Any] = {
        "state": state,
        "progress": 1.0 if state is JobState.COMPLETED else shown_progress(),
        "error": error.model_dump_json() if error else None,
        "result": result.model_dump_json() if result else None,
        "ended_at": utc_now(),
        **_NOBODYS,
    }
    told = (jobs.c.tenant, jobs.c.operation, jobs.c.webhook_url)
    job = connection.execute(change.values(values).returning(*told)).one()
    Database.on_commit(connection, JOBS_ENDED.labels(job.operation, state.value).inc)
    payload = {"state": state.value} | ({"error": error.code} if error else {})
    append_event(connection, job_id, "finished", payload)
    if job.webhook_url is not None:
        _announce(connection, job_id, job.tenant, job.webhook_url)
    return _withdraw_all(connection, job_id)


def requeue(
    connection: Connection,
    job_id: str,
    *,
    delay_s: float = 0.0,
    error: Problem | None = None,
    attempt_change: int = 0,
    lost_change: int = 0,
) -> tuple[str, ...]:
    """Put a running job back into the queue; `error` is why.

    Returns:
        Keys of the runs that nobody wants any more and that were released.
    """
    values: dict[str, Any] = {
        "state": JobState.QUEUED,
        "progress": shown_progress(),
        "not_before": utc_now() + delay_s,
        "aged_at": utc_now(),
        "attempt": jobs.c.attempt + attempt_change,
        "lost_count": jobs.c.lost_count + lost_change,
        **_NOBODYS,
    }
    if error is not None:
        values["error"] = error.model_dump_json()
    connection.execute(sa.update(jobs).where(jobs.c.job_id == job_id).values(values))
    append_event(connection, job_id, "queued", {"error": error.code} if error else {})
    return _withdraw_all(connection, job_id)


def _announce(connection: Connection, job_id: str, tenant: str, url: str) -> None:
    now_s = clock(connection)
    row = {
        "delivery_id": f"msg_{new_identifier(now_s)}",
        "tenant": tenant,
        "job_id": job_id,
        "url": url,
        "state": "pending",
        "next_at": now_s,
        "created_at": now_s,
    }
    connection.execute(sa.insert(webhook_deliveries).values(row))


def _withdraw_all(connection: Connection, job_id: str) -> tuple[str, ...]:
    query = sa.select(stage_interest.c.key).where(stage_interest.c.job_id == job_id)
    return withdraw(connection, job_id, connection.execute(query).scalars().all())


def withdraw(connection: Connection, job_id: str, keys: Sequence[str]) -> tuple[str, ...]:
    """Take back the job's interest in these keys.

    The runs are locked before interest is looked at: whoever begins to wait for one holds that lock too, so
    a run is either released before he comes, and he takes it anew, or kept because he is there.

    Returns:
        Keys of the runs that nobody wants any more and that were released.
    """
    if not keys:
        return ()
    lock = sa.select(stage_runs.c.key).where(stage_runs.c.key.in_(keys)).order_by(stage_runs.c.key)
    connection.execute(lock.with_for_update()).all()
    connection.execute(
        sa.delete(stage_interest).where(stage_interest.c.job_id == job_id, stage_interest.c.key.in_(keys))
    )
    wanted = sa.exists().where(stage_interest.c.key == stage_runs.c.key)
    release = sa.update(stage_runs).where(stage_runs.c.key.in_(keys), RUN_IS_RUNNING, sa.not_(wanted))
    values = {"state": "released", "owner": None, "lease_until": None, "ended_at": utc_now()}
    released = connection.execute(release.values(values).returning(stage_runs.c.key))
    return tuple(sorted(released.scalars()))
