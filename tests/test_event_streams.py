"""Streams of events over real connections: slow readers, vanished ones, and two hundred that come and go."""

import asyncio
import socket
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from galatea.service import asking
from galatea.watch import watch_job
from serve.contracts.errors import EngineError, JobMissingError
from serve.contracts.events import JobFinished
from tests.event_samples import complete, connected, live, pour, read_events, request_of, submit
from tests.http_service import listening
from tests.ledger_samples import PROBLEM, acquire, stage_result

WATCHER_COUNT, JOB_COUNT, THREAD_COUNT = 200, 50, 2


@pytest.fixture
def database_kind(request):
    return getattr(request, "param", "sqlite")


async def until(condition):
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.01)


async def numbers(port, job_id, after=0):
    """Numbers of the kept events that one connection tells, to its end."""
    async with asyncio.timeout(60), connected(port, job_id, after) as (reader, _):
        told = [event async for event in read_events(reader)]
    assert told[-1].kind == "finished"
    return [event.seq for event in told if event.kind != "progress"]


async def watch_by_fits(port, job_id, rng):
    """Read a few events, cut the connection, come again; what was read in all, and how often it came."""
    found, connection_count = [], 0
    while not (found and isinstance(found[-1], JobFinished)):
        connection_count += 1
        wanted = int(rng.integers(0, 5))
        async with connected(port, job_id, found[-1].seq if found else 0) as (reader, _):
            await asyncio.sleep(float(rng.uniform(0, 0.3)))
            if wanted == 0:
                continue
            async for event in read_events(reader):
                if event.kind != "progress":
                    found.append(event)
                wanted -= 1
                if wanted == 0:
                    break
    return found, connection_count


@pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"], indirect=True)
async def test_200_watchers_that_come_and_go_miss_nothing_and_see_nothing_twice(make_http):
    http = make_http()
    ledger, feed = http.service.ledger, http.app.state.backstage.feed
    job_ids = [submit(ledger) for _ in range(JOB_COUNT)]
    async with listening(http.app) as port, asyncio.timeout(60):
        watching = [
            asyncio.create_task(watch_by_fits(port, job_ids[i % JOB_COUNT], np.random.default_rng([4, i])))
            for i in range(WATCHER_COUNT)
        ]
        with ThreadPoolExecutor(THREAD_COUNT) as pool:
            living = [
                asyncio.get_running_loop().run_in_executor(
                    pool, live, ledger, JOB_COUNT // THREAD_COUNT, np.random.default_rng([5, i])
                )
                for i in range(THREAD_COUNT)
            ]
            await asyncio.gather(*living)
        watched = await asyncio.gather(*watching)
        await until(lambda: feed.watcher_count == 0)
    for i, (found, _) in enumerate(watched):
        truth = ledger.events.read(job_ids[i % JOB_COUNT])
        assert [(event.seq, event.kind) for event in found] == [(event.seq, event.kind) for event in truth]
        assert [event.seq for event in truth] == list(range(1, len(truth) + 1))
    assert sum(count for _, count in watched) > 2 * WATCHER_COUNT


async def test_a_reader_that_does_not_read_costs_no_memory_and_nobody_anything(make_http):
    http = make_http()
    ledger, feed = http.service.ledger, http.app.state.backstage.feed
    job_id = submit(ledger)
    [job] = ledger.jobs.claim("o", 60.0, 1)
    async with listening(http.app) as port:
        with socket.socket() as lazy:
            lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            lazy.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(lazy, ("127.0.0.1", port))
            await loop.sock_sendall(lazy, request_of(job_id, 0))
            await until(lambda: feed.watcher_count == 1)
            other = asyncio.create_task(numbers(port, job_id))
            tracemalloc.start()
            for _ in range(50):
                await asyncio.to_thread(pour, ledger, job_id, 20, 20_000)
            complete(ledger, job)
            assert await other == list(range(1, 1004))
            size, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            assert feed.watcher_count == 1  # it is still there, and 20 MB went by
            assert (size, peak) < (5_000_000, 12_000_000)
            reader, writer = await asyncio.open_connection(sock=lazy, limit=100_000)
            seqs = [event.seq async for event in read_events(reader)]
            writer.close()
    assert [seq for seq in seqs if seq > 2] == list(range(3, 1004))


async def test_vanished_readers_are_forgotten(make_http):
    http = make_http()
    feed, job_id = http.app.state.backstage.feed, submit(http.service.ledger)
    async with listening(http.app) as port:
        for _ in range(20):
            async with connected(port, job_id) as (reader, _):
                await anext(read_events(reader))
                assert feed.watcher_count >= 1
        await until(lambda: feed.watcher_count == 0)


async def test_those_who_watch_do_not_hold_up_the_stop(make_http):
    http = make_http()
    job_id = submit(http.service.ledger)
    async with listening(http.app) as port, connected(port, job_id) as (reader, _):
        told = read_events(reader)
        assert (await anext(told)).kind == "queued"
        http.app.state.backstage.let_go()
        assert [event async for event in told] == []


async def test_what_cannot_be_watched_is_a_problem_before_the_stream(make_http):
    http = make_http(api_keys="acme:secret-key-1,local:other-key-2")
    job_id = submit(http.service.ledger)
    path = f"/v1/jobs/{job_id}/events"
    async with http.client("other-key-2") as client:
        for headers, query, status, code in (
            ({"authorization": "Bearer nobody"}, "", 401, "unauthenticated"),
            ({"authorization": "Bearer secret-key-1"}, "", 404, "job_missing"),
            ({"last-event-id": "x"}, "", 422, "invalid_request"),
            ({"last-event-id": "-1"}, "", 422, "invalid_request"),
            ({"last-event-id": ""}, "", 422, "invalid_request"),
            ({"last-event-id": "2147483648"}, "", 422, "invalid_request"),
            ({}, "?after=-1", 422, "invalid_request"),
            ({}, "?after=2147483648", 422, "invalid_request"),
            ({}, "?before=1", 422, "invalid_request"),
        ):
            answer = await client.get(path + query, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (status, code), (headers, query)
            assert answer.headers["content-type"] == "application/problem+json"
        http.service.ledger.jobs.cancel("local", job_id)
        told = (await client.get(f"{path}?after=1")).text
        assert (told.count("data: "), told.count("event: finished")) == (1, 1)
        assert (await client.get(f"{path}?after=1", headers={"last-event-id": "0"})).text.count("data: ") == 2


# The command line


@pytest.fixture
async def make_flaky():
    """Each call gives the port of a proxy that cuts its connections after so many bytes of their answers."""
    servers = []

    async def make(port, *byte_counts):
        limits = iter(byte_counts)

        async def relay(reader, writer):
            upstream, request = await asyncio.open_connection("127.0.0.1", port)
            request.write(await reader.readuntil(b"\r\n\r\n"))
            left = next(limits)
            while left > 0 and (data := await upstream.read(left)):
                writer.write(data)
                left -= len(data)
            await writer.drain()
            request.transport.abort()
            writer.close()

        servers.append(await asyncio.start_server(relay, "127.0.0.1", 0))
        return servers[-1].sockets[0].getsockname()[1]

    yield make
    for server in servers:
        server.close()
        await server.wait_closed()


async def test_the_command_line_follows_a_job_through_lost_connections(make_http, make_flaky, capsys):
    http = make_http()
    ledger = http.service.ledger
    job_id = submit(ledger)
    [job] = ledger.jobs.claim("o", 60.0, 1)
    run = acquire(ledger, job, call="denoise")

    def watch(port, name):
        with asking(f"http://127.0.0.1:{port}") as service:
            watch_job(service, name)

    async with listening(http.app) as port:
        flaky = await make_flaky(port, 600, 500, 800, 100_000)
        watching = asyncio.create_task(asyncio.to_thread(watch, flaky, job_id))
        await asyncio.sleep(0.5)
        ledger.runs.finish("k", run.fence, stage_result())
        ledger.jobs.fail(job_id, job.fence, PROBLEM)
        with pytest.raises(EngineError, match=PROBLEM.detail):
            await watching
        with pytest.raises(JobMissingError):
            await asyncio.to_thread(watch, port, job_id[::-1])
    lines = [line.partition("  ")[2] for line in capsys.readouterr().out.splitlines()]
    assert [line for line in lines if not line.endswith("%")] == [
        "queued",
        "started",
        "denoise began",
        "denoise is there",
        "failed",
    ]


async def test_the_description_tells_of_the_stream(make_http):
    http = make_http()
    async with http.client() as client:
        document = (await client.get("/openapi.json")).json()
    answers = document["paths"]["/v1/jobs/{job_id}/events"]["get"]["responses"]
    assert list(answers["200"]["content"]) == ["text/event-stream"]
    assert {"JobEvent", "JobFinished", "StagePreview"} <= set(document["components"]["schemas"])
