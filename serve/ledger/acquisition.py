"""Who runs a key: the first who asks; the others wait for him, and a finished run is found.

The job's row is locked first, then the run's, as everywhere (see `serve.ledger`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from serve.contracts.artifacts import ArtifactRef
from serve.contracts.plan import Plan
from serve.contracts.results import Cost, StageResult
from serve.ledger.database import utc_now
from serve.ledger.endings import check_fence
from serve.ledger.interest import note, noted_call, others_wait, tell_finished
from serve.ledger.records import Acquired, Found, Waiting
from serve.ledger.schema import stage_outputs, stage_runs
from serve.ledger.statements import append_event, insert_or

__all__ = ["Wish", "acquire", "saved"]

_OUTPUTS = (
    sa.select(stage_outputs)
    .where(stage_outputs.c.key == sa.bindparam("of_key"))
    .order_by(stage_outputs.c.name)
)


@dataclass(frozen=True, slots=True)
class Wish:
    """A job asks for a key; see `Runs.acquire`."""

    key: str
    stage: str
    job_id: str
    job_fence: int
    call: str
    weight: float
    owner: str
    lease_s: float
    rank: int
    tag: float
    preview: str | None = None


def acquire(connection: Connection, wish: Wish) -> Found | Acquired | Waiting:
    """See `Runs.acquire`."""
    check_fence(connection, wish.job_id, wish.job_fence)
    run = _lock(connection, wish)
    earlier = noted_call(connection, wish.key, wish.job_id)
    note(connection, wish.key, wish.job_id, wish.call, wish.weight)
    if run.state == "done":
        result = _result(connection, run)
        if earlier != wish.call:  # else it waited for the run, and was told at its end
            preview = result.outputs.get(wish.preview) if wish.preview else None
            tell_finished(connection, wish.job_id, wish.call, cached=True, preview=preview)
        return Found(result)
    if run.state == "running" and run.lives:
        return _wait(connection, wish, run)
    return _take(connection, wish, run)


def _lock(connection: Connection, wish: Wish) -> Any:
    """The key's row, locked, made if there is none: one statement, so that no other can come between."""
    insert = insert_or(connection, stage_runs).values(
        key=wish.key,
        stage=wish.stage,
        state="released",
        fence=0,
        rank=wish.rank,
        tag=wish.tag,
        started_at=utc_now(),
        used_at=utc_now(),
    )
    locked = insert.on_conflict_do_update(index_elements=["key"], set_={"used_at": utc_now()})
    lives = (stage_runs.c.lease_until > utc_now()).label("lives")
    return connection.execute(locked.returning(*stage_runs.c, lives)).one()


def _result(connection: Connection, run: Any) -> StageResult:
    outputs = {
        row.name: ArtifactRef(digest=row.digest, media_type=row.media_type, byte_count=row.byte_count)
        for row in connection.execute(_OUTPUTS, {"of_key": run.key})
    }
    return StageResult(
        stage=run.stage,
        outputs=outputs,
        warnings=tuple(json.loads(run.warnings)),
        fragment=Plan.model_validate_json(run.fragment) if run.fragment else None,
        cost=Cost(cpu_s=run.cpu_s, gpu_s=run.gpu_s, byte_count=run.byte_count),
    )


def _wait(connection: Connection, wish: Wish, run: Any) -> Waiting:
    """Wait for the run, which becomes as urgent as the most urgent who waits."""
    if (wish.rank, wish.tag) < (run.rank, run.tag):
        change = sa.update(stage_runs).where(stage_runs.c.key == wish.key)
        connection.execute(change.values(rank=wish.rank, tag=wish.tag))
    append_event(connection, wish.job_id, "stage_started", {"stage": wish.call, "shared": True})
    return Waiting(run.fence)


def _take(connection: Connection, wish: Wish, run: Any) -> Acquired:
    """Run the key from now on; the progress and the checkpoint of whoever ran it before stay."""
    order = (wish.rank, wish.tag)
    if run.fence and others_wait(connection, wish.key, wish.job_id):
        order = min(order, (run.rank, run.tag))
    change = sa.update(stage_runs).where(stage_runs.c.key == wish.key)
    values = {
        "state": "running",
        "owner": wish.owner,
        "lease_until": utc_now() + wish.lease_s,
        "fence": run.fence + 1,
        "rank": order[0],
        "tag": order[1],
        "lost_count": run.lost_count + (run.state == "running"),
        "started_at": utc_now(),
        "ended_at": None,
    }
    connection.execute(change.values(values))
    append_event(connection, wish.job_id, "stage_started", {"stage": wish.call})
    return Acquired(run.fence + 1, saved(run.checkpoint))


def saved(checkpoint: str | None) -> ArtifactRef | None:
    """The checkpoint of a run's row."""
    return ArtifactRef.model_validate_json(checkpoint) if checkpoint else None
