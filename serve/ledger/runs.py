"""The runs of stages by key: one at a time, shared by every job that wants the key, remembered when done."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from serve.contracts.artifacts import ArtifactRef
from serve.contracts.errors import StaleFenceError
from serve.contracts.jobs import JobState, Problem
from serve.contracts.results import StageResult
from serve.ledger.acquisition import Wish, acquire, saved
from serve.ledger.database import Database, utc_now
from serve.ledger.endings import withdraw
from serve.ledger.interest import put_error, tell_finished, waiting_jobs
from serve.ledger.records import Acquired, Found, Held, RunView, Waiting
from serve.ledger.schema import jobs, stage_interest, stage_outputs, stage_runs
from serve.ledger.statements import RUN_IS_RUNNING

__all__ = ["Runs"]

_RELEASED = {"state": "released", "owner": None, "lease_until": None, "ended_at": utc_now()}


class Runs:
    """The table `stage_runs` as operations. Every method is one transaction.

    All raise LedgerError when the database cannot be reached or written.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def acquire(
        self,
        key: str,
        stage: str,
        *,
        job_id: str,
        job_fence: int,
        call: str,
        weight: float,
        owner: str,
        lease_s: float,
        rank: int,
        tag: float,
        preview: str | None = None,
    ) -> Found | Acquired | Waiting:
        """Ask for a key on behalf of a job, whose interest is noted.

        Args:
            key: The stage key.
            stage: Name of the stage.
            job_id: The job.
            job_fence: Of the claim of the job.
            call: The stage's name in the job's plan.
            weight: Of the stage, for the job's progress.
            owner: The process that would run it.
            lease_s: For how long, unless it renews.
            rank: The job's.
            tag: The job's.
            preview: The output of which the job's watchers are told, where the key is done.

        Returns:
            Found where it is done, Acquired where the caller shall run it, Waiting where another does.

        Raises:
            StaleFenceError: The job does not run under this fence.
        """
        wish = Wish(key, stage, job_id, job_fence, call, weight, owner, lease_s, rank, tag, preview)
        return self._database.write(lambda connection: acquire(connection, wish), durable=False)

    def finish(self, key: str, fence: int, result: StageResult, *, preview: str | None = None) -> None:
        """Remember the result, whose artifacts lie in the store already, and tell every job that waits.

        Args:
            key: The stage key.
            fence: Of the run.
            result: What it gave.
            preview: The output of which those jobs' watchers are told.

        Raises:
            StaleFenceError: The run is not running under this fence.
        """
        shown = result.outputs.get(preview) if preview else None
        while not self._database.write(lambda connection: _finish(connection, key, fence, result, shown)):
            pass  # a job has just begun to wait: its row too must be locked before the run's

    def fail(self, key: str, fence: int, problem: Problem) -> None:
        """Release the run and leave the error to every job that waits; raises as `finish`."""

        def work(connection: Connection) -> None:
            _check_fence(connection, key, fence)
            _change(connection, key, _RELEASED)
            put_error(connection, key, problem)

        self._database.write(work)

    def lose(self, key: str, fence: int, problem: Problem, max_losses: int) -> Acquired | None:
        """The process that ran the stage died: go on under a new fence, or fail as `fail` does.

        Returns:
            The run under its new fence, with its newest checkpoint; None when it died `max_losses` times.

        Raises:
            StaleFenceError: The run is not running under this fence.
        """

        def work(connection: Connection) -> Acquired | None:
            run = _check_fence(connection, key, fence)
            if run.lost_count + 1 < max_losses:
                _change(connection, key, {"fence": fence + 1, "lost_count": run.lost_count + 1})
                return Acquired(fence + 1, saved(run.checkpoint))
            _change(connection, key, {**_RELEASED, "lost_count": 0})
            put_error(connection, key, problem)
            return None

        return self._database.write(work)

    def give_back(self, key: str, fence: int) -> None:
        """Release the run without an error: whoever waits may take it; raises as `finish`."""

        def work(connection: Connection) -> None:
            _check_fence(connection, key, fence)
            _change(connection, key, _RELEASED)

        self._database.write(work)

    def withdraw(self, key: str, job_id: str) -> bool:
        """The job wants the key no more.

        Returns:
            Whether that released the run, since nobody else wants it.
        """
        return bool(self._database.write(lambda connection: withdraw(connection, job_id, [key])))

    def progress(self, shares: Mapping[tuple[str, int], float]) -> None:
        """How far runs are: (key, fence) -> 0 to 1; an old fence, or less than is known, is ignored."""

        def work(connection: Connection) -> None:
            for (key, fence), share in sorted(shares.items()):
                change = sa.update(stage_runs).where(
                    stage_runs.c.key == key,
                    RUN_IS_RUNNING,
                    stage_runs.c.fence == fence,
                    stage_runs.c.progress < share,
                )
                connection.execute(change.values(progress=share))

        self._database.write(work, durable=False)

    def checkpoint(self, key: str, fence: int, state: ArtifactRef) -> None:
        """Remember where the run could go on; raises as `finish`."""

        def work(connection: Connection) -> None:
            _check_fence(connection, key, fence)
            _change(connection, key, {"checkpoint": state.model_dump_json()})

        self._database.write(work)

    def forget(self, key: str) -> None:
        """Forget a result whose artifacts are gone.

        The row stays, released: were its fence to begin again at 1, a worker of long ago could write.
        """

        def work(connection: Connection) -> None:
            query = sa.select(stage_runs.c.state).where(stage_runs.c.key == key).with_for_update()
            if connection.execute(query).scalar_one_or_none() == "done":
                connection.execute(sa.delete(stage_outputs).where(stage_outputs.c.key == key))
                _change(connection, key, {**_RELEASED, "progress": 0.0, "fragment": None})

        self._database.write(work)

    def owned(self, runs: Collection[tuple[str, int]]) -> set[tuple[str, int]]:
        """Those (key, fence) that still run under that fence: what a worker asks before each engine call."""
        query = sa.select(stage_runs.c.key, stage_runs.c.fence).where(
            stage_runs.c.key.in_({key for key, _ in runs}), RUN_IS_RUNNING
        )
        rows = self._database.read(lambda connection: connection.execute(query).all())
        return {(key, fence) for key, fence in rows} & set(runs)

    def held(self, *, jobs: Mapping[str, int], keys: Collection[str]) -> Held:
        """What an orchestrator still holds.

        Args:
            jobs: Job id -> fence of its claim.
            keys: Of runs that it runs or waits for.
        """
        return self._database.read(lambda connection: _held(connection, jobs, keys))


def _check_fence(connection: Connection, key: str, fence: int) -> Any:
    """Lock the run's row and give it.

    Raises:
        StaleFenceError: The run is not running under this fence.
    """
    run_ = stage_runs.c
    query = sa.select(run_.state, run_.fence, run_.lost_count, run_.checkpoint)
    run = connection.execute(query.where(stage_runs.c.key == key).with_for_update()).one_or_none()
    if run is None or run.state != "running" or run.fence != fence:
        now = "is gone" if run is None else f"is {run.state} under fence {run.fence}"
        raise StaleFenceError(f"run {key} {now} and not running under fence {fence}; stop working on it")
    return run


def _change(connection: Connection, key: str, values: Mapping[str, Any]) -> None:
    connection.execute(sa.update(stage_runs).where(stage_runs.c.key == key).values(dict(values)))


def _finish(
    connection: Connection, key: str, fence: int, result: StageResult, preview: ArtifactRef | None
) -> bool:
    """Write the result; False, and nothing written, when a job that waits could not be locked in order."""
    waiting = {row.job_id for row in waiting_jobs(connection, key)}
    lock = sa.select(jobs.c.job_id).where(jobs.c.job_id.in_(waiting)).order_by(jobs.c.job_id)
    connection.execute(lock.with_for_update()).all()
    _check_fence(connection, key, fence)
    told = waiting_jobs(connection, key)
    if not waiting.issuperset(row.job_id for row in told):
        return False
    _change(connection, key, _done(result))
    outputs = [{"key": key, "name": name} | ref.model_dump() for name, ref in sorted(result.outputs.items())]
    if outputs:
        connection.execute(sa.insert(stage_outputs), outputs)
    for row in told:
        tell_finished(connection, row.job_id, row.call, cached=False, preview=preview)
    return True


def _done(result: StageResult) -> dict[str, Any]:
    return {
        "state": "done",
        "owner": None,
        "lease_until": None,
        "progress": 1.0,
        "checkpoint": None,
        "warnings": json.dumps(result.warnings),
        "fragment": result.fragment.model_dump_json() if result.fragment else None,
        **result.cost.model_dump(),
        "ended_at": utc_now(),
        "used_at": utc_now(),
    }


def _held(connection: Connection, fences: Mapping[str, int], keys: Collection[str]) -> Held:
    running = sa.select(jobs.c.job_id, jobs.c.fence).where(
        jobs.c.job_id.in_(fences), jobs.c.state == JobState.RUNNING
    )
    run = stage_runs.c
    views = sa.select(run.key, run.state, run.owner, run.fence, run.progress, run.rank, run.tag)
    failed = sa.select(stage_interest.c.key, stage_interest.c.job_id, stage_interest.c.error).where(
        stage_interest.c.key.in_(keys),
        stage_interest.c.job_id.in_(fences),
        stage_interest.c.error.is_not(None),
    )
    return Held(
        jobs=frozenset(job_id for job_id, fence in connection.execute(running) if fences[job_id] == fence),
        runs={key: RunView(*rest) for key, *rest in connection.execute(views.where(run.key.in_(keys)))},
        errors={
            (key, job_id): Problem.model_validate_json(error)
            for key, job_id, error in connection.execute(failed)
        },
    )
