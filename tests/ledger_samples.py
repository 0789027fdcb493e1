"""Jobs, results and shortcuts for the ledger's tests; and several processes that begin at the same moment."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from multiprocessing.synchronize import Barrier
from typing import Any

import sqlalchemy as sa

from serve.contracts.artifacts import ArtifactRef, digest_of
from serve.contracts.errors import EngineError
from serve.contracts.jobs import problem_of
from serve.contracts.plan import Plan, StageCall
from serve.contracts.requests import Priority
from serve.contracts.results import Cost, JobResult, StageResult
from serve.ledger import Acquired, ClaimedJob, Found, Ledger, NewJob, Waiting

PLAN = Plan(calls=(StageCall(name="a", stage="denoise"),), results={"glb": "a.mesh"}, main="glb")
PROBLEM = problem_of(EngineError("the engine failed; try again"))


def new_job(**fields: Any) -> NewJob:
    """A job of tenant `acme`, class normal, 10 s, weight 4; fields override."""
    given: dict[str, Any] = {
        "tenant": "acme",
        "operation": "text-to-3d",
        "request": {"prompt": "a lamp"},
        "plan": PLAN,
        "seed": 7,
        "priority": Priority.NORMAL,
        "estimate_s": 10.0,
        "weight": 4.0,
    }
    return NewJob(**(given | fields))


def ref(name: str) -> ArtifactRef:
    """An artifact; the name stands for its bytes."""
    return ArtifactRef(digest=digest_of(name.encode()), media_type="model/gltf-binary", byte_count=len(name))


def job_result(name: str = "asset") -> JobResult:
    return JobResult(assets={"glb": ref(name)}, main="glb", seed=7, warnings=(), stages=())


def stage_result(name: str = "mesh", **fields: Any) -> StageResult:
    given: dict[str, Any] = {
        "stage": "denoise",
        "outputs": {"mesh": ref(name)},
        "warnings": ("It is thin.\nVery thin.",),
        "cost": Cost(cpu_s=1.5, gpu_s=0.5, byte_count=4),
    }
    return StageResult(**(given | fields))


def running(ledger: Ledger, owner: str = "o", **fields: Any) -> ClaimedJob:
    """A job that has just been claimed."""
    return ledger.jobs.submit_claimed(new_job(**fields), owner, 30.0)


def acquire(
    ledger: Ledger, job: ClaimedJob, key: str = "k", owner: str = "o", **fields: Any
) -> Found | Acquired | Waiting:
    given: dict[str, Any] = {
        "job_id": job.job_id,
        "job_fence": job.fence,
        "call": "a",
        "weight": 1.0,
        "owner": owner,
        "lease_s": 30.0,
        "rank": job.rank,
        "tag": job.tag,
    }
    return ledger.runs.acquire(key, "denoise", **(given | fields))


def kinds(ledger: Ledger, job_id: str) -> list[str]:
    """The kinds of the job's events, whose numbers must be 1, 2, 3 ..."""
    events = ledger.events.read(job_id)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    return [event.kind for event in events]


def age(ledger: Ledger, column: sa.Column[Any], by_s: float) -> None:
    """Let time pass for one column of all rows, in place of sleeping."""
    change = sa.update(column.table).values({column: column - by_s})
    ledger.database.write(lambda connection: connection.execute(change))


def dump(ledger: Ledger, *tables: sa.Table) -> list[Any]:
    """All rows of the tables."""
    return [
        ledger.database.read(lambda connection, table=table: connection.execute(sa.select(table)).all())
        for table in tables
    ]


def at_once(work: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
    """Call a module's function in one OS process for each tuple of arguments, all beginning together."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.ledger_samples"])
    barrier = context.Barrier(len(arguments))
    with context.Pool(len(arguments), initializer=_remember, initargs=(barrier,)) as pool:
        results = pool.starmap(_together, [(work, *each) for each in arguments], chunksize=1)
        pool.close()
        pool.join()
    return results


_barrier: Barrier


def _remember(barrier: Barrier) -> None:
    global _barrier  # noqa: PLW0603 a pool hands its workers nothing else but arguments
    _barrier = barrier


def _together(work: Callable[..., Any], *arguments: Any) -> Any:
    _barrier.wait(timeout=60)
    return work(*arguments)
