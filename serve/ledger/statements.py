"""Pieces of SQL that several parts of the ledger share."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

from serve.ledger.database import utc_now
from serve.ledger.schema import events, jobs, stage_interest, stage_runs

__all__ = [
    "IS_LIVE",
    "IS_QUEUED",
    "IS_RUNNING",
    "RUN_IS_RUNNING",
    "append_event",
    "clock",
    "insert_or",
    "shown_progress",
    "to_json",
]

# Literals and not bound values: SQLite uses a partial index only where the text of a query implies it.
IS_QUEUED = jobs.c.state == sa.literal_column("'queued'")
IS_RUNNING = jobs.c.state == sa.literal_column("'running'")
IS_LIVE = jobs.c.state.in_([sa.literal_column("'queued'"), sa.literal_column("'running'")])
RUN_IS_RUNNING = stage_runs.c.state == sa.literal_column("'running'")


def clock(connection: Connection) -> float:
    """The database's time, seconds since 1970."""
    return connection.execute(_CLOCK).scalar_one()


def insert_or(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that knows ON CONFLICT; both databases write it alike."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def to_json(document: Mapping[str, Any]) -> str:
    """The document as text."""
    return json.dumps(dict(document), separators=(",", ":"), sort_keys=True)


def append_event(connection: Connection, job_id: str, kind: str, payload: Mapping[str, Any]) -> None:
    """Add an event in the transaction of the change that it tells; the job's row stays locked till its end.

    The number comes from the job's own row: a sequence of the database would let a reader see 2 before 1.
    """
    seq = connection.execute(_NEXT_SEQ, {"of_job": job_id}).scalar_one()
    row = {"job_id": job_id, "seq": seq, "kind": kind, "payload": to_json(payload)}
    connection.execute(_ADD_EVENT, row)


def shown_progress() -> sa.ColumnElement[float]:
    """How far a job of `jobs` is, 0 to 1: by the stages it asked for, and never less than was stored."""
    return _SHOWN_PROGRESS


def _shown_progress() -> sa.ColumnElement[float]:
    share = sa.case((stage_runs.c.state == "done", 1.0), else_=stage_runs.c.progress)
    weighed = (
        sa.select(sa.func.sum(stage_interest.c.weight * share))
        .join_from(stage_interest, stage_runs, stage_interest.c.key == stage_runs.c.key)
        .where(stage_interest.c.job_id == jobs.c.job_id)
        .correlate(jobs)
        .scalar_subquery()
    )
    now = sa.func.coalesce(weighed / sa.func.nullif(jobs.c.weight, 0.0), 0.0)
    return sa.case((now > 1.0, 1.0), (now > jobs.c.progress, now), else_=jobs.c.progress)


# Built once: each job runs these some twenty times, and to build them costs more than to run them.
_NEXT_SEQ = (
    sa.update(jobs)
    .where(jobs.c.job_id == sa.bindparam("of_job"))
    .values(next_seq=jobs.c.next_seq + 1)
    .returning(jobs.c.next_seq)
)
_ADD_EVENT = sa.insert(events).values(at=utc_now())
_CLOCK = sa.select(utc_now())
_SHOWN_PROGRESS = _shown_progress()
