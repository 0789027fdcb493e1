"""The life of jobs: submitted, claimed, ended."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from serve.contracts.errors import CancelledJobError, GalateaError, JobMissingError
from serve.contracts.jobs import ENDED, JobState, Problem, problem_of
from serve.contracts.results import JobResult
from serve.ledger.database import Database, utc_now
from serve.ledger.endings import check_fence, end, requeue
from serve.ledger.grants import grant
from serve.ledger.identifiers import new_identifier
from serve.ledger.queue import place
from serve.ledger.records import ClaimedJob, JobFilter, JobRecord, NewJob, QueueLimits, Submitted
from serve.ledger.rows import CLAIM_COLUMNS, claimed_job, job_record, select_jobs
from serve.ledger.schema import jobs
from serve.ledger.statements import IS_QUEUED, append_event, clock, shown_progress
from serve.ledger.submission import insert_job, reserve
from serve.policies import RANKS

__all__ = ["Jobs"]

LAST_RANK = max(RANKS.values())


class Jobs:
    """The table `jobs` as operations. Every method is one transaction.

    All raise LedgerError when the database cannot be reached or written.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def submit(self, new: NewJob, limits: QueueLimits | None = None) -> Submitted:
        """Put the job into the queue, or find the one that its idempotency key made before.

        Raises:
            IdempotencyConflictError: The key was used for another body.
            QueueFullError: As many jobs wait as the limits allow.
        """

        def work(connection: Connection) -> Submitted:
            fresh_id = new_identifier(clock(connection))
            job_id = reserve(connection, new, fresh_id)
            if job_id == fresh_id:
                insert_job(connection, new, job_id, limits)
            return Submitted(_get(connection, new.tenant, job_id), created=job_id == fresh_id)

        return self._database.write(work)

    def submit_claimed(self, new: NewJob, owner: str, lease_s: float) -> ClaimedJob:
        """Write a job that this process runs at once, past the queue and its limits."""

        def work(connection: Connection) -> ClaimedJob:
            job_id = new_identifier(clock(connection))
            insert_job(connection, new, job_id, None)
            [job] = _claim(connection, jobs.c.job_id == job_id, owner, lease_s)
            return job

        return self._database.write(work)

    def get(self, tenant: str, job_id: str) -> JobRecord:
        """The job as it stands.

        Raises:
            JobMissingError: The tenant has no such job.
        """
        return self._database.read(lambda connection: _get(connection, tenant, job_id))

    def page(
        self, tenant: str, where: JobFilter, *, limit: int, before: str | None = None
    ) -> list[JobRecord]:
        """The tenant's jobs, newest first; `before` is the id of the last job of the page before."""
        query = select_jobs(tenant).order_by(jobs.c.job_id.desc()).limit(limit)
        if before is not None:
            query = query.where(jobs.c.job_id < before)
        if where.state is not None:
            query = query.where(jobs.c.state == where.state)
        if where.operation is not None:
            query = query.where(jobs.c.operation == where.operation)
        return [job_record(row) for row in self._database.read(lambda c: c.execute(query).all())]

    def cancel(self, tenant: str, job_id: str) -> JobRecord:
        """Cancel the job, at once and whoever runs it; an ended one comes back unchanged.

        Raises:
            JobMissingError: The tenant has no such job.
        """

        def work(connection: Connection) -> JobRecord:
            query = sa.select(jobs.c.state).where(jobs.c.tenant == tenant, jobs.c.job_id == job_id)
            state = connection.execute(query.with_for_update()).scalar_one_or_none()
            if state is not None and state not in ENDED:
                error = CancelledJobError("the job was cancelled; send it again if that was a mistake")
                end(connection, job_id, JobState.CANCELLED, error=problem_of(error))
            return _get(connection, tenant, job_id)

        return self._database.write(work)

    def claim(self, owner: str, lease_s: float, limit: int, worst_rank: int = LAST_RANK) -> list[ClaimedJob]:
        """Take up to `limit` jobs from the head of the queue and run them until the lease ends.

        Args:
            owner: Who runs them.
            lease_s: Seconds, unless it is renewed.
            limit: How many.
            worst_rank: Only jobs of this rank or a more urgent one.
        """
        head = (
            sa.select(jobs.c.job_id)
            .where(
                IS_QUEUED,
                jobs.c.rank <= worst_rank,
                jobs.c.not_before <= utc_now(),
                sa.or_(jobs.c.deadline_at.is_(None), jobs.c.deadline_at > utc_now()),
            )
            .order_by(jobs.c.rank, jobs.c.tag, jobs.c.job_id)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .cte("head")  # evaluated once; a plain subquery may be run again, and then claims more
        )
        chosen = jobs.c.job_id.in_(sa.select(head.c.job_id))
        return self._database.write(lambda connection: _claim(connection, chosen, owner, lease_s))

    def complete(self, job_id: str, fence: int, result: JobResult) -> tuple[str, ...]:
        """End the job well, and let its tenant read its assets.

        Returns:
            Keys of the runs that nobody wants any more and that were released.

        Raises:
            StaleFenceError: The job does not run under this fence.
        """

        def work(connection: Connection) -> tuple[str, ...]:
            check_fence(connection, job_id, fence)
            tenant = connection.execute(sa.select(jobs.c.tenant).where(jobs.c.job_id == job_id)).scalar_one()
            released = end(connection, job_id, JobState.COMPLETED, result=result)
            grant(connection, tenant, result.assets.values())  # last, as the order of locks wants it
            return released

        return self._database.write(work)

    def fail(self, job_id: str, fence: int, problem: Problem) -> tuple[str, ...]:
        """End the job with an error; returns and raises as `complete`."""

        def work(connection: Connection) -> tuple[str, ...]:
            check_fence(connection, job_id, fence)
            return end(connection, job_id, JobState.FAILED, error=problem)

        return self._database.write(work)

    def retry(self, job_id: str, fence: int, problem: Problem, delay_s: float) -> tuple[str, ...]:
        """Queue the job again, not before `delay_s` from now; end it with the error after its last attempt.

        Returns and raises as `complete`.
        """

        def work(connection: Connection) -> tuple[str, ...]:
            check_fence(connection, job_id, fence)
            attempts = sa.select(jobs.c.attempt, jobs.c.max_attempts).where(jobs.c.job_id == job_id)
            attempt, most = connection.execute(attempts).one()
            if attempt >= most:
                return end(connection, job_id, JobState.FAILED, error=problem)
            return requeue(connection, job_id, delay_s=delay_s, error=problem)

        return self._database.write(work)

    def give_back(self, job_id: str, fence: int) -> tuple[str, ...]:
        """Queue the job again, as if it had not been claimed; returns and raises as `complete`."""

        def work(connection: Connection) -> tuple[str, ...]:
            check_fence(connection, job_id, fence)
            return requeue(connection, job_id, attempt_change=-1)

        return self._database.write(work)

    def set_weight(self, job_id: str, fence: int, weight: float) -> None:
        """Say what all stages of the job weigh, now that a stage has added some; its progress never falls.

        Raises:
            StaleFenceError: The job does not run under this fence.
        """

        def work(connection: Connection) -> None:
            check_fence(connection, job_id, fence)
            change = sa.update(jobs).where(jobs.c.job_id == job_id)
            connection.execute(change.values(weight=weight, progress=shown_progress()))

        self._database.write(work)

    def states(self, job_ids: Collection[str]) -> dict[str, JobState]:
        """The states of those of the jobs that exist, whoever's they are; one query for many."""
        query = sa.select(jobs.c.job_id, jobs.c.state).where(jobs.c.job_id.in_(job_ids))
        rows = self._database.read(lambda connection: connection.execute(query).all())
        return {job_id: JobState(state) for job_id, state in rows}


def _get(connection: Connection, tenant: str, job_id: str) -> JobRecord:
    row = connection.execute(select_jobs(tenant).where(jobs.c.job_id == job_id)).one_or_none()
    if row is None:
        raise JobMissingError(f"there is no job {job_id!r}; see your jobs at /v1/jobs")
    if row.state != JobState.QUEUED:
        return job_record(row)
    stands = place(connection, row.rank, row.tag, job_id)
    return job_record(row, stands.ahead, stands.wait_s)


def _claim(
    connection: Connection, chosen: sa.ColumnElement[bool], owner: str, lease_s: float
) -> list[ClaimedJob]:
    """Claim the chosen jobs; that they are queued is asked again in the same statement that takes them."""
    values: dict[str, Any] = {
        "state": JobState.RUNNING,
        "attempt": jobs.c.attempt + 1,
        "fence": jobs.c.fence + 1,
        "owner": owner,
        "lease_until": utc_now() + lease_s,
        "started_at": sa.func.coalesce(jobs.c.started_at, utc_now()),
    }
    change = sa.update(jobs).where(chosen, IS_QUEUED).values(values)
    rows = connection.execute(change.returning(*CLAIM_COLUMNS)).all()
    claimed = [job for row in rows if (job := _understood(connection, row)) is not None]
    claimed.sort(key=lambda job: (job.rank, job.tag, job.job_id))
    for job in claimed:
        append_event(connection, job.job_id, "started", {"attempt": job.attempt})
    return claimed


def _understood(connection: Connection, row: Any) -> ClaimedJob | None:
    """The claimed job; one that is not understood is ended, or it would stop every process that claims."""
    try:
        return claimed_job(row)
    except ValueError as error:
        why = str(error).partition("\n")[0]
        problem = problem_of(
            GalateaError(f"another version of the program wrote this job: {why}; send the request again")
        )
        end(connection, row.job_id, JobState.FAILED, error=problem)
        return None
