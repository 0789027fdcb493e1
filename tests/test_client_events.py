"""The Python client and events: each once and in order, whatever becomes of the connection."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import pairwise

import numpy as np
import pytest

from galatea_client import AsyncGalatea, Galatea, JobFinished, JobProgress, Retries, UnreachableError
from tests.client_ways import QUICK, CuttingProxy, ask, served
from tests.event_samples import live, submit
from tests.http_service import finish_next

JOB_COUNT = 4


@pytest.fixture
def database_kind():
    return "sqlite"


async def until(condition):
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.01)


def kept(events):
    return [(event.seq, event.kind) for event in events if not isinstance(event, JobProgress)]


async def test_connections_that_are_cut_at_random_lose_nothing_and_double_nothing(
    make_http, make_client, wire
):
    async with served(make_http()) as service:
        ledger = service.http.service.ledger
        job_ids = [submit(ledger) for _ in range(JOB_COUNT)]
        rng = np.random.default_rng(17)
        proxy = CuttingProxy(service.ports[wire], rng, longest_s=0.3)
        async with proxy.listening() as port, asyncio.timeout(60):
            patient = Retries(attempt_count=1000, first_pause_s=0.01, longest_pause_s=0.05)
            clients = [make_client(service.url(wire, port), retries=patient) for _ in job_ids]
            watching = [
                asyncio.create_task(ask(client, "events", job_id))
                for client, job_id in zip(clients, job_ids, strict=True)
            ]
            await asyncio.sleep(0.3)
            with ThreadPoolExecutor(1) as pool:
                loop = asyncio.get_running_loop()
                for _ in job_ids:
                    await loop.run_in_executor(pool, live, ledger, 1, rng)
                    await asyncio.sleep(0.15)
            watched = await asyncio.gather(*watching)
        assert proxy.cut_count > JOB_COUNT
        for job_id, events in zip(job_ids, watched, strict=True):
            truth = ledger.events.read(job_id)
            assert kept(events) == [(event.seq, event.kind) for event in truth]
            assert [seq for seq, _ in kept(events)] == list(range(1, len(truth) + 1))
            assert isinstance(events[-1], JobFinished)
            assert events[-1].job.job_id == job_id
            told = [event.progress for event in events if isinstance(event, JobProgress)]
            assert all(first != then for first, then in pairwise(told))


async def test_a_stream_is_taken_up_after_any_event(make_http, make_client, wire):
    async with served(make_http()) as service:
        client, ledger = make_client(service.url(wire)), service.http.service.ledger
        job_id = submit(ledger)
        await asyncio.to_thread(live, ledger, 1, np.random.default_rng(1))
        truth = [(event.seq, event.kind) for event in ledger.events.read(job_id)]
        for after in range(len(truth) + 1):
            assert kept(await ask(client, "events", job_id, after=after)) == truth[after:]
        hasty = make_client(service.url(wire), retries=Retries(attempt_count=2))
        with pytest.raises(UnreachableError, match="again and again"):
            await ask(hasty, "events", job_id, after=len(truth) + 5)


async def test_the_last_event_holds_the_result(make_http, make_client, wire):
    async with served(make_http()) as service:
        client = make_client(service.url(wire))
        job = await ask(client, "text_to_3d", prompt="a lamp")
        watching = asyncio.create_task(ask(client, "events", job))
        await until(lambda: service.http.app.state.backstage.feed.watcher_count)
        await finish_next(service.http.service)
        assert (await watching)[-1].job.result == (await ask(client, "wait", job)).result


async def test_who_leaves_early_leaves_no_watch_behind(make_http, wire):
    async with served(make_http()) as service:
        feed, job_id = service.http.app.state.backstage.feed, submit(service.http.service.ledger)

        def leave():
            with (
                Galatea(service.url(wire), retries=QUICK) as client,
                closing(client.events(job_id)) as events,
            ):
                assert next(events).kind == "queued"
                assert feed.watcher_count == 1

        await asyncio.to_thread(leave)
        await until(lambda: not feed.watcher_count)
        async with AsyncGalatea(service.url(wire)) as client:
            events = client.events(job_id)
            assert (await anext(events)).kind == "queued"
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(events), 0.2)
            await until(lambda: not feed.watcher_count)
