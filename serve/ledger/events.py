"""What happened to a job, in order."""

from __future__ import annotations

import json

import sqlalchemy as sa

from serve.ledger.database import Database
from serve.ledger.records import EventRecord
from serve.ledger.schema import events

__all__ = ["Events"]


class Events:
    """Reads events; whoever changes a job writes them in the same transaction (`append_event`)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, job_id: str, *, after: int = 0, limit: int = 1000) -> list[EventRecord]:
        """The job's events from number `after + 1` on, at most `limit`; none for an unknown job.

        Raises:
            LedgerError: The database cannot be reached.
        """
        query = (
            sa.select(events.c.seq, events.c.kind, events.c.payload, events.c.at)
            .where(events.c.job_id == job_id, events.c.seq > after)
            .order_by(events.c.seq)
            .limit(limit)
        )
        rows = self._database.read(lambda connection: connection.execute(query).all())
        return [EventRecord(row.seq, row.kind, json.loads(row.payload), row.at) for row in rows]
