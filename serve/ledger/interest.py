"""Which jobs wait for which runs, and what they are told. All of it under the lock of the run's row."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import Connection

from serve.contracts.artifacts import ArtifactRef
from serve.contracts.jobs import Problem
from serve.ledger.grants import grant
from serve.ledger.schema import jobs, stage_interest
from serve.ledger.statements import append_event, insert_or, shown_progress

__all__ = ["note", "noted_call", "others_wait", "put_error", "tell_finished", "waiting_jobs"]

# Built once, as each job runs them for every stage.
_NOTED_CALL = sa.select(stage_interest.c.call).where(
    stage_interest.c.key == sa.bindparam("of_key"), stage_interest.c.job_id == sa.bindparam("of_job")
)
_TENANT = sa.select(jobs.c.tenant).where(jobs.c.job_id == sa.bindparam("of_job"))
_STORE_PROGRESS = (
    sa.update(jobs).where(jobs.c.job_id == sa.bindparam("of_job")).values(progress=shown_progress())
)


def noted_call(connection: Connection, key: str, job_id: str) -> str | None:
    """The name in the job's plan under which the job wants the key already."""
    return connection.execute(_NOTED_CALL, {"of_key": key, "of_job": job_id}).scalar_one_or_none()


def note(connection: Connection, key: str, job_id: str, call: str, weight: float) -> None:
    """The job wants the key from now on; an error of an earlier run is forgotten."""
    insert = insert_or(connection, stage_interest).values(key=key, job_id=job_id, call=call, weight=weight)
    again = insert.on_conflict_do_update(
        index_elements=["key", "job_id"], set_={"call": call, "weight": weight, "error": None}
    )
    connection.execute(again)


def others_wait(connection: Connection, key: str, job_id: str) -> bool:
    """Whether another job than this one wants the key."""
    others = sa.exists().where(stage_interest.c.key == key, stage_interest.c.job_id != job_id)
    return connection.execute(sa.select(others)).scalar_one()


def put_error(connection: Connection, key: str, problem: Problem) -> None:
    """Leave the error to every job that wants the key."""
    change = sa.update(stage_interest).where(stage_interest.c.key == key)
    connection.execute(change.values(error=problem.model_dump_json()))


def waiting_jobs(connection: Connection, key: str) -> Sequence[sa.Row[str, str]]:
    """(job id, the stage's name in its plan) of every job that wants the key, by job id."""
    query = sa.select(stage_interest.c.job_id, stage_interest.c.call).where(stage_interest.c.key == key)
    return connection.execute(query.order_by(stage_interest.c.job_id)).all()


def tell_finished(
    connection: Connection, job_id: str, call: str, *, cached: bool, preview: ArtifactRef | None
) -> None:
    """Write the events and the progress of a job one of whose stages is done; its row must be locked.

    A preview is granted to the job's tenant: it is told of in order to be downloaded.
    """
    if preview is not None:
        grant(connection, connection.execute(_TENANT, {"of_job": job_id}).scalar_one(), [preview])
        append_event(connection, job_id, "preview", {"stage": call, "asset": preview.model_dump()})
    connection.execute(_STORE_PROGRESS, {"of_job": job_id})
    append_event(connection, job_id, "stage_finished", {"stage": call, "cached": cached})
