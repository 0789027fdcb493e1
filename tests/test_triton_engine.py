"""EngineTriton against a real server: the same bits as in process, batches, terms, errors."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from serve.contracts.errors import DeadlineExceededError, EngineError, EngineInputError
from serve.engines.onnx import EngineOnnx
from serve.engines.terms import Terms
from serve.engines.triton import EngineTriton
from serve.models import MODELS
from serve.models.parts_flow import PARTS_FLOW
from serve.models.prompt_domain import PROMPT_DOMAIN
from serve.models.spec import example_rows
from tests.served import free_port
from tests.triton import counted, random_rows, settled

_FULL = 64  # rows: a batch of its own, a tenth of a second of work


@pytest.fixture
def make_engine(triton):
    """Each call opens an engine at the run's server, or at another."""
    made = []

    def make(url=None, **options):
        given = {"patience_s": 0.0, "shared_from_bytes": 2**40, **options}  # a probe would be counted too
        made.append(EngineTriton(url or triton.url, **given))
        return made[-1]

    yield make
    for engine in made:
        engine.close()


@pytest.fixture
def in_process():
    engine = EngineOnnx(thread_count=1)
    yield engine
    engine.close()


@pytest.fixture
def occupied(make_engine):
    """Gives the server some full batches of a model to do, and tells when they are done."""

    async def occupy(batch_count, rank=0):
        engine = make_engine()
        before = await settled(engine, PARTS_FLOW)
        rows = random_rows(PARTS_FLOW, _FULL)
        tasks = [
            asyncio.create_task(engine.infer(PARTS_FLOW, rows, Terms(rank=rank))) for _ in range(batch_count)
        ]
        while not (await engine.statistics(PARTS_FLOW)).since(before).row_count:
            await asyncio.sleep(0.005)  # the first is done: all of them have arrived
        return asyncio.gather(*tasks)

    return occupy


def assert_same_bits(outputs, expected):
    assert outputs.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(outputs[name], array)
        assert outputs[name].dtype == array.dtype
        assert outputs[name].flags.writeable


@pytest.mark.parametrize("spec", MODELS, ids=lambda spec: spec.name)
def test_the_server_says_that_it_is_of_the_class_and_the_weights_of_the_engine_in_process(
    spec, make_engine, in_process
):
    engine = make_engine()
    assert engine.numeric_class(spec) == in_process.numeric_class(spec)
    assert engine.digest(spec) == in_process.digest(spec)


@pytest.mark.parametrize("spec", MODELS, ids=lambda spec: spec.name)
async def test_outputs_have_the_bits_of_the_engine_in_process_at_every_batch_size(
    spec, make_engine, in_process
):
    engine = make_engine()
    for row_count in (1, 2, 3, 17, spec.max_batch_count):
        rows = random_rows(spec, row_count)
        assert_same_bits(await engine.infer(spec, rows), await in_process.infer(spec, rows))


@pytest.mark.parametrize("spec", MODELS, ids=lambda spec: spec.name)
async def test_batch_mates_change_no_bit(spec, make_engine, in_process):
    engine = make_engine()
    calls = [random_rows(spec, row_count, seed) for seed, row_count in enumerate((1, 2, 1, 5, 1, 7, 2))]
    before = await settled(engine, spec)
    together = await asyncio.gather(*(engine.infer(spec, rows) for rows in calls))
    ran = await counted(engine, spec, before, 19)
    assert ran.execution_count < len(calls)
    for rows, outputs in zip(calls, together, strict=True):
        assert_same_bits(outputs, await in_process.infer(spec, rows))


async def test_calls_of_many_callers_meet_in_few_executions(make_engine):
    engines = [make_engine() for _ in range(4)]
    before = await settled(engines[0], PARTS_FLOW)
    await asyncio.gather(
        *(
            engine.infer(PARTS_FLOW, random_rows(PARTS_FLOW, 2, seed))
            for seed in range(8)
            for engine in engines
        )
    )
    ran = await counted(engines[0], PARTS_FLOW, before, 64)
    assert ran.execution_count <= 16
    assert ran.mean_batch >= 4.0


async def test_a_deadline_ends_a_call_that_waits_behind_others(make_engine, occupied):
    busy = await occupied(4)
    soon = datetime.now(UTC).timestamp() + 0.05
    with pytest.raises(DeadlineExceededError, match="parts_flow: the deadline passed"):
        await make_engine().infer(PARTS_FLOW, random_rows(PARTS_FLOW, 2), Terms(2, soon))
    assert len(await busy) == 4


async def test_a_call_whose_deadline_has_passed_is_not_executed(make_engine):
    engine = make_engine()
    before = await settled(engine, PROMPT_DOMAIN)
    with pytest.raises(DeadlineExceededError):
        await engine.infer(PROMPT_DOMAIN, random_rows(PROMPT_DOMAIN, 2), Terms(deadline_at=1.0))
    await engine.infer(PROMPT_DOMAIN, random_rows(PROMPT_DOMAIN, 3))
    assert (await counted(engine, PROMPT_DOMAIN, before, 3)).row_count == 3


async def test_a_full_queue_is_a_retryable_error_and_patience_outlasts_it(make_engine, occupied):
    busy = await occupied(8)
    impatient, patient = make_engine(), make_engine(patience_s=30.0)
    rows = random_rows(PARTS_FLOW, 1)
    crowd = [asyncio.create_task(impatient.infer(PARTS_FLOW, rows, Terms(rank=2))) for _ in range(600)]
    late = asyncio.create_task(patient.infer(PARTS_FLOW, rows, Terms(rank=2)))
    answers = await asyncio.gather(*crowd, return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, BaseException)]
    assert {type(error) for error in refused} == {EngineError}
    assert "Exceeds maximum queue size" in str(refused[0])
    assert refused[0].retryable
    assert_same_bits(await late, next(answer for answer in answers if isinstance(answer, dict)))
    await busy


async def test_a_cancelled_call_leaves_the_queue_and_is_not_executed(make_engine, occupied):
    engine = make_engine()
    before = await settled(engine, PARTS_FLOW)
    busy = await occupied(4)
    waiting = [
        asyncio.create_task(engine.infer(PARTS_FLOW, random_rows(PARTS_FLOW, 3), Terms(rank=2)))
        for _ in range(2)
    ]
    await asyncio.sleep(0.05)
    waiting[0].cancel()
    await busy
    assert len((await waiting[1])["clean"]) == 3
    assert waiting[0].cancelled()
    assert (await counted(engine, PARTS_FLOW, before, 4 * _FULL + 3)).row_count == 4 * _FULL + 3


async def test_the_more_urgent_goes_first(make_engine, occupied):
    engine = make_engine()
    busy = await occupied(4, rank=1)
    ended = []

    async def call(rank):
        await engine.infer(PARTS_FLOW, random_rows(PARTS_FLOW, _FULL), Terms(rank=rank))
        ended.append(rank)

    calls = []
    for rank in (2, 1, 0):
        calls.append(asyncio.create_task(call(rank)))
        await asyncio.sleep(0.02)
    await asyncio.gather(busy, *calls)
    assert ended == [0, 1, 2]


async def test_wrong_inputs_are_refused_here_and_by_the_server(make_engine):
    engine = make_engine()
    with pytest.raises(EngineInputError, match="input `pooled` is missing"):
        await engine.infer(PROMPT_DOMAIN, {})
    larger = replace(PROMPT_DOMAIN, max_batch_count=128)
    with pytest.raises(EngineInputError, match="batch-size must be <= 64"):
        await engine.infer(larger, example_rows(larger, 65))


async def test_a_call_that_fails_harms_none_that_it_met(make_engine, in_process):
    spec = MODELS[0]
    good = random_rows(spec, 2)
    bad = {**good, "input_ids": good["input_ids"] + 10**6}  # no such row in the table of words
    engine = make_engine()
    answers = await asyncio.gather(
        *(engine.infer(spec, rows) for rows in (good, bad, good)), return_exceptions=True
    )
    assert isinstance(answers[1], EngineError)
    assert "INTERNAL" in str(answers[1])
    for answer in (answers[0], answers[2]):
        assert_same_bits(answer, await in_process.infer(spec, good))


async def test_an_unknown_model_and_a_server_that_is_not_there_are_said_with_the_remedy(make_engine):
    other = replace(PROMPT_DOMAIN, name="other")
    with pytest.raises(EngineError, match=r"other: .*NOT_FOUND.*; load the model there"):
        await make_engine().infer(other, example_rows(other, 2))
    url = f"127.0.0.1:{free_port()}"
    for attempt in (
        lambda: make_engine(url).infer(PROMPT_DOMAIN, example_rows(PROMPT_DOMAIN, 2)),
        lambda: make_engine(url).statistics(PROMPT_DOMAIN),
        lambda: asyncio.to_thread(make_engine(url).digest, PROMPT_DOMAIN),
    ):
        with pytest.raises(EngineError, match=rf"Triton at {url} .*start it with `galatea triton`"):
            await attempt()


def test_an_engine_serves_one_event_loop_after_another(make_engine):
    engine = make_engine()
    rows = random_rows(PROMPT_DOMAIN, 2)
    first, second = (asyncio.run(engine.infer(PROMPT_DOMAIN, rows)) for _ in range(2))
    assert_same_bits(first, second)
