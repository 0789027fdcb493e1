"""The feed of events: in order, without a gap, from any cursor; and as text."""

import asyncio
from contextlib import aclosing

import pytest

from serve.contracts.errors import JobMissingError, LedgerError
from serve.contracts.events import JobFinished, JobProgress
from serve.edges.calls import Calls
from serve.edges.feed import Feed
from serve.edges.sse import EventStream
from serve.ledger.schema import jobs
from tests.event_samples import complete, pour, submit
from tests.ledger_samples import PROBLEM, acquire, running, stage_result

URL = "http://localhost:1"


@pytest.fixture
def make_feed():
    """Each call makes a feed over a ledger, quicker than the service's."""
    made = []

    def make(ledger, **options):
        calls = Calls()
        made.append((Feed(ledger, calls, shared=False, **({"tick_s": 0.01} | options)), calls))
        return made[-1][0]

    yield make
    for feed, calls in made:
        feed.close()
        calls.close()


async def told(feed, job_id, after=0, tenant="local"):
    """All events from the cursor to the end."""
    async with asyncio.timeout(30):
        return [event async for event in await feed.watch(tenant, job_id, after, URL)]


def kept(events):
    return [(event.seq, event.kind) for event in events if not isinstance(event, JobProgress)]


def live_through(ledger):
    """A job with two stages, one of them twice; its id."""
    job_id = submit(ledger)
    [job] = ledger.jobs.claim("o", 30.0, 1)
    ledger.jobs.retry(job_id, job.fence, PROBLEM, 0.0)
    [job] = ledger.jobs.claim("o", 30.0, 1)
    run = acquire(ledger, job, "k1", call="denoise")
    ledger.runs.finish("k1", run.fence, stage_result())
    acquire(ledger, job, "k1", call="again")
    complete(ledger, job)
    return job_id


async def test_an_ended_job_tells_all_at_once_from_any_cursor(make_ledger, make_feed):
    ledger = make_ledger()
    feed, job_id = make_feed(ledger), live_through(ledger)
    events = await told(feed, job_id)
    kinds = "queued started queued started stage_started stage_finished stage_finished finished"
    assert kept(events) == list(enumerate(kinds.split(), start=1))
    assert [event.cached for event in events if event.kind == "stage_finished"] == [False, True]
    assert (events[2].error, events[3].attempt) == (PROBLEM.code, 2)
    end = events[-1]
    assert isinstance(end, JobFinished)
    assert (end.state, end.job.job_id, end.job.progress) == ("completed", job_id, 1.0)
    assert end.job.download_url.startswith(f"{URL}/v1/assets/")
    for cursor in (*range(1, 9), 100, 2**40):
        assert kept(await told(feed, job_id, cursor)) == kept(events)[cursor:]
    assert feed.watcher_count == 0


def test_many_jobs_are_read_at_once_as_each_alone(make_ledger):
    ledger = make_ledger()
    job_ids = [live_through(ledger), *(submit(ledger) for _ in range(30))]
    after = {job_id: index % 3 for index, job_id in enumerate(job_ids)} | {
        f"nobody's {index}": 0 for index in range(2_000)
    }
    alone = {job_id: ledger.events.read(job_id, after=seq) for job_id, seq in after.items()}
    assert ledger.events.read_many(after) == {job_id: events for job_id, events in alone.items() if events}
    assert ledger.events.read_many({}) == {}
    heads = ledger.events.heads(after)
    assert set(heads) == set(job_ids)
    assert {job_id: head.state for job_id, head in heads.items()} == ledger.jobs.states(job_ids)
    assert (heads[job_ids[0]].seq, heads[job_ids[1]].seq) == (8, 1)


async def test_events_come_while_the_job_lives_and_progress_only_grows(make_ledger, make_feed):
    ledger = make_ledger()
    feed = make_feed(ledger)
    job = running(ledger, tenant="local", weight=2.0)
    run = acquire(ledger, job)
    events = []
    async with asyncio.timeout(30), aclosing(await feed.watch("local", job.job_id, 0, URL)) as watch:
        async for event in watch:
            events.append(event)
            if event.kind == "stage_started":
                ledger.runs.progress({("k", run.fence): 0.2})
            elif event.kind == "progress" and event.progress < 0.45:
                share = 2 * event.progress  # the stage is half of the job
                ledger.runs.progress({("k", run.fence): share + 0.015})  # too little to be told
                await asyncio.sleep(0.05)
                ledger.runs.progress({("k", run.fence): share + 0.2})
            elif event.kind == "progress":
                ledger.runs.finish("k", run.fence, stage_result())
            elif event.kind == "stage_finished":
                complete(ledger, job)
    assert kept(events) == [
        (1, "queued"),
        (2, "started"),
        (3, "stage_started"),
        (4, "stage_finished"),
        (5, "finished"),
    ]
    progress = [(event.seq, round(event.progress, 6)) for event in events if event.kind == "progress"]
    assert progress == [(3, 0.1), (3, 0.2), (3, 0.3), (3, 0.4), (3, 0.5)]


async def test_a_watcher_far_behind_reads_page_by_page_beside_one_that_is_not(make_ledger, make_feed):
    ledger = make_ledger()
    feed = make_feed(ledger)
    job = running(ledger, tenant="local")
    first = asyncio.create_task(told(feed, job.job_id))
    while not feed.watcher_count:
        await asyncio.sleep(0.01)
    for _ in range(5):
        await asyncio.to_thread(pour, ledger, job.job_id, 90, 10)
        second = asyncio.create_task(told(feed, job.job_id))
        await asyncio.to_thread(pour, ledger, job.job_id, 250, 10)
        await asyncio.sleep(0.02)
    complete(ledger, job)
    numbers = [event.seq for event in await first if event.kind != "progress"]
    assert numbers == list(range(1, 2 + 5 * 340 + 2))
    assert kept(await second) == kept(await first)


async def test_a_cursor_beyond_the_last_event_waits_for_the_end(make_ledger, make_feed):
    ledger = make_ledger()
    feed = make_feed(ledger)
    job = running(ledger, tenant="local")
    watch = asyncio.create_task(told(feed, job.job_id, 50))
    await asyncio.sleep(0.1)
    assert not watch.done()
    complete(ledger, job)
    assert kept(await watch) == []


async def test_another_tenants_job_and_one_that_never_was_do_not_exist(make_ledger, make_feed):
    ledger = make_ledger()
    feed, job_id = make_feed(ledger), submit(ledger)
    for tenant, name in (("acme", job_id), ("local", job_id[::-1]), ("local", "x\0"), ("local", "")):
        with pytest.raises(JobMissingError):
            await feed.watch(tenant, name, 0, URL)
    assert feed.watcher_count == 0


async def test_a_job_that_is_deleted_meanwhile_is_said_to_be_gone(make_ledger, make_feed):
    ledger = make_ledger()
    feed, job_id = make_feed(ledger), submit(ledger)
    async with asyncio.timeout(30), aclosing(await feed.watch("local", job_id, 0, URL)) as watch:
        await anext(watch)
        ledger.database.write(lambda connection: connection.execute(jobs.delete()))
        with pytest.raises(JobMissingError, match="deleted"):
            await anext(watch)


async def test_a_feed_that_closes_lets_everybody_go_and_takes_nobody(make_ledger, make_feed):
    ledger = make_ledger()
    feed, job_id = make_feed(ledger), submit(ledger)
    watching = [asyncio.create_task(told(feed, job_id)) for _ in range(3)]
    while feed.watcher_count < 3:
        await asyncio.sleep(0.01)
    feed.close()
    assert [kept(events) for events in await asyncio.gather(*watching)] == 3 * [[(1, "queued")]]
    assert await told(feed, job_id) == []
    assert feed.watcher_count == 0


@pytest.mark.parametrize("patience_s", [30.0, 0.05])
async def test_watchers_wait_through_a_failure_of_the_ledger_for_a_while(patience_s, make_ledger, make_feed):
    ledger = make_ledger()
    feed = make_feed(ledger, patience_s=patience_s)
    job = running(ledger, tenant="local")
    async with asyncio.timeout(30), aclosing(await feed.watch("local", job.job_id, 2, URL)) as watch:
        coming = asyncio.ensure_future(anext(watch))
        await asyncio.sleep(0.05)
        rename(ledger, "jobs", "away")
        await asyncio.sleep(0.2)
        rename(ledger, "away", "jobs")
        complete(ledger, job)
        if patience_s > 1:
            assert (await coming).kind == "finished"
        else:
            with pytest.raises(LedgerError):
                await coming


def rename(ledger, old, new):
    """Let a table go, or come back."""
    ledger.database.write(lambda connection: connection.exec_driver_sql(f"ALTER TABLE {old} RENAME TO {new}"))


# As text


async def streamed(events, heartbeat_s=15.0, until=b"event: finished"):
    """What an EventStream sends before its client goes, which it does when it has read this."""
    sent, gone = [], asyncio.Event()

    async def send(message):
        sent.append(message)
        if until in message.get("body", b"") and until != b"event: finished":
            gone.set()

    async def receive():
        await gone.wait()
        return {"type": "http.disconnect"}

    async with asyncio.timeout(30):
        await EventStream(events, heartbeat_s)({"type": "http"}, receive, send)
    return sent[0], b"".join(message.get("body", b"") for message in sent[1:]).decode()


async def test_a_stream_of_events_is_what_the_html_standard_says(make_ledger, make_feed):
    ledger = make_ledger()
    feed, job_id = make_feed(ledger), live_through(ledger)
    events = await told(feed, job_id, 5)
    head, text = await streamed(await feed.watch("local", job_id, 5, URL))
    assert text == "retry: 1000\n\n" + "".join(
        f"id: {event.seq}\nevent: {event.kind}\ndata: {event.model_dump_json()}\n\n" for event in events
    )
    assert dict(head["headers"]) == {
        b"cache-control": b"no-store",
        b"x-accel-buffering": b"no",
        b"content-type": b"text/event-stream; charset=utf-8",
    }


async def test_a_silent_stream_has_a_heartbeat_and_its_reader_is_forgotten(make_ledger, make_feed):
    ledger = make_ledger()
    feed, job_id = make_feed(ledger), submit(ledger)
    _, text = await streamed(await feed.watch("local", job_id, 0, URL), 0.02, until=b":\n\n")
    assert text.endswith("\n\n:\n\n")
    assert text.count("id: 1\n") == text.count("id: ") == 1
    while feed.watcher_count:
        await asyncio.sleep(0.01)


async def test_progress_has_no_id(make_ledger, make_feed):
    ledger = make_ledger()
    feed = make_feed(ledger)
    job = running(ledger, tenant="local")
    run = acquire(ledger, job)
    ledger.runs.progress({("k", run.fence): 0.5})
    _, text = await streamed(await feed.watch("local", job.job_id, 3, URL), until=b"event: progress")
    assert text.startswith('retry: 1000\n\nevent: progress\ndata: {"seq":3,')
