"""How a job comes into the ledger, once however often it is sent."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Connection

from serve.contracts.errors import IdempotencyConflictError, QueueFullError
from serve.contracts.jobs import JobState
from serve.ledger.database import utc_now
from serve.ledger.queue import place
from serve.ledger.records import NewJob, QueueLimits
from serve.ledger.schema import fair_shares, idempotency_keys, jobs
from serve.ledger.statements import IS_QUEUED, append_event, clock, insert_or, to_json
from serve.policies.fair_share import RANKS, next_tag

__all__ = ["insert_job", "reserve"]

_REMEMBERED_S = 24 * 3600.0
_LONGEST_RETRY_S = 3600.0


def reserve(connection: Connection, new: NewJob, job_id: str) -> str:
    """Bind the idempotency key to a job for 24 hours.

    Two transactions with one key: the second waits at the unique key for the first, and then finds its row.

    Returns:
        The id of the job that the key means: `job_id`, or that of an earlier submission.

    Raises:
        IdempotencyConflictError: The key means a job with another request.
    """
    if new.idempotency_key is None or _bind(connection, new, job_id):
        return job_id
    key = idempotency_keys.c
    query = sa.select(key.job_id, key.request_digest, jobs.c.job_id.label("kept")).join_from(
        idempotency_keys, jobs, key.job_id == jobs.c.job_id, isouter=True
    )
    row = connection.execute(query.where(*_is_key(new))).one()
    if row.kept is None:  # the job was removed before its key: the key means nothing any more
        connection.execute(sa.delete(idempotency_keys).where(*_is_key(new)))
        return reserve(connection, new, job_id)
    if row.request_digest != new.request_digest:
        raise IdempotencyConflictError(
            f"the idempotency key {new.idempotency_key!r} belongs to job {row.job_id}, which has another "
            "body; send the same body or take a new key"
        )
    return str(row.job_id)


def _is_key(new: NewJob) -> tuple[sa.ColumnElement[bool], ...]:
    key = idempotency_keys.c
    return (
        key.tenant == new.tenant,
        key.operation == new.operation,
        key.idempotency_key == new.idempotency_key,
    )


def _bind(connection: Connection, new: NewJob, job_id: str) -> bool:
    """Write the key's row unless there is a live one."""
    insert = insert_or(connection, idempotency_keys).values(
        tenant=new.tenant,
        operation=new.operation,
        idempotency_key=new.idempotency_key,
        request_digest=new.request_digest,
        job_id=job_id,
        expires_at=utc_now() + _REMEMBERED_S,
    )
    renewed = {name: insert.excluded[name] for name in ("request_digest", "job_id", "expires_at")}
    bound = insert.on_conflict_do_update(
        index_elements=list(idempotency_keys.primary_key),
        set_=renewed,
        where=idempotency_keys.c.expires_at <= utc_now(),
    )
    return connection.execute(bound.returning(idempotency_keys.c.job_id)).one_or_none() is not None


def insert_job(connection: Connection, new: NewJob, job_id: str, limits: QueueLimits | None) -> None:
    """Write the job's row, queued, and its first event.

    Raises:
        QueueFullError: As many jobs wait as the limits allow.
    """
    tag = _take_tag(connection, new)
    if limits is not None:
        _check_limits(connection, new, tag, limits)
    now_s = clock(connection)
    row = {
        "job_id": job_id,
        "tenant": new.tenant,
        "operation": new.operation,
        "request": to_json(new.request),
        "plan": new.plan.model_dump_json(),
        "seed": new.seed,
        "priority": new.priority,
        "rank": RANKS[new.priority],
        "tag": tag,
        "estimate_s": new.estimate_s,
        "state": JobState.QUEUED,
        "max_attempts": new.max_attempts,
        "not_before": 0.0,  # and not the clock, which may be set back
        "deadline_at": None if new.deadline_s is None else now_s + new.deadline_s,
        "weight": new.weight,
        "webhook_url": new.webhook_url,
        "traceparent": new.traceparent,
        "created_at": now_s,
        "aged_at": now_s,
    }
    connection.execute(sa.insert(jobs).values(row))
    append_event(connection, job_id, "queued", {})


def _take_tag(connection: Connection, new: NewJob) -> float:
    """The job's tag; the row of the tenant's share stays locked till the transaction's end."""
    insert = insert_or(connection, fair_shares).values(tenant=new.tenant, priority=new.priority, last_tag=0.0)
    locked = insert.on_conflict_do_update(
        index_elements=list(fair_shares.primary_key), set_={"last_tag": fair_shares.c.last_tag}
    )
    last_tag, now_s = connection.execute(locked.returning(fair_shares.c.last_tag, utc_now())).one()
    tag = next_tag(now_s, last_tag, new.estimate_s)
    share = sa.update(fair_shares).where(
        fair_shares.c.tenant == new.tenant, fair_shares.c.priority == new.priority
    )
    connection.execute(share.values(last_tag=tag))
    return tag


def _check_limits(connection: Connection, new: NewJob, tag: float, limits: QueueLimits) -> None:
    own = sa.func.count().filter(jobs.c.tenant == new.tenant)
    query = sa.select(sa.func.count(), own).where(IS_QUEUED)
    total, of_tenant = connection.execute(query).one()
    if total < limits.total and of_tenant < limits.per_tenant:
        return
    stands = place(connection, RANKS[new.priority], tag, "")
    full = (
        f"{of_tenant} jobs of tenant {new.tenant} wait, the limit for one tenant is {limits.per_tenant}"
        if of_tenant >= limits.per_tenant
        else f"{total} jobs wait, the limit is {limits.total}"
    )
    retry_after_s = min(max(new.estimate_s / stands.rate, 1.0), _LONGEST_RETRY_S)
    raise QueueFullError(
        f"the queue is full: {full}; try again in {retry_after_s:.0f} s",
        None,
        retry_after_s,
        stands.wait_s,
    )
