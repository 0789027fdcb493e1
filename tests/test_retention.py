"""What is forgotten, in which order, and above all what is not. Rows age by SQL, files by `os.utime`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from serve.artifacts import ArtifactStore, StoredArtifact, open_store
from serve.contracts.artifacts import ArtifactRef
from serve.contracts.errors import StorageError
from serve.contracts.jobs import JobState
from serve.contracts.plan import Plan
from serve.contracts.requests import Priority
from serve.contracts.results import JobResult, StageResult
from serve.ledger import Acquired, ClaimedJob, Found, JobFilter, Ledger, NewJob
from serve.ledger.collection import BATCH_COUNT
from serve.ledger.schema import (
    asset_grants,
    events,
    idempotency_keys,
    jobs,
    stage_interest,
    stage_outputs,
    stage_runs,
    webhook_deliveries,
)
from serve.retention import GRACE_S, Collected, Retention
from serve.settings import Settings

DAY_S = 24 * 3600.0
KEY = "ab" * 32
sqlite_alone = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def ledger(make_ledger: Callable[[], Ledger]) -> Ledger:
    return make_ledger()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def store(folder: Path) -> ArtifactStore:
    return open_store(str(folder))


def retention_of(ledger: Ledger, store: ArtifactStore, **settings: Any) -> Retention:
    return Retention(ledger, store, Settings(**settings), owner="collector")


def start_job(ledger: Ledger, **fields: Any) -> ClaimedJob:
    given: dict[str, Any] = {
        "tenant": "local",
        "operation": "text-to-3d",
        "request": {},
        "plan": Plan(calls=(), results={}, main="glb"),
        "seed": 5,
        "priority": Priority.NORMAL,
        "estimate_s": 1.0,
        "weight": 1.0,
    }
    ledger.jobs.submit(NewJob(**(given | fields)))
    [job] = ledger.jobs.claim("worker", 30, 1)
    return job


def finish_job(ledger: Ledger, job: ClaimedJob, *refs: ArtifactRef) -> None:
    assets = {f"asset{number}": ref for number, ref in enumerate(refs)}
    ledger.jobs.complete(
        job.job_id, job.fence, JobResult(assets=assets, main="asset0", seed=5, warnings=(), stages=())
    )


def acquire(ledger: Ledger, job: ClaimedJob, key: str = KEY) -> Any:
    return ledger.runs.acquire(
        key,
        "decimate",
        job_id=job.job_id,
        job_fence=job.fence,
        call="decimate",
        weight=1.0,
        owner="worker",
        lease_s=30,
        rank=0,
        tag=0.0,
    )


def finish_run(ledger: Ledger, job: ClaimedJob, *refs: ArtifactRef, key: str = KEY) -> None:
    run = acquire(ledger, job, key)
    outputs = {f"output{number}": ref for number, ref in enumerate(refs)}
    ledger.runs.finish(key, run.fence, StageResult(stage="decimate", outputs=outputs))


def age(ledger: Ledger, table: sa.Table, days: float, *columns: str) -> None:
    """Let all rows of a table be older by this."""
    values = {column: table.c[column] - days * DAY_S for column in columns}
    ledger.database.write(lambda connection: connection.execute(sa.update(table).values(values)))


def age_all(ledger: Ledger, days: float) -> None:
    age(ledger, jobs, days, "created_at", "ended_at")
    age(ledger, idempotency_keys, days, "expires_at")
    age(ledger, asset_grants, days, "granted_at")
    age(ledger, stage_runs, days, "used_at", "ended_at")


def count(ledger: Ledger, table: sa.Table) -> int:
    query = sa.select(sa.func.count()).select_from(table)
    return ledger.database.read(lambda connection: connection.execute(query).scalar_one())


def path_of(folder: Path, ref: ArtifactRef) -> Path:
    return folder / "artifacts" / ref.digest[:2] / ref.digest


def age_file(path: Path, seconds: float) -> None:
    at = path.stat().st_mtime - seconds
    os.utime(path, (at, at))


async def put_old(store: ArtifactStore, folder: Path, data: bytes) -> ArtifactRef:
    """An artifact that is a minute older than the grace."""
    ref = await store.put(data, "model/gltf-binary")
    age_file(path_of(folder, ref), GRACE_S + 60)
    return ref


async def test_an_old_job_goes_with_all_that_is_its_own(ledger, store, folder):
    asset = await put_old(store, folder, b"an asset")
    job = start_job(ledger, idempotency_key="k", webhook_url="http://hook.test/")
    finish_run(ledger, job, asset)
    finish_job(ledger, job, asset)
    [delivery] = ledger.outbox.claim("sender", 60, 8)
    ledger.outbox.delivered(delivery.delivery_id, "sender")
    retention = retention_of(ledger, store)

    assert await retention.collect() == Collected()
    age_all(ledger, 31)
    assert await retention.collect() == Collected(jobs=1, idempotency_keys=1)
    for table in (jobs, events, stage_interest, webhook_deliveries, idempotency_keys):
        assert count(ledger, table) == 0, table.name
    assert await store.exists(asset.digest), "the stage's result is kept for longer"
    age_all(ledger, 60)
    assert await retention.collect() == Collected(grants=1, results=1, artifacts=1)
    for table in (asset_grants, stage_runs, stage_outputs):
        assert count(ledger, table) == 0, table.name
    assert not await store.exists(asset.digest)
    assert await retention.collect() == Collected()


async def test_live_jobs_are_kept_however_old(ledger, store):
    start_job(ledger)
    waiting = start_job(ledger)
    ledger.jobs.give_back(waiting.job_id, waiting.fence)
    age_all(ledger, 400)
    assert (await retention_of(ledger, store).collect()).jobs == 0
    assert count(ledger, jobs) == 2


async def test_a_webhook_that_is_to_be_delivered_keeps_its_job_and_the_asset(ledger, store, folder):
    asset = await put_old(store, folder, b"an asset")
    finish_job(ledger, start_job(ledger, webhook_url="http://hook.test/"), asset)
    finish_job(ledger, start_job(ledger, tenant="other"), asset)
    age_all(ledger, 40)
    retention = retention_of(ledger, store)
    assert await retention.collect() == Collected(jobs=1, grants=1)
    assert ledger.grants.find("local", asset.digest) is not None
    [delivery] = ledger.outbox.claim("sender", 60, 8)
    ledger.outbox.failed(delivery.delivery_id, "sender", "gone", None)
    assert await retention.collect() == Collected(jobs=1, grants=1, artifacts=1)


async def test_an_idempotency_key_in_force_keeps_its_job(ledger, store):
    job = start_job(ledger, idempotency_key="k")
    finish_job(ledger, job)
    age(ledger, jobs, 1, "ended_at")
    retention = retention_of(ledger, store, keep_jobs_days=0.5)
    assert await retention.collect() == Collected()
    age(ledger, idempotency_keys, 1, "expires_at")
    assert await retention.collect() == Collected(jobs=1, idempotency_keys=1)


async def test_a_grant_that_was_renewed_is_kept(ledger, store, folder):
    asset = await put_old(store, folder, b"an upload")
    ledger.grants.add("local", asset)
    age_all(ledger, 40)
    ledger.grants.add("local", asset)
    assert await retention_of(ledger, store).collect() == Collected()
    assert await store.exists(asset.digest)


async def test_a_result_that_was_used_again_is_kept(ledger, store, folder):
    asset = await put_old(store, folder, b"a mesh")
    finish_run(ledger, start_job(ledger), asset)
    age_all(ledger, 91)
    assert isinstance(acquire(ledger, start_job(ledger)), Found)
    assert (await retention_of(ledger, store).collect()).results == 0
    assert await store.exists(asset.digest)


@sqlite_alone
async def test_a_result_is_kept_for_the_grace_whatever_the_settings(ledger, store, folder):
    asset = await put_old(store, folder, b"a mesh")
    finish_run(ledger, start_job(ledger), asset)
    age_all(ledger, 1)
    assert await retention_of(ledger, store, keep_results_days=0.001).collect() == Collected()


async def test_a_released_run_goes_after_a_day_with_its_checkpoint_and_a_live_one_keeps_its(
    ledger, store, folder
):
    dead, live = [await put_old(store, folder, data) for data in (b"checkpoint 1", b"checkpoint 2")]
    for key, checkpoint in (("ab" * 32, dead), ("cd" * 32, live)):
        run = acquire(ledger, start_job(ledger), key)
        ledger.runs.checkpoint(key, run.fence, checkpoint)
    ledger.runs.give_back("ab" * 32, 1)
    retention = retention_of(ledger, store)
    assert await retention.collect() == Collected()
    age(ledger, stage_runs, 1.01, "used_at", "ended_at", "started_at")
    assert await retention.collect() == Collected(released=1, artifacts=1)
    assert await store.exists(live.digest)
    assert not await store.exists(dead.digest)


async def test_interest_that_a_job_left_behind_goes(ledger, store):
    job, live = start_job(ledger), start_job(ledger)
    acquire(ledger, job)
    acquire(ledger, live)
    end = sa.update(jobs).where(jobs.c.job_id == job.job_id).values(state=JobState.FAILED)
    ledger.database.write(lambda connection: connection.execute(end))
    assert await retention_of(ledger, store).collect() == Collected(interest=1)
    assert count(ledger, stage_interest) == 1


async def test_more_rows_than_a_batch_all_go(ledger, store):
    many = BATCH_COUNT + 20
    finish_job(ledger, start_job(ledger))

    def multiply(connection: sa.Connection) -> None:
        row = dict(connection.execute(sa.select(jobs)).one()._mapping)
        connection.execute(sa.insert(jobs), [row | {"job_id": f"job{number}"} for number in range(many)])
        grant = {"tenant": "local", "media_type": "image/png", "byte_count": 1, "granted_at": 0.0}
        rows = [grant | {"digest": f"{number:064x}"} for number in range(many)]
        connection.execute(sa.insert(asset_grants), rows)

    ledger.database.write(multiply)
    age_all(ledger, 31)
    collected = await retention_of(ledger, store).collect()
    assert (collected.jobs, collected.grants) == (many + 1, many)
    assert ledger.jobs.page("local", JobFilter(), limit=10) == []


@sqlite_alone
async def test_bytes_that_nothing_names_go_after_the_grace_and_not_before(ledger, store, folder):
    young = await store.put(b"young", "text/plain")
    age_file(path_of(folder, young), GRACE_S - 600)
    old = [await put_old(store, folder, f"old {number}".encode()) for number in range(40)]
    result = folder / "results" / "ab" / f"{KEY}.json"
    stranger = folder / "artifacts" / "ab" / "README"
    for path in (result, stranger):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
        age_file(path, 400 * DAY_S)
    assert await retention_of(ledger, store).collect() == Collected(artifacts=40)
    assert [await store.exists(ref.digest) for ref in old] == [False] * 40
    assert await store.get(young) == b"young"
    assert result.exists()
    assert stranger.exists()


@sqlite_alone
async def test_what_killed_writers_left_goes_after_the_grace(ledger, store, folder):
    ref = await store.put(b"whole", "text/plain")
    old, young = (path_of(folder, ref).with_name(f"{ref.digest}#{number}") for number in (1, 2))
    old.write_bytes(b"torn")
    young.write_bytes(b"torn")
    age_file(old, GRACE_S + 60)
    age_file(young, GRACE_S - 600)
    assert await retention_of(ledger, store).collect() == Collected(leftovers=1)
    assert (old.exists(), young.exists(), await store.get(ref)) == (False, True, b"whole")


class Interrupted(ArtifactStore):
    """A store in which something happens between the listing of a folder and what follows from it."""

    def __init__(self, store: ArtifactStore, happening: Callable[[], Any]) -> None:
        super().__init__(store._objects, store._place, store._folder)
        self.happening = happening

    async def list_artifacts(self, folder: str) -> AsyncGenerator[list[StoredArtifact], None]:
        async with aclosing(super().list_artifacts(folder)) as listings:
            async for listing in listings:
                await self.happening()
                yield listing


async def test_bytes_that_a_run_gives_again_in_the_middle_of_a_collection_are_kept(ledger, store, folder):
    asset = await put_old(store, folder, b"a mesh that two runs give")
    job = start_job(ledger)

    async def give_again() -> None:
        await store.put(b"a mesh that two runs give", "model/gltf-binary")  # its row comes later

    assert await retention_of(ledger, Interrupted(store, give_again)).collect() == Collected()
    finish_run(ledger, job, asset)
    assert isinstance(acquire(ledger, job), Found)
    assert await store.get(asset) == b"a mesh that two runs give"


async def test_bytes_that_a_row_names_since_the_listing_are_kept(ledger, store, folder):
    asset = await put_old(store, folder, b"a mesh that waits for its row")
    job = start_job(ledger)

    async def name_it() -> None:
        finish_run(ledger, job, asset)

    assert await retention_of(ledger, Interrupted(store, name_it)).collect() == Collected()
    assert await store.exists(asset.digest)


async def test_runs_that_finish_while_rows_and_bytes_are_collected_never_lose_their_bytes(
    ledger, store, folder
):
    """Twenty results, all old enough to go, are asked for while the collector works on them."""
    job = start_job(ledger)
    datas = {f"{number:064x}": f"result {number}".encode() for number in range(20)}
    for key, data in datas.items():
        finish_run(ledger, job, await put_old(store, folder, data), key=key)
    age_all(ledger, 91)

    async def ask(key: str, data: bytes) -> None:
        found = await asyncio.to_thread(acquire, ledger, job, key)
        if isinstance(found, Acquired):
            ref = await store.put(data, "model/gltf-binary")
            result = StageResult(stage="decimate", outputs={"output0": ref})
            await asyncio.to_thread(ledger.runs.finish, key, found.fence, result)

    await asyncio.gather(
        retention_of(ledger, store).collect(), *(ask(key, data) for key, data in datas.items())
    )
    for key, data in datas.items():
        found = acquire(ledger, job, key)
        assert isinstance(found, Found)
        assert await store.get(found.result.outputs["output0"]) == data


async def test_one_process_collects_and_another_takes_over_when_it_is_dead(ledger, store, folder):
    unnamed = await put_old(store, folder, b"unnamed")
    assert ledger.leases.take_duty("retention", "another", 7200)
    idle = asyncio.create_task(retention_of(ledger, store).run())
    await asyncio.sleep(0.2)
    assert await store.exists(unnamed.digest)
    idle.cancel()
    end = sa.text("UPDATE duties SET lease_until = 0")
    ledger.database.write(lambda connection: connection.execute(end))
    heir = asyncio.create_task(retention_of(ledger, store).run())
    async with asyncio.timeout(30):
        while await store.exists(unnamed.digest):
            await asyncio.sleep(0.01)
    heir.cancel()
    await asyncio.wait({idle, heir})
    assert idle.cancelled()
    assert heir.cancelled()


@sqlite_alone
async def test_a_store_without_a_folder_is_collected_by_the_same_rules(ledger):
    store = open_store("memory://")
    young, old = [await store.put(data, "text/plain") for data in (b"1", b"2")]
    assert await retention_of(ledger, store).collect() == Collected()
    now = await store.clock()
    assert await store.delete_untouched([young.digest], now - 60) == 0
    assert await store.delete_untouched([old.digest, old.digest], now + 60) == 1
    assert (await store.exists(young.digest), await store.exists(old.digest)) == (True, False)


@sqlite_alone
async def test_a_store_that_vanishes_deletes_nothing_and_says_so(ledger, store, folder):
    await put_old(store, folder, b"unnamed")
    folder.rename(folder.with_name("elsewhere"))
    with pytest.raises(StorageError, match="vanished"):
        await retention_of(ledger, store).collect()
