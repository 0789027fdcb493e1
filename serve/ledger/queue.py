"""How long the queue is and how long it takes."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import Connection

from serve.contracts.jobs import JobState
from serve.contracts.requests import Priority
from serve.ledger.database import Database, utc_now
from serve.ledger.records import Queue
from serve.ledger.schema import jobs
from serve.ledger.statements import IS_LIVE, IS_QUEUED, IS_RUNNING

__all__ = ["Place", "QueueView", "place"]

_HISTORY_S = 300.0
_HISTORY_COUNT = 200  # newest ended jobs that are looked at, so that a prediction stays cheap


class QueueView:
    """The queue as operators and autoscalers see it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def counts(self) -> Queue:
        """Depth, greatest age and running jobs, of every class.

        Raises:
            LedgerError: The database cannot be reached.
        """
        query = (
            sa.select(
                jobs.c.priority, jobs.c.state, sa.func.count(), utc_now() - sa.func.min(jobs.c.created_at)
            )
            .where(IS_LIVE)
            .group_by(jobs.c.priority, jobs.c.state)
        )
        rows = self._database.read(lambda connection: connection.execute(query).all())
        seen = {(priority, state): (count, age_s) for priority, state, count, age_s in rows}
        queued = {kind: seen.get((kind, JobState.QUEUED), (0, 0.0)) for kind in Priority}
        return Queue(
            depth={kind: count for kind, (count, _) in queued.items()},
            oldest_s={kind: max(0.0, age_s) for kind, (_, age_s) in queued.items()},
            running={kind: seen.get((kind, JobState.RUNNING), (0, 0.0))[0] for kind in Priority},
        )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a job stands in the queue.

    Args:
        ahead: Jobs that are claimed before it.
        wait_s: Seconds until it should start.
        rate: Estimated seconds of work that the service does in a second.
    """

    ahead: int
    wait_s: float
    rate: float


def place(connection: Connection, rank: int, tag: float, job_id: str) -> Place:
    """Where a job with this order stands: the work before it, by the rate at which work was done of late."""
    before = sa.tuple_(jobs.c.rank, jobs.c.tag, jobs.c.job_id) < sa.tuple_(
        sa.literal(rank), sa.literal(tag), sa.literal(job_id)
    )
    total = sa.func.coalesce(sa.func.sum(jobs.c.estimate_s), 0.0)
    queued = sa.select(sa.func.count(), total).where(IS_QUEUED, before)
    running = sa.select(total).where(IS_RUNNING)
    ahead, queued_s = connection.execute(queued).one()
    running_s = connection.execute(running).scalar_one()
    rate = _drain_rate(connection)
    return Place(ahead, (queued_s + running_s / 2) / rate, rate)


def _drain_rate(connection: Connection) -> float:
    """Estimated seconds of work done a second; 1 as long as nothing was done."""
    newest = (
        sa.select(jobs.c.estimate_s, jobs.c.started_at)
        .where(jobs.c.ended_at > utc_now() - _HISTORY_S, jobs.c.state == JobState.COMPLETED)
        .order_by(jobs.c.ended_at.desc())
        .limit(_HISTORY_COUNT)
        .subquery()
    )
    query = sa.select(sa.func.sum(newest.c.estimate_s), utc_now() - sa.func.min(newest.c.started_at))
    work_s, spent_s = connection.execute(query).one()
    return work_s / spent_s if work_s and spent_s and spent_s > 0 else 1.0
