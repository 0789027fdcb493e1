"""Stages inside one process: checkpoints, cost, log lines, and the promise about cancelled engine calls."""

import asyncio
import io
import json
import logging
import threading
import time
from contextlib import aclosing

import numpy as np
import pytest

from deployments.host import StageHost
from deployments.ownership import Ownership
from deployments.tools import CpuMeter, Tools
from serve.contracts.artifacts import digest_of
from serve.contracts.errors import CancelledJobError, EngineError, LedgerError
from serve.contracts.plan import Plan
from serve.contracts.stage import Blob, Checkpoint, Context, Done, Params, Progress, StageSpec
from serve.engines.fake import EngineFake
from serve.stages import STAGES
from serve.telemetry.logs import LineFormatter

KEYS = [f"{number:064x}" for number in range(8)]


def spec_of(run, *, kind="sync", resource="cpu") -> StageSpec:
    return StageSpec(
        name="test",
        version=1,
        kind=kind,
        resource=resource,
        accepts={},
        returns={"out": "out"},
        params=Params,
        run=run,
        example=lambda: ({}, Params()),
    )


def done(text: str = "out") -> Done:
    return Done({"out": Blob(text.encode(), "text/plain")})


@pytest.fixture
def make_host(make_store):
    """Each call makes a host over a store of its own, with an EngineFake."""
    made = []

    def make(owned=None, engine=None):
        made.append(StageHost(engine or EngineFake(), make_store(), owned=owned))
        return made[-1]

    yield make
    for host in made:
        host.close()


@pytest.fixture
def log_lines():
    """The JSON lines that hosts have logged so far."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(LineFormatter(json=True))
    logger = logging.getLogger("deployments.host")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logger.removeHandler(handler)
    logger.setLevel(level)


async def events_of(host, spec, context=None):
    call = host.call(spec, Params(), {}, context or Context(KEYS[0], "job", fence=1))
    return [event async for event in call]


async def test_a_checkpoint_is_in_the_store_before_it_is_told_and_comes_back_as_bytes(make_host):
    host = make_host()
    seen = []

    def run(inputs, params, context, tools):
        seen.append(tools.checkpoint)
        yield Checkpoint(Blob(b"half", "text/plain"))
        yield done()

    checkpoint, end = await events_of(host, spec_of(run))
    assert await host.store.get(checkpoint.state) == b"half"
    assert end.cost.byte_count == len(b"half") + len(b"out")
    await events_of(host, spec_of(run), Context(KEYS[0], "job", fence=2, checkpoint=checkpoint.state))
    assert seen == [None, b"half"]


async def test_a_lost_checkpoint_costs_time_and_no_more(make_host):
    host = make_host()
    lost = Checkpoint(await make_host().store.put(b"elsewhere", "text/plain"))

    def run(inputs, params, context, tools):
        assert tools.checkpoint is None
        yield done()

    (end,) = await events_of(host, spec_of(run), Context(KEYS[0], "job", fence=2, checkpoint=lost.state))
    assert end.outputs["out"].digest == digest_of(b"out")


async def test_a_fragment_and_warnings_reach_the_caller(make_host):
    fragment = Plan(calls=(), results={"out": "a.b"}, main="out")

    def run(inputs, params, context, tools):
        yield Done({}, ("mind the step",), fragment)

    (end,) = await events_of(make_host(), spec_of(run))
    assert (end.outputs, end.warnings, end.fragment) == ({}, ("mind the step",), fragment)


async def test_the_cost_of_a_sync_stage_is_its_threads_own(make_host):
    def run(inputs, params, context, tools):
        begun = time.thread_time()
        while time.thread_time() - begun < 0.05:
            pass
        yield done()

    def sleep(inputs, params, context, tools):
        tools.stop.wait(0.05)
        yield done()

    host = make_host()
    busy, idle = await asyncio.gather(events_of(host, spec_of(run)), events_of(host, spec_of(sleep)))
    assert busy[-1].cost.cpu_s >= 0.05
    assert idle[-1].cost.cpu_s < 0.05


async def test_calls_in_flight_together_share_the_cpu_time_and_lose_none():
    meter = CpuMeter()
    first, second = (Tools(None, Context(KEYS[0], "job"), meter) for _ in range(2))
    begun = time.process_time()
    with meter.call(first), meter.call(second):
        np.sort(np.arange(2_000_000)[::-1])
    with meter.call(second):
        np.sort(np.arange(2_000_000)[::-1])
    spent = time.process_time() - begun
    assert 0 < first.cpu_s < second.cpu_s
    assert first.cpu_s + second.cpu_s == pytest.approx(spent, rel=0.2)


async def test_a_stage_that_needs_an_engine_says_so_where_there_is_none(make_store):
    host = StageHost(None, make_store())
    with pytest.raises(EngineError, match="no engine"):
        await Tools(None, Context(KEYS[0], "job"), CpuMeter()).infer("parts_flow", {})
    with pytest.raises(EngineError, match="denoise"):
        host.numeric_class(STAGES["denoise"])
    host.close()


async def test_every_run_logs_its_beginning_and_its_end(make_host, log_lines):
    def fail(inputs, params, context, tools):
        yield Progress(0.5)
        raise EngineError("the device fell out")

    def work(inputs, params, context, tools):
        yield done()

    host = make_host()
    await events_of(host, spec_of(work), Context(KEYS[1], "job-1", fence=4))
    with pytest.raises(EngineError):
        await events_of(host, spec_of(fail), Context(KEYS[2], "job-2", fence=5))
    async with aclosing(host.call(spec_of(fail), Params(), {}, Context(KEYS[3], "job-3"))) as events:
        await anext(events)
    told = [(line["message"], line["key"], line["fence"], line.get("error")) for line in log_lines()]
    assert told == [
        ("stage began", KEYS[1], "4", None),
        ("stage done", KEYS[1], "4", None),
        ("stage began", KEYS[2], "5", None),
        ("stage failed", KEYS[2], "5", "engine_failed"),
        ("stage began", KEYS[3], "0", None),
        ("stage failed", KEYS[3], "0", "cancelled"),
    ]
    assert all(line["stage"] == "test" and line["pid"].isdigit() for line in log_lines())


async def test_leaving_stops_the_thread_and_takes_a_waiting_stage_out_of_the_queue(make_host):
    host = make_host()
    ended = threading.Event()

    def run(inputs, params, context, tools):
        yield Progress(0.1)
        tools.stop.wait()
        ended.set()
        tools.check()

    def never(inputs, params, context, tools):
        raise AssertionError("this stage was cancelled while it waited")
        yield

    running = host.call(spec_of(run), Params(), {}, Context(KEYS[0], "job"))
    await anext(running)
    waiting = asyncio.create_task(events_of(host, spec_of(never)))
    await asyncio.sleep(0.05)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not ended.is_set()
    await running.aclose()
    assert ended.is_set()


async def test_a_sync_stage_that_is_no_longer_wanted_is_stopped(make_host):
    async def nobody(runs):
        return set()

    def run(inputs, params, context, tools):
        tools.stop.wait()
        tools.check()
        yield done()

    with pytest.raises(CancelledJobError):
        await events_of(make_host(nobody), spec_of(run))


async def test_every_engine_call_asks_before_it_begins(make_host):
    asked = []

    async def owned(runs):
        asked.extend(runs)
        return set(runs)

    host = make_host(owned)
    data, params = STAGES["denoise"].example()
    inputs = {name: await host.store.put(blob, "x/y") for name, blob in data.items()}
    async for _ in host.call(STAGES["denoise"], params, inputs, Context(KEYS[0], "job", fence=3)):
        pass
    assert asked == [(KEYS[0], 3)] * params.step_count
    assert host.engine.call_counts["parts_flow"] == params.step_count


@pytest.mark.parametrize("fails_at", range(1, 6))
async def test_after_a_cancel_at_most_one_engine_call_of_the_job_begins(make_host, fails_at):
    """Two stages of the job and one of another ask together; the cancel falls into one of the queries."""
    cancelled, queries = set(), []

    async def owned(runs):
        queries.append(runs)
        answer = {run for run in runs if run[0] not in cancelled}
        await asyncio.sleep(0)
        if len(queries) == fails_at:  # committed after the ledger was read: the worst moment
            cancelled.update(KEYS[:2])
        await asyncio.sleep(0)
        return answer

    host = make_host(owned)
    data, params = STAGES["denoise"].example()
    params = params.model_copy(update={"step_count": 12})
    inputs = {name: await host.store.put(blob, "x/y") for name, blob in data.items()}

    async def run(key, job):
        async for _ in host.call(STAGES["denoise"], params, inputs, Context(key, job, fence=1)):
            pass

    runs = [run(KEYS[0], "doomed"), run(KEYS[1], "doomed"), run(KEYS[2], "other")]
    ends = await asyncio.gather(*runs, return_exceptions=True)
    of_doomed = [query for query in queries if {key for key, _ in query} & set(KEYS[:2])]
    assert all(len({key for key, _ in query} & set(KEYS[:2])) == 1 for query in of_doomed)
    assert isinstance(ends[0], CancelledJobError)
    assert isinstance(ends[1], CancelledJobError)
    assert ends[2] is None
    doomed_count = host.engine.call_counts["parts_flow"] - params.step_count
    # One in each of its rounds, up to the round whose query came before the cancel.
    assert doomed_count == sum(query in of_doomed for query in queries[:fails_at])


async def test_no_moment_of_a_cancel_lets_two_calls_of_its_job_begin():
    """Every await of a query is a moment; calls that begin after it are counted, over many schedules."""
    for seed in range(200):
        generator = np.random.Generator(np.random.Philox(key=[seed, 7]))
        cancelled = asyncio.Event()
        late = []

        async def owned(runs, generator=generator, cancelled=cancelled):
            for _ in range(generator.integers(0, 4)):
                await asyncio.sleep(0)
            answer = {run for run in runs if not (cancelled.is_set() and run[0] in KEYS[:4])}
            for _ in range(generator.integers(0, 4)):
                await asyncio.sleep(0)
            return answer

        ownership = Ownership(owned)

        async def stage(context, generator=generator, cancelled=cancelled, late=late, ownership=ownership):
            for _ in range(6):
                await ownership.confirm(context)
                if cancelled.is_set() and context.job_id == "doomed":
                    late.append(context.key)
                for _ in range(generator.integers(0, 3)):
                    await asyncio.sleep(0)

        async def cancel(generator=generator, cancelled=cancelled):
            for _ in range(generator.integers(0, 40)):
                await asyncio.sleep(0)
            cancelled.set()

        doomed = [stage(Context(key, "doomed", fence=1)) for key in KEYS[:4]]
        others = [stage(Context(key, f"other {key}", fence=1)) for key in KEYS[4:]]
        await asyncio.gather(cancel(), *doomed, *others, return_exceptions=True)
        assert len(late) <= 1, f"schedule {seed}: {late}"


async def test_questions_of_many_jobs_share_a_query():
    queries = []

    async def owned(runs):
        queries.append(len(runs))
        await asyncio.sleep(0)
        return set(runs)

    ownership = Ownership(owned)
    await asyncio.gather(*(ownership.confirm(Context(key, f"job {key}", fence=1)) for key in KEYS))
    assert sum(queries) == len(KEYS)
    assert len(queries) <= 2


async def test_a_ledger_that_does_not_answer_fails_those_who_asked_and_not_those_after():
    answers = iter([LedgerError("gone"), None])

    async def owned(runs):
        error = next(answers)
        if error is not None:
            raise error
        return set(runs)

    ownership = Ownership(owned)
    with pytest.raises(LedgerError):
        await ownership.confirm(Context(KEYS[0], "job", fence=1))
    await ownership.confirm(Context(KEYS[0], "job", fence=1))
