"""What happened to jobs, in order."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

from serve.contracts.jobs import JobState
from serve.ledger.database import Database, utc_now
from serve.ledger.records import EventRecord, JobHead
from serve.ledger.schema import events, jobs
from serve.ledger.statements import shown_progress

__all__ = ["Events"]

_EVENTS = sa.select(events.c.job_id, events.c.seq, events.c.kind, events.c.payload, events.c.at)
_HEADS = sa.select(
    jobs.c.job_id,
    jobs.c.next_seq,
    jobs.c.state,
    shown_progress().label("shown"),
    utc_now().label("at"),
)


class Events:
    """Reads events; whoever changes a job writes them in the same transaction (`append_event`).

    All raise LedgerError when the database cannot be reached.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, job_id: str, *, after: int = 0, limit: int = 1000) -> list[EventRecord]:
        """The job's events from number `after + 1` on, at most `limit`; none for an unknown job."""
        query = _EVENTS.where(events.c.job_id == job_id, events.c.seq > after)
        return [_record(row) for row in self._rows(query.order_by(events.c.seq).limit(limit))]

    def read_many(self, after: Mapping[str, int]) -> dict[str, list[EventRecord]]:
        """The events of many jobs, each from its own number on: job id -> those that have some; one query."""
        if not after:
            return {}
        cursor = sa.values(sa.column("job_id", sa.Text), sa.column("seq", sa.Integer), name="given")
        known = cursor.data(sorted(after.items())).cte("known")
        newer = sa.and_(events.c.job_id == known.c.job_id, events.c.seq > known.c.seq)
        found: defaultdict[str, list[EventRecord]] = defaultdict(list)
        for row in self._rows(_EVENTS.join(known, newer).order_by(events.c.job_id, events.c.seq)):
            found[row.job_id].append(_record(row))
        return dict(found)

    def heads(self, job_ids: Collection[str]) -> dict[str, JobHead]:
        """How far those of the jobs are that exist, whoever's they are; one query."""
        rows = self._rows(_HEADS.where(jobs.c.job_id.in_(job_ids)))
        return {row.job_id: JobHead(row.next_seq, JobState(row.state), row.shown, row.at) for row in rows}

    def _rows(self, query: sa.Select[Any]) -> Any:
        return self._database.read(lambda connection: connection.execute(query).all())


def _record(row: Any) -> EventRecord:
    return EventRecord(row.seq, row.kind, json.loads(row.payload), row.at)
