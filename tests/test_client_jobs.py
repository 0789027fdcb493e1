"""The Python client and jobs: submit, wait, list, cancel, and every error, four ways."""

import asyncio
import signal
import socket
import subprocess
import sys
from functools import partial
from itertools import product

import numpy as np
import pytest

from galatea_client import (
    AsyncGalatea,
    ConflictError,
    DeadlineExceededError,
    Galatea,
    InvalidRequestError,
    JobCancelledError,
    JobFailedError,
    JobState,
    NotFoundError,
    QueueFullError,
    Retries,
    UnauthorizedError,
    UnreachableError,
    WaitTimeoutError,
)
from serve.contracts.errors import DeadlineExceededError as Deadline
from serve.contracts.jobs import problem_of
from serve.telemetry.metrics import GRPC_CALLS, HTTP_REQUESTS
from tests.client_ways import KINDS, QUICK, WIRES, CuttingProxy, ask, clients, served
from tests.event_samples import submit
from tests.http_service import GLB, finish_next
from tests.ledger_samples import PROBLEM

LAMP = {"prompt": "a lamp", "quality": "draft", "seed": 7}


@pytest.fixture
def database_kind():
    return "sqlite"


async def test_a_job_is_submitted_waited_for_and_told_of_as_it_goes(make_http, make_client, wire):
    async with served(make_http()) as service:
        client, told = make_client(service.url(wire)), []
        job = await ask(client, "text_to_3d", **LAMP)
        assert (job.status, job.operation, job.request["seed"]) == (JobState.QUEUED, "text-to-3d", 7)
        assert not job.ended
        waiting = asyncio.create_task(ask(client, "wait", job, on_progress=told.append))
        while not told:
            await asyncio.sleep(0.01)
        await finish_next(service.http.service)
        done = await waiting
        assert (done.job_id, done.status, done.ended) == (job.job_id, "completed", True)
        assert (done.result.warnings, done.result.report[0].stage) == (("it is small",), "export")
        assert set(done.result.assets) == {"glb", "picture"}
        assert (done.main, done.main.bytes) == (done.result.assets["glb"], len(GLB))
        assert {now.job_id for now in told} == {job.job_id}
        assert await ask(client, "wait", done.job_id) == done
        assert await ask(client, "job", job.job_id) == await ask(client, "cancel", job)


async def test_a_job_that_fails_raises_its_own_error(make_http, make_client, wire):
    async with served(make_http()) as service:
        client, ledger = make_client(service.url(wire)), service.http.service.ledger
        deadline = problem_of(Deadline("the job's deadline has passed; give it more time"))
        for told, kind, code in [
            (PROBLEM, JobFailedError, PROBLEM.code),
            (deadline, DeadlineExceededError, "deadline_exceeded"),
        ]:
            job = await ask(client, "text_to_3d", **LAMP)
            [claimed] = ledger.jobs.claim("o", 60.0, 1)
            ledger.jobs.fail(claimed.job_id, claimed.fence, told)
            with pytest.raises(JobFailedError) as caught:
                await ask(client, "wait", job)
            assert (type(caught.value), caught.value.code, str(caught.value)) == (kind, code, told.detail)
            assert caught.value.job_id == job.job_id
            assert caught.value.job.status == "failed"


async def test_a_cancelled_job_raises_where_it_is_waited_for(make_http, make_client, wire):
    async with served(make_http()) as service:
        client = make_client(service.url(wire))
        job = await ask(client, "text_to_3d", **LAMP)
        waiting = asyncio.create_task(ask(client, "wait", job))
        cancelled = await ask(client, "cancel", job)
        assert (cancelled.status, cancelled.ended) == (JobState.CANCELLED, True)
        with pytest.raises(JobCancelledError, match="cancelled"):
            await waiting


async def test_leaving_a_wait_by_its_timeout_cancels_nothing(make_http, make_client, wire):
    async with served(make_http()) as service:
        client = make_client(service.url(wire))
        job = await ask(client, "text_to_3d", **LAMP)
        for timeout_s in (0.0, 0.2):
            with pytest.raises(WaitTimeoutError, match="it goes on") as caught:
                await ask(client, "wait", job, timeout_s=timeout_s)
            assert isinstance(caught.value, TimeoutError)
            assert caught.value.job_id == job.job_id
        assert (await ask(client, "job", job.job_id)).status == "queued"


async def test_leaving_a_wait_by_an_interrupt_or_a_cancelled_task_cancels_nothing(make_http, wire):
    async with served(make_http()) as service, AsyncGalatea(service.url(wire)) as client:
        job = await client.text_to_3d(**LAMP)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.wait(job), 0.2)
        lines = (
            "from galatea_client import Galatea",
            f"galatea = Galatea({service.url(wire)!r})",
            "print(galatea.job(" + repr(job.job_id) + ").status, flush=True)",
            "galatea.wait(" + repr(job.job_id) + ")",
        )
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", "\n".join(lines), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert await process.stdout.readline() == b"queued\n"
        await asyncio.sleep(0.2)
        process.send_signal(signal.SIGINT)
        _, err = await process.communicate()
        assert b"KeyboardInterrupt" in err
        assert (await client.job(job.job_id)).status == "queued"


async def test_threads_and_tasks_share_one_client(make_http, wire):
    async with served(make_http()) as service, AsyncGalatea(service.url(wire)) as of_tasks:
        with Galatea(service.url(wire)) as of_threads:
            asking = [
                ask(client, "text_to_3d", **LAMP) for client in (of_tasks, of_threads) for _ in range(20)
            ]
            assert len({job.job_id for job in await asyncio.gather(*asking)}) == 40


async def test_pages_are_turned_until_the_end_or_the_limit(make_http):
    async with served(make_http()) as service:
        ledger = service.http.service.ledger
        job_ids = [submit(ledger) for _ in range(203)]
        ledger.jobs.cancel("local", job_ids[0])
        for kind, wire in product(KINDS, WIRES):
            async for make in clients(kind):
                found = partial(listed, make(service.url(wire)))
                assert await found() == job_ids[::-1]
                assert await found(limit=201) == job_ids[:1:-1]
                assert await found(status="cancelled") == job_ids[:1]
                assert await found(operation="text-to-3d", limit=3) == job_ids[:-4:-1]
                assert await found(limit=0) == []
                assert await found(status="failed") == []


async def listed(client, **where):
    return [job.job_id for job in await ask(client, "jobs", **where)]


async def test_an_answer_that_was_lost_makes_no_second_job(make_http, make_client, wire):
    async with served(make_http()) as service:
        before = submission_count()
        # In the answer's head: over gRPC what comes before, HTTP/2's own, is of about this length.
        answer_bytes = [10, 50, 99] if wire == "http" else [70, 100, 130]
        proxy = CuttingProxy(service.ports[wire], np.random.default_rng(1), answer_bytes)
        async with proxy.listening() as port:
            client = make_client(service.url(wire, port))
            job = await ask(client, "text_to_3d", **LAMP)
            assert proxy.cut_count == 3
            assert submission_count() - before >= 2
            assert [found.job_id for found in await ask(client, "jobs")] == [job.job_id]


def submission_count():
    """How many submissions have reached the service of this process."""
    grpc = sum(child._value.get() for labels, child in GRPC_CALLS._metrics.items() if labels[0] == "TextTo3d")
    routes = HTTP_REQUESTS._metrics.items()
    return grpc + sum(child._value.get() for labels, child in routes if labels[0] == "/v1/text-to-3d")


async def test_a_key_of_ones_own_is_the_same_job_for_ever(make_http, make_client, wire):
    async with served(make_http()) as service:
        client = make_client(service.url(wire))
        jobs = [await ask(client, "text_to_3d", idempotency_key="order 17", **LAMP) for _ in range(2)]
        assert jobs[0].job_id == jobs[1].job_id
        assert jobs[0].job_id != (await ask(client, "text_to_3d", **LAMP)).job_id
        with pytest.raises(ConflictError) as caught:
            await ask(client, "text_to_3d", idempotency_key="order 17", prompt="a mug")
        assert (caught.value.status, caught.value.code) == (409, "idempotency_conflict")
        with pytest.raises(InvalidRequestError, match="idempotency_key"):
            await ask(client, "text_to_3d", idempotency_key="order\n17", **LAMP)


@pytest.mark.parametrize(("make_client", "wire"), [("threads", "http"), ("loop", "grpc")], indirect=True)
async def test_a_full_queue_is_waited_for_and_then_told(make_http, make_client, wire):
    async with served(make_http(max_queued=1)) as service:
        client = make_client(service.url(wire), retries=Retries(attempt_count=1))
        first = await ask(client, "text_to_3d", **LAMP)
        with pytest.raises(QueueFullError) as caught:
            await ask(client, "text_to_3d", **LAMP)
        assert (caught.value.status, caught.value.retryable) == (429, True)
        assert caught.value.retry_after_s >= 1
        assert caught.value.predicted_start_s > 0
        patient = make_client(service.url(wire))
        asking = asyncio.create_task(ask(patient, "text_to_3d", **LAMP))
        await asyncio.sleep(0.2)
        await ask(client, "cancel", first)
        assert (await asking).status == "queued"


async def test_each_refusal_has_its_class(make_http, make_client, wire):
    async with served(make_http(api_keys="ann:first-key-1,bob:second-key-2")) as service:
        ann = make_client(service.url(wire), "first-key-1")
        bob = make_client(service.url(wire), "second-key-2")
        job = await ask(ann, "text_to_3d", **LAMP)
        for asking, kind, code, field in [
            (
                partial(ask, make_client(service.url(wire)), "models"),
                UnauthorizedError,
                "unauthenticated",
                None,
            ),
            (partial(ask, bob, "job", job.job_id), NotFoundError, "job_missing", None),
            (partial(ask, bob, "cancel", job), NotFoundError, "job_missing", None),
            (partial(ask, bob, "events", job), NotFoundError, "job_missing", None),
            (partial(ask, bob, "read", "a" * 64), NotFoundError, "artifact_missing", None),
            (partial(ask, bob, "job", "nonsense"), NotFoundError, "job_missing", None),
            (partial(ask, bob, "submit", "text-to-fish", {}), NotFoundError, "route_missing", None),
            (partial(ask, bob, "text_to_3d", prompt=""), InvalidRequestError, "invalid_request", "prompt"),
            (partial(ask, bob, "text_to_3d", prompt="x", quality="best"), *INVALID, "quality"),
            (partial(ask, bob, "text_to_3d", prompt="x", seed=-2), *INVALID, "seed"),
            (partial(ask, bob, "text_to_3d", prompt="x", seed="x"), *INVALID, "seed"),
            (partial(ask, bob, "text_to_3d", prompt="x", fish=1), *INVALID, "fish"),
            (partial(ask, bob, "text_to_3d", prompt="x" * 2000), *INVALID, "prompt"),
            (partial(ask, bob, "jobs", status="asleep"), *INVALID, "status"),
        ]:
            with pytest.raises(kind) as caught:
                await asking()
            error = caught.value
            assert (type(error), error.code, error.field, error.retryable) == (kind, code, field, False)
            assert error.detail == str(error)
            assert 400 <= error.status < 500


INVALID = (InvalidRequestError, "invalid_request")


async def test_what_no_wire_can_say_is_the_callers_error(make_http, make_client, wire):
    async with served(make_http()) as service:
        client = make_client(service.url(wire))
        for fields in ({"guidance_scale": float("nan")}, {"prompt": "\ud800"}, {"seed": 2**2000}):
            with pytest.raises(InvalidRequestError):
                await ask(client, "text_to_3d", **(LAMP | fields))


async def test_nobody_there_is_said_with_the_address(make_client, wire):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    for retries in (QUICK, Retries(refused=False)):
        client = make_client(f"{wire}://127.0.0.1:{port}", retries=retries)
        with pytest.raises(UnreachableError, match=f"{wire}://127.0.0.1:{port}") as caught:
            await ask(client, "models")
        assert (caught.value.refused, caught.value.status, caught.value.retryable) == (True, 0, True)


async def test_a_service_that_is_silent_is_given_up(make_client, wire):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"{wire}://127.0.0.1:{silent.getsockname()[1]}"
        client = make_client(url, timeout_s=0.2, retries=Retries(attempt_count=2, first_pause_s=0.01))
        with pytest.raises(UnreachableError):
            await ask(client, "models")


async def test_somebody_else_at_the_address_is_noticed(make_client, wire):
    async def serve(reader, writer):
        await reader.read(1000)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello")
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        url = f"{wire}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(Exception, match=r"is that Galatea|nothing answers") as caught:
            await ask(make_client(url), "models")
        assert caught.value.code in ("unreadable_answer", "unreachable")


async def test_the_models_are_listed(make_http, make_client, wire):
    async with served(make_http()) as service:
        models = {model.name: model for model in await ask(make_client(service.url(wire)), "models")}
        assert models["parts_flow"].digest == "a" * 64
        assert "lamp" in models["prompt_domain"].categories
        assert models["minilm_text"].inputs[0].shape
