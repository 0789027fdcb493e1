"""The ledger's first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

__all__ = ["downgrade", "upgrade"]

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, each after those that it refers to."""
    for create in (
        _asset_grants,
        _duties,
        _fair_shares,
        _idempotency_keys,
        _jobs,
        _stage_runs,
        _webhook_deliveries,
        _events,
        _stage_interest,
        _stage_outputs,
    ):
        create()


def downgrade() -> None:
    """Drop the tables, each before those that it refers to."""
    for name in (
        "stage_outputs",
        "stage_interest",
        "events",
        "webhook_deliveries",
        "stage_runs",
        "jobs",
        "idempotency_keys",
        "fair_shares",
        "duties",
        "asset_grants",
    ):
        op.drop_table(name)


def _asset_grants() -> None:
    op.create_table(
        "asset_grants",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("byte_count", sa.BigInteger(), nullable=False),
        sa.Column("granted_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "digest", name="pk_asset_grants"),
    )
    op.create_index("ix_asset_grants_digest", "asset_grants", ["digest"])
    op.create_index("ix_asset_grants_granted_at", "asset_grants", ["granted_at"])


def _duties() -> None:
    op.create_table(
        "duties",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("lease_until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_duties"),
    )


def _fair_shares() -> None:
    op.create_table(
        "fair_shares",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("last_tag", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "priority", name="pk_fair_shares"),
    )


def _idempotency_keys() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("request_digest", sa.Text(), nullable=False),
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "operation", "idempotency_key", name="pk_idempotency_keys"),
    )
    op.create_index("ix_idempotency_keys_expires_at", "idempotency_keys", ["expires_at"])


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("tag", sa.Double(), nullable=False),
        sa.Column("estimate_s", sa.Double(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lost_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("max_attempts", sa.Integer(), server_default="3", nullable=False),
        sa.Column("owner", sa.Text()),
        sa.Column("lease_until", sa.Double()),
        sa.Column("fence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("not_before", sa.Double(), nullable=False),
        sa.Column("deadline_at", sa.Double()),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("progress", sa.Double(), server_default="0", nullable=False),
        sa.Column("result", sa.Text()),
        sa.Column("error", sa.Text()),
        sa.Column("next_seq", sa.Integer(), server_default="0", nullable=False),
        sa.Column("webhook_url", sa.Text()),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("aged_at", sa.Double(), nullable=False),
        sa.Column("started_at", sa.Double()),
        sa.Column("ended_at", sa.Double()),
        sa.PrimaryKeyConstraint("job_id", name="pk_jobs"),
    )
    op.create_index(
        "ix_jobs_deadlines",
        "jobs",
        ["deadline_at"],
        sqlite_where=sa.text("state IN ('queued', 'running')"),
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )
    op.create_index("ix_jobs_ended_at", "jobs", ["ended_at"])
    op.create_index(
        "ix_jobs_leases",
        "jobs",
        ["owner"],
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_index(
        "ix_jobs_queue",
        "jobs",
        ["rank", "tag", "job_id"],
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index("ix_jobs_tenant_job_id", "jobs", ["tenant", "job_id"])


def _stage_runs() -> None:
    op.create_table(
        "stage_runs",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text()),
        sa.Column("lease_until", sa.Double()),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("tag", sa.Double(), nullable=False),
        sa.Column("progress", sa.Double(), server_default="0", nullable=False),
        sa.Column("lost_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("checkpoint", sa.Text()),
        sa.Column("warnings", sa.Text()),
        sa.Column("fragment", sa.Text()),
        sa.Column("cpu_s", sa.Double(), server_default="0", nullable=False),
        sa.Column("gpu_s", sa.Double(), server_default="0", nullable=False),
        sa.Column("byte_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("started_at", sa.Double(), nullable=False),
        sa.Column("ended_at", sa.Double()),
        sa.Column("used_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_stage_runs"),
    )
    op.create_index(
        "ix_stage_runs_leases",
        "stage_runs",
        ["owner"],
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_index("ix_stage_runs_state_used_at", "stage_runs", ["state", "used_at"])


def _webhook_deliveries() -> None:
    op.create_table(
        "webhook_deliveries",
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_at", sa.Double(), nullable=False),
        sa.Column("owner", sa.Text()),
        sa.Column("lease_until", sa.Double()),
        sa.Column("last_error", sa.Text()),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("ended_at", sa.Double()),
        sa.PrimaryKeyConstraint("delivery_id", name="pk_webhook_deliveries"),
    )
    op.create_index("ix_webhook_deliveries_state_next_at", "webhook_deliveries", ["state", "next_at"])
    op.create_index("ix_webhook_deliveries_tenant", "webhook_deliveries", ["tenant"])


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.job_id"], name="fk_events_job_id_jobs", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "seq", name="pk_events"),
    )


def _stage_interest() -> None:
    op.create_table(
        "stage_interest",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("call", sa.Text(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.job_id"], name="fk_stage_interest_job_id_jobs", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", "job_id", name="pk_stage_interest"),
    )
    op.create_index("ix_stage_interest_job_id", "stage_interest", ["job_id"])


def _stage_outputs() -> None:
    op.create_table(
        "stage_outputs",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("byte_count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["key"], ["stage_runs.key"], name="fk_stage_outputs_key_stage_runs", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", "name", name="pk_stage_outputs"),
    )
    op.create_index("ix_stage_outputs_digest", "stage_outputs", ["digest"])
