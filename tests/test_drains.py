"""An orchestrator that is drained claims no more and gives its jobs to the next."""

import asyncio

import pytest

from serve.contracts.jobs import JobState
from serve.contracts.stage import Blob, Checkpoint, Done
from tests.orchestrated import Service
from tests.toy_stages import TEXT, Gate, plan_of, spec_of


@pytest.fixture
def service(make_ledger, tmp_path):
    return Service(make_ledger(), tmp_path / "store")


async def test_a_drained_process_gives_its_jobs_to_the_next(service):
    first, closed = Gate("first"), Gate("second", closed=True)
    second = closed.spec(accepts={"text": "text"})
    plan = plan_of(("first", "x", {}), ("second", "y", {"text": "first.out"}), result="second.out")
    async with service.orchestrator(first, specs=[second], name="a"):
        job = await service.submit(plan)
        await closed.until_begun()
    given_back = await service.get(job)
    assert (given_back.state, given_back.attempt) == (JobState.QUEUED, 0)
    closed.opened.set()
    async with service.orchestrator(first, specs=[second], name="b"):
        assert (await service.ended(job)).state is JobState.COMPLETED
    assert first.begun == ["x"]
    assert closed.begun == ["y", "y"]


async def test_a_drain_with_grace_lets_a_stage_end_and_begins_no_other(service):
    first, second = Gate("first", closed=True), Gate("second")
    plan = plan_of(("first", "x", {}), ("second", "y", {"text": "first.out"}), result="second.out")
    specs = [second.spec(accepts={"text": "text"})]
    async with service.orchestrator(first, specs=specs, name="a") as a:
        job = await service.submit(plan)
        await first.until_begun()
        draining = asyncio.create_task(a.drain(30.0))
        await asyncio.sleep(0)
        first.opened.set()
        await draining
    assert (first.ended, second.begun) == ({"x": 1}, [])
    async with service.orchestrator(first, specs=specs, name="b"):
        assert (await service.ended(job)).state is JobState.COMPLETED
    assert first.begun == ["x"]


async def test_a_drain_with_grace_releases_a_long_stage_at_its_next_checkpoint(service):
    begun, let_on = asyncio.Event(), asyncio.Event()
    found = []

    async def count(inputs, params, context, tools):
        found.append(tools.checkpoint)
        if tools.checkpoint is None:
            begun.set()
            await let_on.wait()
            yield Checkpoint(Blob(b"half", TEXT))
            await asyncio.get_running_loop().create_future()
        yield Done({"out": Blob(b"all", TEXT)})

    specs = [spec_of("count", count)]
    async with service.orchestrator(specs=specs, name="a", lease_s=3600.0) as a:
        job = await service.submit(plan_of(("count", "x", {}), result="count.out"))
        await begun.wait()
        draining = asyncio.create_task(a.drain(3600.0))
        await asyncio.sleep(0)
        let_on.set()
        await asyncio.wait_for(draining, 30)
    async with service.orchestrator(specs=specs, name="b"):
        assert (await service.ended(job)).state is JobState.COMPLETED
    assert found == [None, b"half"], "the second run goes on from the checkpoint, and waits for no lease"
