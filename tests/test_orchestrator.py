"""Jobs of the ledger over a seam: shared runs, cancels, priorities, deaths, retries, expansion."""

import asyncio
import shutil
from collections import Counter

import pytest

from serve.contracts.errors import EngineError, WorkerLostError
from serve.contracts.jobs import JobState
from serve.contracts.plan import Plan, StageCall
from serve.contracts.requests import Priority
from serve.contracts.results import Manifest
from serve.contracts.stage import Blob, Checkpoint, Done, Progress
from serve.execution.calls import backoff_s
from tests.orchestrated import Service, one
from tests.toy_stages import TEXT, Gate, plan_of, spec_of


@pytest.fixture
def service(make_ledger, tmp_path):
    return Service(make_ledger(), tmp_path / "store")


async def test_a_job_runs_to_its_end_and_tells_its_events(service):
    gate = Gate()
    async with service.orchestrator(gate):
        job = await service.ended(await service.submit(one()))
    assert job.state is JobState.COMPLETED
    assert job.progress == 1.0
    assert await service.store.get(job.result.assets["out"]) == b"gate x"
    assert await service.kinds(job.job_id) == [
        "queued",
        "started",
        "stage_started",
        "stage_finished",
        "finished",
    ]


async def test_64_equal_jobs_in_4_orchestrators_run_each_stage_once(service):
    gates = [Gate() for _ in range(4)]
    jobs = [await service.submit(one()) for _ in range(64)]
    async with (
        service.orchestrator(gates[0], name="a"),
        service.orchestrator(gates[1], name="b"),
        service.orchestrator(gates[2], name="c"),
        service.orchestrator(gates[3], name="d"),
    ):
        ended = [await service.ended(job) for job in jobs]
    assert {job.state for job in ended} == {JobState.COMPLETED}
    assert sum(len(gate.begun) for gate in gates) == 1
    assert len({job.result.assets["out"].digest for job in ended}) == 1


async def test_a_cancelled_job_leaves_a_shared_stage_to_the_other(service):
    gate = Gate(closed=True)
    async with service.orchestrator(gate):
        first, second = await service.submit(one()), await service.submit(one())
        await gate.until_begun()
        while "stage_started" not in await service.kinds(second):
            await asyncio.sleep(0.02)
        assert (await service.cancel(first)).state is JobState.CANCELLED
        await asyncio.sleep(0.3)
        gate.opened.set()
        assert (await service.ended(second)).state is JobState.COMPLETED
    assert (await service.get(first)).state is JobState.CANCELLED
    assert gate.ended == {"x": 1}


async def test_a_run_stops_when_nobody_wants_it_any_more(service):
    gate = Gate(closed=True)
    async with service.orchestrator(gate) as orchestrator:
        jobs = [await service.submit(one()) for _ in range(2)]
        await gate.until_begun()
        for job in jobs:
            await service.cancel(job)
        async with asyncio.timeout(10):
            while orchestrator._runs.held:
                await asyncio.sleep(0.02)
        gate.opened.set()
        await asyncio.sleep(0.2)
    assert gate.ended == {}
    assert gate.begun == ["x"]


async def test_a_waiter_in_another_process_gets_result_and_progress(service):
    gate, idle = Gate(closed=True), Gate(closed=True)
    async with service.orchestrator(gate, name="a"):
        await service.submit(one())
        await gate.until_begun()
        async with service.orchestrator(idle, name="b", max_jobs=1):
            jobs = [await service.submit(one()) for _ in range(3)]
            async with asyncio.timeout(10):
                while min([(await service.get(job)).progress for job in jobs]) < 0.5:
                    await asyncio.sleep(0.05)
            gate.opened.set()
            assert {(await service.ended(job)).state for job in jobs} == {JobState.COMPLETED}
    assert idle.begun == []


async def test_the_most_urgent_waits_least_for_a_slot(service):
    gate = Gate(closed=True)
    async with service.orchestrator(gate, slots={"async": 1, "sync": 1}):
        await service.submit(one(word="first"))
        await gate.until_begun()
        jobs = [
            await service.submit(one(word=priority.value), priority=priority)
            for priority in (Priority.BATCH, Priority.NORMAL, Priority.INTERACTIVE)
        ]
        for job in jobs:
            while "stage_started" not in await service.kinds(job):
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.1)  # all of them stand in line
        gate.opened.set()
        for job in jobs:
            await service.ended(job)
    assert gate.begun == ["first", "interactive", "normal", "batch"]


async def test_a_waiter_lends_its_urgency_to_the_run(service):
    gate = Gate(closed=True)
    async with service.orchestrator(gate, slots={"async": 1, "sync": 1}):
        jobs = [await service.submit(one(word="first"))]
        await gate.until_begun()
        for word, priority in (("batch", "batch"), ("normal", "normal"), ("batch", "interactive")):
            jobs.append(await service.submit(one(word=word), priority=Priority(priority)))
            while (await service.get(jobs[-1])).state is JobState.QUEUED:
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.3)  # the poller brings the lent urgency
        gate.opened.set()
        for job in jobs:
            await service.ended(job)
    assert gate.begun == ["first", "batch", "normal"]


async def test_batch_jobs_leave_room_for_urgent_ones(service):
    gate = Gate(closed=True)
    async with service.orchestrator(gate, max_jobs=4) as orchestrator:
        for number in range(10):
            await service.submit(one(word=f"batch {number}"), priority=Priority.BATCH)
        await gate.until_begun(2)
        await asyncio.sleep(0.6)
        assert orchestrator.job_count == 2
        await service.submit(one(word="urgent"), priority=Priority.INTERACTIVE)
        await gate.until_begun(3)
    assert gate.begun == ["batch 0", "batch 1", "urgent"]


async def test_a_lost_stage_goes_on_from_its_checkpoint(service):
    seen = []

    async def run(inputs, params, context, tools):
        seen.append((context.fence, tools.checkpoint))
        if tools.checkpoint is None:
            yield Checkpoint(Blob(b"half way", TEXT))
            raise WorkerLostError("the process died")
        yield Done({"out": Blob(tools.checkpoint + b", and on", TEXT)})

    async with service.orchestrator(specs=[spec_of("gate", run)]):
        job = await service.ended(await service.submit(one()))
    assert await service.store.get(job.result.assets["out"]) == b"half way, and on"
    assert seen == [(1, None), (2, b"half way")]
    assert job.attempt == 1


async def test_a_stage_that_kills_its_process_three_times_fails_all_who_wait(service):
    deaths = Counter()

    async def run(inputs, params, context, tools):
        deaths["x"] += 1
        yield Progress(0.1)
        raise WorkerLostError("the process died")

    async with service.orchestrator(specs=[spec_of("gate", run)]):
        jobs = [await service.submit(one(), max_attempts=1) for _ in range(3)]
        ended = [await service.ended(job) for job in jobs]
    assert {job.state for job in ended} == {JobState.FAILED}
    assert {job.error.code for job in ended} == {"worker_lost"}
    assert "died 3 times" in ended[0].error.detail
    assert deaths["x"] == 3


@pytest.mark.parametrize(("failures", "state"), [(1, JobState.COMPLETED), (9, JobState.FAILED)])
async def test_an_error_that_a_retry_may_mend_is_retried_a_few_times(service, failures, state):
    calls = Counter()

    async def run(inputs, params, context, tools):
        calls["x"] += 1
        if calls["x"] <= failures:
            raise EngineError("the device fell out")
        yield Done({"out": Blob(b"mended", TEXT)})

    async with service.orchestrator(specs=[spec_of("gate", run)]):
        job = await service.ended(await service.submit(one()))
    assert job.state is state
    assert calls["x"] == job.attempt == min(failures + 1, 3)
    if state is JobState.FAILED:
        assert job.error.code == "engine_failed"
        assert "fell out" in job.error.detail


async def test_a_bug_in_a_stage_fails_its_jobs_and_is_not_kept(service):
    calls = Counter()

    async def run(inputs, params, context, tools):
        calls["x"] += 1
        if calls["x"] == 1:
            raise ZeroDivisionError("division by zero")
        yield Done({"out": Blob(b"fine", TEXT)})

    async with service.orchestrator(specs=[spec_of("gate", run)]):
        failed = await service.ended(await service.submit(one()))
        again = await service.ended(await service.submit(one()))
    assert (failed.state, failed.error.code) == (JobState.FAILED, "internal")
    assert "ZeroDivisionError" in failed.error.detail
    assert again.state is JobState.COMPLETED


async def test_a_deadline_stops_the_stage(service):
    gate = Gate(closed=True)
    async with service.orchestrator(gate) as orchestrator:
        job = await service.ended(await service.submit(one(), deadline_s=0.5))
        async with asyncio.timeout(10):
            while orchestrator._runs.held:
                await asyncio.sleep(0.02)
    assert (job.state, job.error.code) == (JobState.FAILED, "deadline_exceeded")
    assert gate.ended == {}


async def test_who_lost_its_leases_cannot_write(service):
    """A lives on, but the ledger has given its job and run to B: what A still writes is refused."""
    slow, fast = Gate(closed=True), Gate()
    async with service.orchestrator(slow, name="a") as a:
        job = await service.submit(one())
        await slow.until_begun()
        a._draining = True  # claims nothing more
        async with service.orchestrator(fast, name="b"):
            reaped = await asyncio.to_thread(service.ledger.leases.release, "a", backoff=lambda _: 0.0)
            assert reaped.requeued == 1
            slow.opened.set()
            ended = await service.ended(job)
    assert ended.state is JobState.COMPLETED
    assert ended.attempt == 2
    kinds = await service.kinds(job)
    assert kinds.count("finished") == 1
    assert fast.begun == ["x"]


async def test_a_stage_expands_into_more_stages(service):
    gate = Gate("leaf")

    async def split(inputs, params, context, tools):
        words = ("one", "two")
        calls = [StageCall(name=word, stage="leaf", params={"word": word}) for word in words]
        joins = StageCall(
            name="join", stage="join", inputs={"head": "self.head", "left": "one.out", "right": "two.out"}
        )
        fragment = Plan(calls=(*calls, joins), results={"film": "join.out"}, main="film")
        yield Done({"head": Blob(b"head", TEXT)}, fragment=fragment)

    async def join(inputs, params, context, tools):
        yield Done({"out": Blob(b" + ".join(inputs[name] for name in sorted(inputs)), TEXT)})

    specs = [
        spec_of("split", split, returns={"head": "text", "film": "text"}),
        spec_of("join", join, accepts={"head": "text", "left": "text", "right": "text"}),
    ]
    plan = plan_of(("split", "", {}), result="split.film")
    async with service.orchestrator(gate, specs=specs):
        job = await service.ended(await service.submit(plan))
        again = await service.ended(await service.submit(plan))
    assert job.state is JobState.COMPLETED, job.error
    assert await service.store.get(job.result.assets["out"]) == b"head + leaf one + leaf two"
    names = [report.stage for report in job.result.stages]
    assert names == ["split", "split/one", "split/two", "split/join"]
    manifest = Manifest.model_validate_json(await service.store.get(job.result.assets["manifest"]))
    assert [stage.stage for stage in manifest.stages] == ["split", "leaf", "leaf", "join"]
    assert all(report.cached for report in again.result.stages)
    assert sorted(gate.begun) == ["one", "two"]


async def test_a_fragment_that_breaks_its_promise_fails_the_job(service):
    async def split(inputs, params, context, tools):
        fragment = Plan(calls=(), results={"film": "self.head"}, main="film")
        yield Done({"head": Blob(b"head", TEXT)}, fragment=fragment)

    spec = spec_of("split", split, returns={"head": "text", "film": "video"})
    async with service.orchestrator(specs=[spec]):
        job = await service.ended(await service.submit(plan_of(("split", "", {}), result="split.film")))
    assert job.state is JobState.FAILED
    assert "the stage promises video" in job.error.detail


async def test_a_store_that_vanishes_ends_in_a_reason(service, tmp_path):
    gate = Gate(closed=True)
    async with service.orchestrator(gate):
        job = await service.submit(one())
        await gate.until_begun()
        shutil.rmtree(tmp_path / "store")
        gate.opened.set()
        ended = await service.ended(job)
    assert (ended.state, ended.error.code) == (JobState.FAILED, "storage_failed")
    assert ended.attempt == 3
    assert "vanished" in ended.error.detail


@pytest.mark.parametrize("database_kind", ["postgresql"])
async def test_a_database_that_goes_away_and_comes_back_loses_nothing(service, postgres):
    gate = Gate(closed=True)
    async with service.orchestrator(gate, lease_s=20.0):
        job = await service.submit(one())
        await gate.until_begun()
        await asyncio.to_thread(postgres.stop)
        gate.opened.set()
        await asyncio.sleep(1.0)
        await asyncio.to_thread(postgres.start)
        ended = await service.ended(job)
    assert ended.state is JobState.COMPLETED
    assert gate.begun == ["x"]


def test_backoff_doubles_and_has_an_end():
    assert [backoff_s(count) for count in (1, 2, 3)] == [0.5, 1.0, 2.0]
    assert backoff_s(50) == 60.0
