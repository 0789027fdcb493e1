"""The ledger's tables. Times are seconds since 1970 by the database's clock; documents are JSON text.

A job's rows: `jobs`, its `events`, its `stage_interest`, perhaps an `idempotency_keys` row and a
`webhook_deliveries` row. A key's rows: `stage_runs` and, once it is done, `stage_outputs`.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    text,
)

__all__ = [
    "METADATA",
    "asset_grants",
    "duties",
    "events",
    "fair_shares",
    "idempotency_keys",
    "jobs",
    "stage_interest",
    "stage_outputs",
    "stage_runs",
    "webhook_deliveries",
]

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

jobs = Table(
    "jobs",
    METADATA,
    Column("job_id", Text, primary_key=True),  # sorts by the time of submission
    Column("tenant", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("request", Text, nullable=False),  # everything resolved
    Column("plan", Text, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("priority", Text, nullable=False),  # the class that was asked for
    Column("rank", Integer, nullable=False),  # that class as a number, 0 first; falls as a queued job ages
    Column("tag", Double, nullable=False),  # order inside the class, by fair share
    Column("estimate_s", Double, nullable=False),  # seconds that such jobs take, for predictions
    Column("state", Text, nullable=False),
    Column("attempt", Integer, nullable=False, server_default="0"),  # claims so far
    Column("lost_count", Integer, nullable=False, server_default="0"),  # of them, ended by a death
    Column("max_attempts", Integer, nullable=False, server_default="3"),  # deaths or retryable errors
    Column("owner", Text),
    Column("lease_until", Double),
    Column("fence", Integer, nullable=False, server_default="0"),
    Column("not_before", Double, nullable=False),  # a retried job waits until then
    Column("deadline_at", Double),
    Column("weight", Double, nullable=False),  # of all its stages together; grows when a stage expands
    Column("progress", Double, nullable=False, server_default="0"),  # at the last end of a stage; never falls
    Column("result", Text),
    Column("error", Text),  # also the last error of a job that is tried again
    Column("next_seq", Integer, nullable=False, server_default="0"),
    Column("webhook_url", Text),
    Column("traceparent", Text, nullable=False, server_default=""),  # of the request that made it, W3C
    Column("created_at", Double, nullable=False),
    Column("aged_at", Double, nullable=False),  # since when it waits in its rank
    Column("started_at", Double),  # of the first claim
    Column("ended_at", Double),
    Index(
        "ix_jobs_queue",
        "rank",
        "tag",
        "job_id",
        sqlite_where=text("state = 'queued'"),
        postgresql_where=text("state = 'queued'"),
    ),
    Index(
        "ix_jobs_leases",
        "owner",
        sqlite_where=text("state = 'running'"),
        postgresql_where=text("state = 'running'"),
    ),
    Index(
        "ix_jobs_deadlines",
        "deadline_at",
        sqlite_where=text("state IN ('queued', 'running')"),
        postgresql_where=text("state IN ('queued', 'running')"),
    ),
    Index(None, "tenant", "job_id"),
    Index(None, "ended_at"),
)

idempotency_keys = Table(
    "idempotency_keys",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("operation", Text, primary_key=True),
    Column("idempotency_key", Text, primary_key=True),
    Column("request_digest", Text, nullable=False),  # of the fields that the client set
    Column("job_id", Text, nullable=False),
    Column("expires_at", Double, nullable=False, index=True),
)

events = Table(
    "events",
    METADATA,
    Column("job_id", Text, ForeignKey("jobs.job_id", ondelete="CASCADE"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),  # 1, 2, 3 ... in each job
    Column("kind", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("at", Double, nullable=False),
)

stage_runs = Table(
    "stage_runs",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("stage", Text, nullable=False),
    Column("state", Text, nullable=False),  # running -> done | released
    Column("owner", Text),
    Column("lease_until", Double),
    Column("fence", Integer, nullable=False),
    Column("rank", Integer, nullable=False),  # the most urgent of the waiting jobs'
    Column("tag", Double, nullable=False),
    Column("progress", Double, nullable=False, server_default="0"),  # 0 to 1, the newest; never falls
    Column("lost_count", Integer, nullable=False, server_default="0"),
    Column("checkpoint", Text),
    Column("warnings", Text),
    Column("fragment", Text),
    Column("cpu_s", Double, nullable=False, server_default="0"),
    Column("gpu_s", Double, nullable=False, server_default="0"),
    Column("byte_count", BigInteger, nullable=False, server_default="0"),
    Column("started_at", Double, nullable=False),
    Column("ended_at", Double),
    Column("used_at", Double, nullable=False),  # the last time that a job asked for it
    Index(
        "ix_stage_runs_leases",
        "owner",
        sqlite_where=text("state = 'running'"),
        postgresql_where=text("state = 'running'"),
    ),
    Index(None, "state", "used_at"),
)

stage_outputs = Table(
    "stage_outputs",
    METADATA,
    Column("key", Text, ForeignKey("stage_runs.key", ondelete="CASCADE"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("digest", Text, nullable=False, index=True),
    Column("media_type", Text, nullable=False),
    Column("byte_count", BigInteger, nullable=False),
)

stage_interest = Table(
    "stage_interest",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("job_id", Text, ForeignKey("jobs.job_id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("call", Text, nullable=False),  # the stage's name in the job's plan
    Column("weight", Double, nullable=False),  # of that stage, beside `jobs.weight`
    Column("error", Text),  # set when the run that the job waits for fails
)

asset_grants = Table(
    "asset_grants",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("digest", Text, primary_key=True, index=True),
    Column("media_type", Text, nullable=False),
    Column("byte_count", BigInteger, nullable=False),
    Column("granted_at", Double, nullable=False, index=True),  # the last time
)

fair_shares = Table(
    "fair_shares",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("priority", Text, primary_key=True),
    Column("last_tag", Double, nullable=False),
)

webhook_deliveries = Table(
    "webhook_deliveries",
    METADATA,
    Column("delivery_id", Text, primary_key=True),
    Column("tenant", Text, nullable=False, index=True),
    Column("job_id", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("state", Text, nullable=False),  # pending -> delivered | dead
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("next_at", Double, nullable=False),
    Column("owner", Text),
    Column("lease_until", Double),
    Column("last_error", Text),
    Column("created_at", Double, nullable=False),
    Column("ended_at", Double),
    Index(None, "state", "next_at"),
)

duties = Table(  # loops of which one in the whole service is enough, such as collection
    "duties",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("lease_until", Double, nullable=False),
)
