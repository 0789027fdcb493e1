"""Leases: who lives keeps his work, who died loses it to the others; deadlines; ageing in the queue."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Table

from serve.contracts.errors import DeadlineExceededError, WorkerLostError
from serve.contracts.jobs import ENDED, JobState, problem_of
from serve.ledger.database import Database, utc_now
from serve.ledger.endings import end, requeue
from serve.ledger.records import Reaped
from serve.ledger.schema import duties, jobs, stage_runs
from serve.ledger.statements import IS_LIVE, IS_QUEUED, IS_RUNNING, RUN_IS_RUNNING, insert_or, shown_progress

__all__ = ["Leases"]

Backoff = Callable[[int], float]
_BATCH_COUNT = 500  # jobs that one call sees to of each kind; the rest waits for the next
_LEASED = {jobs: IS_RUNNING, stage_runs: RUN_IS_RUNNING}  # in the order of locks


class Leases:
    """Leases on jobs, runs and duties. All methods raise LedgerError when the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def renew(
        self, owner: str, lease_s: float, *, job_ids: Collection[str], run_keys: Collection[str]
    ) -> None:
        """Keep these for another `lease_s` from now, as far as they are still the owner's.

        Only what the owner names: a claim whose answer never reached it would otherwise be kept for ever.

        Args:
            owner: Whose leases.
            lease_s: For how long.
            job_ids: The jobs that it runs.
            run_keys: The runs that it runs.
        """

        def work(connection: Connection) -> None:
            for table, mine in ((jobs, job_ids), (stage_runs, run_keys)):
                [key] = table.primary_key
                where = sa.and_(table.c.owner == owner, key.in_(mine))
                _update_in_order(connection, table, where, lease_until=utc_now() + lease_s)

        if job_ids or run_keys:
            self._database.write(work, durable=False)

    def owners(self) -> list[str]:
        """Owners of running jobs and runs, sorted."""
        query = sa.union(*(sa.select(table.c.owner).where(running) for table, running in _LEASED.items()))
        return sorted(self._database.read(lambda connection: connection.execute(query).scalars().all()))

    def reap(self, *, backoff: Backoff, promote_after_s: float) -> Reaped:
        """Take from the dead what they held, end what is past its deadline, promote who waits long.

        Some hundred jobs of each kind at most: call it again and again.

        Args:
            backoff: Deaths of the job's workers so far -> seconds until it may be claimed again.
            promote_after_s: Seconds in a class after which a queued job rises to the next.
        """
        over = (jobs.c.lease_until <= utc_now(), stage_runs.c.lease_until <= utc_now())
        expired = self._expire()
        requeued, lost, released = self._take_from(*over, backoff)
        promoted = self._database.write(lambda connection: _promote(connection, promote_after_s))
        return Reaped(requeued, lost, expired, released, promoted)

    def release(self, owner: str, *, backoff: Backoff) -> Reaped:
        """Take from an owner who is known to be dead what he held, before his leases end."""
        requeued, lost, released = self._take_from(
            jobs.c.owner == owner, stage_runs.c.owner == owner, backoff
        )
        return Reaped(requeued=requeued, lost=lost, released=released)

    def take_duty(self, name: str, owner: str, lease_s: float) -> bool:
        """Take or keep a duty; False while another has it."""

        def work(connection: Connection) -> bool:
            insert = insert_or(connection, duties).values(
                name=name, owner=owner, lease_until=utc_now() + lease_s
            )
            mine = insert.on_conflict_do_update(
                index_elements=["name"],
                set_={"owner": insert.excluded.owner, "lease_until": insert.excluded.lease_until},
                where=sa.or_(duties.c.owner == owner, duties.c.lease_until <= utc_now()),
            )
            return connection.execute(mine.returning(duties.c.name)).one_or_none() is not None

        return self._database.write(work)

    def _take_from(
        self, job_is_lost: sa.ColumnElement[bool], run_is_lost: sa.ColumnElement[bool], backoff: Backoff
    ) -> tuple[int, int, int]:
        """Requeue or fail lost jobs, each in its own transaction, then release lost runs."""
        lost = sa.and_(IS_RUNNING, job_is_lost)
        ends = [
            self._database.write(partial(_lose, job_id=job_id, lost=lost, backoff=backoff))
            for job_id in self._ids(lost)
        ]
        released = self._database.write(
            lambda connection: _update_in_order(
                connection,
                stage_runs,
                run_is_lost,
                state="released",
                owner=None,
                lease_until=None,
                lost_count=stage_runs.c.lost_count + 1,
                ended_at=utc_now(),
            )
        )
        return ends.count(JobState.QUEUED), ends.count(JobState.FAILED), released

    def _expire(self) -> int:
        over = sa.and_(IS_LIVE, jobs.c.deadline_at <= utc_now())
        return sum(self._database.write(partial(_end_late, job_id=job_id)) for job_id in self._ids(over))

    def _ids(self, where: sa.ColumnElement[bool]) -> list[str]:
        # Sorted here: told to sort, SQLite walks all jobs in the order of their ids.
        query = sa.select(jobs.c.job_id).where(where).limit(_BATCH_COUNT)
        return sorted(self._database.read(lambda connection: connection.execute(query).scalars().all()))


def _update_in_order(
    connection: Connection, table: Table, where: sa.ColumnElement[bool], **values: Any
) -> int:
    """Update running rows, locked in the order of their keys, as everybody does who locks several."""
    [key] = table.primary_key
    rows = sa.select(key).where(_LEASED[table], where).order_by(key).with_for_update()
    chosen = connection.execute(rows).scalars().all()
    if chosen:
        connection.execute(sa.update(table).where(key.in_(chosen)).values(values))
    return len(chosen)


def _lose(
    connection: Connection, job_id: str, lost: sa.ColumnElement[bool], backoff: Backoff
) -> JobState | None:
    """What became of a lost job; None when somebody was quicker."""
    query = sa.select(jobs.c.lost_count, jobs.c.max_attempts).where(jobs.c.job_id == job_id, lost)
    job = connection.execute(query.with_for_update(skip_locked=True)).one_or_none()
    if job is None:
        return None
    lost_count = job.lost_count + 1
    error = problem_of(
        WorkerLostError(
            f"the process that ran the job died, {lost_count} of at most {job.max_attempts} times; "
            "send the job again, or have the operator look into the log"
        )
    )
    if lost_count >= job.max_attempts:
        end(connection, job_id, JobState.FAILED, error=error)
        return JobState.FAILED
    requeue(connection, job_id, delay_s=backoff(lost_count), error=error, lost_change=1)
    return JobState.QUEUED


def _end_late(connection: Connection, job_id: str) -> bool:
    """End a job whose deadline passed; whether it had not ended before."""
    query = sa.select(
        jobs.c.state, (jobs.c.deadline_at - jobs.c.created_at).label("given_s"), shown_progress()
    )
    query = query.where(jobs.c.job_id == job_id)
    job = connection.execute(query.with_for_update(of=jobs, skip_locked=True)).one_or_none()
    if job is None or job.state in ENDED:
        return False
    error = DeadlineExceededError(
        f"the deadline of {job.given_s:g} s passed at {job[2]:.0%}; give more time or ask for a lower quality"
    )
    end(connection, job_id, JobState.FAILED, error=problem_of(error))
    return True


def _promote(connection: Connection, after_s: float) -> int:
    """Let those who waited long in their class rise by one; a row that somebody claims is left alone."""
    waiting = (
        sa.select(jobs.c.job_id)
        .where(IS_QUEUED, jobs.c.rank > 0, jobs.c.aged_at <= utc_now() - after_s)
        .limit(_BATCH_COUNT)
        .with_for_update(skip_locked=True)
    )
    chosen = connection.execute(waiting).scalars().all()
    if chosen:
        change = sa.update(jobs).where(jobs.c.job_id.in_(chosen))
        connection.execute(change.values(rank=jobs.c.rank - 1, aged_at=utc_now()))
    return len(chosen)
