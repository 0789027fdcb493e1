"""Runs of one process under its poller: stopped once and waited for, ended in peace, slots for the living."""

import asyncio

import pytest

from deployments.host import StageHost
from serve.contracts.errors import CancelledJobError, DeadlineExceededError
from serve.contracts.stage import Blob, Done
from serve.execution import Orchestrator
from serve.execution.calls import LedgerCalls
from serve.execution.run import Run, Watched
from serve.execution.runs import SharedRuns
from serve.execution.slots import Slots
from serve.ledger import Held
from tests.toy_stages import TEXT, new_job, plan_of, spec_of

NOBODYS = Held(jobs=frozenset(), runs={}, errors={})


@pytest.fixture
def database_kind():
    return "sqlite"


@pytest.fixture
def make_runs(make_ledger, make_store):
    """Each call gives the shared runs of a process that runs none yet."""

    def make():
        ledger, store = make_ledger(), make_store()
        host = StageHost(None, store, stages={})
        return SharedRuns(ledger, LedgerCalls(1.0), host, store, Slots({}), owner="a", lease_s=30.0)

    return make


def run_of(work):
    """A run whose task does this."""
    run = Run("k", 1, (0, 0.0), asyncio.get_running_loop().create_future())
    run.task = asyncio.create_task(work)
    return run


class Slow:
    """Work that needs a while to stop."""

    def __init__(self):
        self.begun, self.may_stop, self.stopped = asyncio.Event(), asyncio.Event(), False

    async def work(self):
        self.begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            await self.may_stop.wait()
            self.stopped = True


async def test_the_poller_does_not_break_off_the_wait_for_a_stage_that_stops(make_runs):
    slow, runs = Slow(), make_runs()
    run = run_of(slow.work())
    await slow.begun.wait()
    for _ in range(3):  # every tenth of a second, until the run has gone
        runs.look(Watched((run,), ()), NOBODYS)
        await asyncio.sleep(0.01)
    early = run.task.done()
    slow.may_stop.set()
    await asyncio.wait([run.task])
    assert slow.stopped
    assert not early


async def test_the_poller_leaves_a_run_alone_whose_end_is_being_written(make_runs):
    slow, runs = Slow(), make_runs()
    run = run_of(slow.work())
    await slow.begun.wait()
    slow.may_stop.set()
    run.writing = True
    runs.look(Watched((run,), ()), NOBODYS)
    assert run.task.cancelling() == 0
    run.writing = False
    runs.look(Watched((run,), ()), NOBODYS)
    assert run.task.cancelling() == 1
    await asyncio.wait([run.task])


async def test_a_run_that_its_stage_saw_taken_away_fails_nobody(make_ledger, make_store):
    """The stage is told before the poller is; the job asks the ledger again, which lets it run."""
    ledger, store, fences = make_ledger(), make_store(), []

    async def run(inputs, params, context, tools):
        fences.append(context.fence)
        if len(fences) == 1:
            ledger.runs.give_back(context.key, context.fence)
            raise CancelledJobError("the run is no longer wanted")
        yield Done({"out": Blob(b"mine", TEXT)})

    stages = {"gate": spec_of("gate", run)}
    host = StageHost(None, store, stages=stages)
    kind = {"owner": "a", "version": "0", "slots": {"async": 1}, "max_jobs": 1}
    async with Orchestrator(ledger, host, store, stages=stages, **kind) as orchestrator:
        job = ledger.jobs.submit_claimed(new_job(plan_of(("gate", "x", {}), result="gate.out")), "a", 30.0)
        result = await orchestrator.run_claimed(job, lambda event: None)
    assert await store.get(result.assets["out"]) == b"mine"
    assert fences == [1, 2]
    host.close()


async def test_the_deadline_of_the_job_that_began_a_run_fails_no_other_that_waits_for_it(
    make_ledger, make_store
):
    ledger, store, begun, contexts = make_ledger(), make_store(), asyncio.Event(), []

    async def run(inputs, params, context, tools):
        contexts.append(context)
        begun.set()
        await asyncio.sleep(0.1)
        if context.deadline_at is not None:
            raise DeadlineExceededError("the deadline passed before the model had answered")
        yield Done({"out": Blob(b"mine", TEXT)})

    stages = {"gate": spec_of("gate", run)}
    host = StageHost(None, store, stages=stages)
    kind = {"owner": "a", "version": "0", "slots": {"async": 1}, "max_jobs": 2}
    plan = plan_of(("gate", "x", {}), result="gate.out")
    async with Orchestrator(ledger, host, store, stages=stages, **kind) as orchestrator:
        hasty, patient = (
            ledger.jobs.submit_claimed(new_job(plan, deadline_s=deadline_s), "a", 30.0)
            for deadline_s in (0.05, None)
        )
        first = asyncio.create_task(orchestrator.run_claimed(hasty, lambda event: None))
        await begun.wait()
        result = await orchestrator.run_claimed(patient, lambda event: None)
        with pytest.raises(DeadlineExceededError):
            await first
    assert await store.get(result.assets["out"]) == b"mine"
    assert [context.fence for context in contexts] == [1, 2]
    host.close()


async def test_a_slot_is_not_given_to_one_that_leaves_in_the_same_moment():
    slots, leave = Slots({"async": 1}), asyncio.Event()

    async def hold():
        async with slots.take("async", run_of(asyncio.sleep(0))):
            await leave.wait()

    first, second, third = (asyncio.create_task(hold()) for _ in range(3))
    await asyncio.sleep(0.01)
    leave.set()
    second.cancel()
    done = await asyncio.gather(first, second, third, return_exceptions=True)
    assert [type(each) for each in done] == [type(None), asyncio.CancelledError, type(None)]
    async with asyncio.timeout(5):
        await hold()


async def test_runs_may_begin_while_another_thread_looks_at_them(make_runs):
    runs = make_runs()

    class Beginning:
        """A run during whose look another begins, as the loop's thread may have it."""

        fence = 1

        @property
        def key(self):
            runs._runs[f"k{len(runs._runs)}"] = runs._runs["b"]
            return "early"

    runs._runs.update(a=Beginning(), b=Beginning())
    assert runs.held == {"early": 1}
