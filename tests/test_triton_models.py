"""Deaths of a real Triton server and of its models, healing, draining."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from deployments.triton.models import Health, drain_and_unload, open_models
from deployments.watchdog import file_lease, ledger_lease, watch
from serve.contracts.errors import EngineError, NotReadyError
from serve.engines.triton import EngineTriton
from serve.models.parts_flow import PARTS_FLOW
from serve.models.prompt_domain import PROMPT_DOMAIN
from tests.served import until
from tests.triton import RealTriton, children_of, random_rows

_ROWS = random_rows(PARTS_FLOW, 2)
_LARGE = random_rows(PARTS_FLOW, 64)
_WANTED = (PARTS_FLOW, PROMPT_DOMAIN)


@pytest.fixture(scope="module")
def mortal_server(tmp_path_factory):
    """A server of this file's own, to be killed."""
    server = RealTriton(tmp_path_factory.mktemp("mortal") / "log", models=_WANTED)
    server.begin()
    yield server
    server.end()


@pytest.fixture
def mortal(triton, request):
    return request.getfixturevalue("mortal_server")


@pytest.fixture
def make_engine(mortal):
    made = []

    def make(**options):
        made.append(EngineTriton(mortal.url, **options))
        return made[-1]

    yield make
    for engine in made:
        engine.close()


@pytest.fixture
async def models(mortal):
    async with open_models(mortal.endpoint) as opened:
        yield opened


@asynccontextmanager
async def watchdog(mortal, folder, **options):
    """One that is quick to look; gives an event that is set when it wants the server to start again."""
    given_up = asyncio.Event()

    async def restart():
        given_up.set()

    with file_lease(folder / "lease") as lease:
        watching = watch(mortal.endpoint, lease, restart, wanted=lambda: _WANTED, period_s=0.2, **options)
        task = asyncio.create_task(watching)
        try:
            yield given_up
        finally:
            task.cancel()


async def until_pending(models):
    """Wait until calls of parts_flow wait at the server."""
    while not await models.pending_count(PARTS_FLOW):
        await asyncio.sleep(0.01)


async def healthy(models, spec=PARTS_FLOW):
    for _ in range(600):
        if await models.health(spec, 5.0) is Health.WELL:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{spec.name} is not well")


async def test_a_model_whose_process_was_killed_fails_at_once_and_is_healed(
    mortal, models, make_engine, tmp_path
):
    expected = await make_engine().infer(PARTS_FLOW, _ROWS)
    mortal.kill_stub(PARTS_FLOW)
    with pytest.raises(EngineError, match="is not healthy; the model's process died") as caught:
        await make_engine(patience_s=0.0).infer(PARTS_FLOW, _ROWS)
    assert caught.value.retryable
    assert await models.health(PARTS_FLOW, 5.0) is Health.DEAD
    assert await models.health(PROMPT_DOMAIN, 5.0) is Health.WELL
    waiting = asyncio.create_task(make_engine(patience_s=60.0).infer(PARTS_FLOW, _ROWS))
    async with watchdog(mortal, tmp_path) as given_up:
        np.testing.assert_array_equal((await waiting)["clean"], expected["clean"])
    assert not given_up.is_set()
    assert await models.health(PARTS_FLOW, 5.0) is Health.WELL


async def test_a_model_that_nobody_loaded_again_is_loaded_by_the_watchdog(mortal, models, tmp_path):
    """As when a watchdog dies between unloading and loading."""
    await models.unload(PROMPT_DOMAIN)
    async with watchdog(mortal, tmp_path):
        await healthy(models, PROMPT_DOMAIN)


async def test_a_model_whose_process_dies_while_it_is_loaded_makes_the_watchdog_ask_for_a_new_server(
    mortal, models, tmp_path
):
    await models.unload(PROMPT_DOMAIN)
    async with watchdog(mortal, tmp_path, load_timeout_s=2.0) as given_up:
        while not given_up.is_set():
            mortal.kill_stub(PROMPT_DOMAIN)
            await asyncio.sleep(0.01)
    assert await models.health(PROMPT_DOMAIN, 5.0) is Health.LOADING
    assert await models.health(PARTS_FLOW, 5.0) is Health.WELL
    mortal.kill()
    await asyncio.to_thread(mortal.begin)
    await healthy(models)


async def test_a_model_that_is_only_slow_is_left_alone(mortal, models, make_engine, tmp_path):
    before = mortal.stub_pids(PARTS_FLOW)
    engine = make_engine(shared_from_bytes=2**40)
    async with watchdog(mortal, tmp_path):
        work = [asyncio.create_task(engine.infer(PARTS_FLOW, _LARGE)) for _ in range(5)]
        await until_pending(models)
        assert await models.health(PARTS_FLOW, 0.02) is Health.SLOW
        await asyncio.gather(*work)
        await healthy(models)
    assert mortal.stub_pids(PARTS_FLOW) == before


async def test_a_drain_lets_every_call_that_is_there_come_to_its_end(models, make_engine):
    engine = make_engine(patience_s=0.0)
    work = [asyncio.create_task(engine.infer(PARTS_FLOW, _LARGE)) for _ in range(3)]
    await drain_and_unload(models, PARTS_FLOW, lambda: until_pending(models), 60.0)
    assert [len((await one)["clean"]) for one in work] == [64] * 3
    assert await models.health(PARTS_FLOW, 5.0) is Health.UNLOADED
    with pytest.raises(EngineError, match="load the model there"):
        await engine.infer(PARTS_FLOW, _ROWS)
    assert await models.load(PARTS_FLOW, 60.0)
    await engine.infer(PARTS_FLOW, _ROWS)


async def test_a_drain_that_takes_too_long_leaves_the_model_loaded(models, make_engine):
    engine = make_engine()
    work = [asyncio.create_task(engine.infer(PARTS_FLOW, _LARGE)) for _ in range(10)]
    with pytest.raises(NotReadyError, match=r"calls of parts_flow still wait after .* not unloaded"):
        await drain_and_unload(models, PARTS_FLOW, lambda: until_pending(models), 0.3)
    assert len(await asyncio.gather(*work)) == 10
    await healthy(models)


async def test_a_killed_server_is_a_retryable_error_and_leaves_nothing_behind(mortal, models, make_engine):
    engine = make_engine(patience_s=0.0)
    expected = await engine.infer(PARTS_FLOW, _LARGE)
    assert engine.shared_call_count == 1
    running = [asyncio.create_task(engine.infer(PARTS_FLOW, _LARGE)) for _ in range(3)]
    await asyncio.sleep(0.05)
    stubs = children_of(mortal.server_pid)
    mortal.kill()
    outcomes = await asyncio.gather(*running, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} <= {EngineError, dict}
    with pytest.raises(EngineError, match="UNAVAILABLE") as caught:
        await engine.infer(PARTS_FLOW, _ROWS)
    assert caught.value.retryable
    assert await models.health(PARTS_FLOW, 5.0) is Health.GONE
    assert len(stubs) == 2 * len(_WANTED)  # two instances of each
    assert until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in stubs))
    assert not list(Path("/dev/shm").glob(f"{mortal.segment_prefix}*"))

    waiting = asyncio.create_task(make_engine(patience_s=60.0).infer(PARTS_FLOW, _LARGE))
    await asyncio.to_thread(mortal.begin)
    np.testing.assert_array_equal((await waiting)["clean"], expected["clean"])
    await healthy(models)  # the channel may still wait before it tries to connect again
    for _ in range(2):  # the new server has mapped nothing of what the old one had
        answers = await asyncio.gather(*(engine.infer(PARTS_FLOW, _LARGE) for _ in range(3)))
        for answer in answers:
            np.testing.assert_array_equal(answer["clean"], expected["clean"])
    assert engine.shared_call_count > 1


async def test_of_two_watchdogs_one_has_the_lease(tmp_path, make_ledger, triton):
    with file_lease(tmp_path / "lease") as first, file_lease(tmp_path / "lease") as second:
        assert [await first(), await second(), await first()] == [True, False, True]
    ledger = make_ledger()
    one, two = (ledger_lease(ledger, triton.endpoint, owner, lease_s=30.0) for owner in ("one", "two"))
    assert [await one(), await two(), await one()] == [True, False, True]
