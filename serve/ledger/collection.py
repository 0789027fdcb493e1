"""What the ledger forgets, in small transactions: nobody waits long for one.

Ages are by the database's clock. Rows are locked before they go, and PostgreSQL judges the newest version of
a row that it locks: what was wanted again a moment ago stays.
"""

from __future__ import annotations

from collections.abc import Collection as Many
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, ColumnElement, Connection, Table

from serve.contracts.artifacts import ArtifactRef
from serve.contracts.jobs import ENDED
from serve.ledger.database import Database, utc_now
from serve.ledger.records import DeliveryState
from serve.ledger.schema import (
    asset_grants,
    idempotency_keys,
    jobs,
    stage_interest,
    stage_outputs,
    stage_runs,
    webhook_deliveries,
)

__all__ = ["BATCH_COUNT", "Collection"]

BATCH_COUNT = 500
_ONE_TRANSACTION_S = 60.0  # a bound of what passes between two times that one transaction writes


class Collection:
    """Forgets rows. Each method takes one batch and tells how many it took: call it until it is 0.

    Args:
        database: Where the ledger lies.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def forget_jobs(self, keep_s: float) -> int:
        """Remove jobs that ended long ago, with their events, interest and deliveries.

        A webhook that is still to be delivered keeps its job; so does an idempotency key that is in force.

        Args:
            keep_s: Seconds since the end.

        Raises:
            LedgerError: The database cannot be written.
        """
        return self._database.write(lambda connection: _forget_jobs(connection, keep_s))

    def forget_idempotency_keys(self) -> int:
        """Remove idempotency keys whose time is over.

        Raises:
            LedgerError: The database cannot be written.
        """
        expired = idempotency_keys.c.expires_at <= utc_now()
        return self._database.write(lambda connection: _delete_batch(connection, idempotency_keys, expired))

    def forget_grants(self, keep_s: float, keep_jobs_s: float) -> int:
        """Remove grants that were not renewed, but for the results of jobs that are there all the same.

        Args:
            keep_s: Seconds since the grant was last renewed.
            keep_jobs_s: Seconds after which an ended job goes; one that is older waits for its webhook.

        Raises:
            LedgerError: The database cannot be written.
        """
        # A job's end renews the grants of its result, so an older grant is not of this job.
        of_a_waiting_job = sa.exists().where(
            jobs.c.tenant == asset_grants.c.tenant,
            jobs.c.result.is_not(None),
            jobs.c.ended_at < utc_now() - keep_jobs_s,
            jobs.c.ended_at < asset_grants.c.granted_at + _ONE_TRANSACTION_S,
        )
        old = sa.and_(asset_grants.c.granted_at < utc_now() - keep_s, sa.not_(of_a_waiting_job))
        return self._database.write(lambda connection: _delete_batch(connection, asset_grants, old))

    def forget_results(self, keep_s: float) -> int:
        """Remove stage runs that are done and were not used, with the rows of their outputs.

        Args:
            keep_s: Seconds since a job last asked for one; longer than a job may last.

        Raises:
            LedgerError: The database cannot be written.
        """
        unused = sa.and_(stage_runs.c.state == "done", stage_runs.c.used_at < utc_now() - keep_s)
        return self._database.write(lambda connection: _delete_batch(connection, stage_runs, unused))

    def forget_released(self, keep_s: float) -> int:
        """Remove stage runs that nobody finished, and with them their checkpoints.

        Args:
            keep_s: Seconds since the release.

        Raises:
            LedgerError: The database cannot be written.
        """
        since = sa.func.coalesce(stage_runs.c.ended_at, stage_runs.c.used_at)
        old = sa.and_(stage_runs.c.state == "released", since < utc_now() - keep_s)
        return self._database.write(lambda connection: _delete_batch(connection, stage_runs, old))

    def forget_interest(self) -> int:
        """Remove interest of jobs that have ended; a bug or a crash may leave it.

        Raises:
            LedgerError: The database cannot be written.
        """
        ended = sa.select(jobs.c.job_id).where(jobs.c.state.in_(sorted(ENDED)))
        orphaned = stage_interest.c.job_id.in_(ended)
        return self._database.write(lambda connection: _delete_batch(connection, stage_interest, orphaned))

    def named(self, digests: Many[str]) -> set[str]:
        """Those of the digests that an output or a grant names.

        The assets of a job's result need no look: they were granted with it, and keep the grant while the job
        is there.

        Raises:
            LedgerError: The database cannot be reached.
        """
        given = sorted(digests)
        query = sa.union(
            sa.select(stage_outputs.c.digest).where(stage_outputs.c.digest.in_(given)),
            sa.select(asset_grants.c.digest).where(asset_grants.c.digest.in_(given)),
        )
        return self._database.read(lambda connection: set(connection.execute(query).scalars()))

    def checkpoints(self) -> set[str]:
        """Digests of all checkpoints; there are few, for they end with their run.

        Raises:
            LedgerError: The database cannot be reached.
        """
        query = sa.select(stage_runs.c.checkpoint).where(stage_runs.c.checkpoint.is_not(None))
        texts = self._database.read(lambda connection: connection.execute(query).scalars().all())
        return {ArtifactRef.model_validate_json(text).digest for text in texts if text is not None}


def _forget_jobs(connection: Connection, keep_s: float) -> int:
    pending = sa.select(webhook_deliveries.c.job_id).where(
        webhook_deliveries.c.state == DeliveryState.PENDING
    )
    in_force = sa.select(idempotency_keys.c.job_id).where(idempotency_keys.c.expires_at > utc_now())
    old = sa.and_(
        jobs.c.state.in_(sorted(ENDED)),
        jobs.c.ended_at < utc_now() - keep_s,
        jobs.c.job_id.not_in(pending),
        jobs.c.job_id.not_in(in_force),
    )
    chosen = sa.select(jobs.c.job_id).where(old).limit(BATCH_COUNT).with_for_update(skip_locked=True)
    ids = connection.execute(chosen).scalars().all()
    for table in (webhook_deliveries, jobs):  # events and interest go with the job
        connection.execute(sa.delete(table).where(table.c.job_id.in_(ids)))
    return len(ids)


def _delete_batch(connection: Connection, table: Table, where: ColumnElement[bool]) -> int:
    """Delete up to a batch of rows, without those that somebody else has locked."""
    keys: list[Column[Any]] = list(table.primary_key)
    chosen = sa.select(*keys).where(where).limit(BATCH_COUNT).with_for_update(skip_locked=True)
    found = [tuple(row) for row in connection.execute(chosen)]
    if found:
        connection.execute(sa.delete(table).where(sa.tuple_(*keys).in_(found)))
    return len(found)
