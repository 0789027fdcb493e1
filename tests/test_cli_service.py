"""The command line asks a service, over either wire: what it prints, and the errors that end it."""

import asyncio
import json
import socket
from functools import partial

import pytest

import galatea_client
from galatea.jobs import cancel_job, list_jobs, show_job
from galatea.making import Order, make_there
from galatea.service import asking
from galatea.watch import watch_job
from galatea_client import DigestMismatchError
from galatea_client.errors import problem
from serve.contracts.errors import (
    ArtifactTamperedError,
    CancelledJobError,
    EngineError,
    GalateaError,
    InvalidRequestError,
    JobMissingError,
    NotReadyError,
    QueueFullError,
    UnauthenticatedError,
)
from serve.operations import TEXT_TO_3D
from tests.client_ways import served
from tests.event_samples import submit
from tests.http_service import GLB, finish_next
from tests.ledger_samples import PROBLEM


@pytest.fixture
def database_kind():
    return "sqlite"


async def told(url, command, *arguments, key=None):
    """Run a command that asks a service, in a thread, as the command line would."""

    def run():
        with asking(url, key) as service:
            command(service, *arguments)

    await asyncio.to_thread(run)


async def test_jobs_are_listed_shown_watched_and_cancelled(make_http, wire, capsys):
    async with served(make_http()) as service:
        url, ledger = service.url(wire), service.http.service.ledger
        await told(url, list_jobs, None, 20)
        assert capsys.readouterr().out == "no jobs\n"
        job_ids = [submit(ledger) for _ in range(3)]
        await told(url, list_jobs, "queued", 2)
        shown = capsys.readouterr().out
        assert [job_id in shown for job_id in job_ids] == [False, True, True]
        await told(url, cancel_job, job_ids[0])
        assert capsys.readouterr().out == f"{job_ids[0]} is cancelled\n"
        await told(url, show_job, job_ids[0])
        view = json.loads(capsys.readouterr().out)
        assert (view["job_id"], view["status"]) == (job_ids[0], "cancelled")
        with pytest.raises(CancelledJobError):
            await told(url, watch_job, job_ids[0])
        lines = [line.partition("  ")[2] for line in capsys.readouterr().out.splitlines()]
        assert lines == ["queued", "cancelled"]


async def test_an_asset_is_made_there_and_lies_here(make_http, wire, tmp_path, capsys):
    async with served(make_http()) as service:
        fields = {"prompt": "a lamp", "quality": "draft", "seed": 7}
        order = Order(TEXT_TO_3D, fields, "a-lamp", tmp_path / "out")
        making = asyncio.create_task(asyncio.to_thread(make_there, order, service.url(wire), None))
        while not service.http.nudges:
            await asyncio.sleep(0.01)
        await finish_next(service.http.service)
        await making
        assert (tmp_path / "out/a-lamp.glb").read_bytes() == GLB
        assert len(list((tmp_path / "out").iterdir())) == 3
        assert "with seed 7" in capsys.readouterr().out


async def test_what_the_service_says_ends_the_program_with_its_own_code(make_http, wire):
    async with served(make_http(max_queued=1, api_keys="ann:first-key-1")) as service:
        url, ledger = service.url(wire), service.http.service.ledger
        ask = partial(told, url, key="first-key-1")
        for command, arguments, kind, exit_code in [
            (show_job, ["0" * 26], JobMissingError, 66),
            (watch_job, ["nonsense"], JobMissingError, 66),
            (list_jobs, ["asleep", 20], InvalidRequestError, 64),
        ]:
            with pytest.raises(kind) as caught:
                await ask(command, *arguments)
            assert (type(caught.value), caught.value.exit_code) == (kind, exit_code)
        with pytest.raises(UnauthenticatedError):
            await told(url, list_jobs, None, 1)

        async def post():
            await ask(lambda client: client.text_to_3d(prompt="a lamp"))

        await post()
        with pytest.raises(QueueFullError) as caught:
            await post()  # who sits there wants to know now
        assert caught.value.retry_after_s >= 1
        [job] = ledger.jobs.claim("o", 60.0, 1)
        ledger.jobs.fail(job.job_id, job.fence, PROBLEM)
        with pytest.raises(EngineError, match=PROBLEM.detail):
            await ask(watch_job, job.job_id)


async def test_who_does_not_answer_is_said_at_once_and_what_to_do(wire):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"{wire}://127.0.0.1:{taken.getsockname()[1]}"
    with pytest.raises(NotReadyError) as caught:
        await told(url, list_jobs, None, 1)
    assert caught.value.message.startswith(f"nothing answers at {url} (")
    assert caught.value.message.endswith("); start it with `galatea run`, or correct --url")


@pytest.mark.parametrize("url", ["nonsense", "ftp://localhost", "http://"])
def test_an_address_that_is_none_is_said(url):
    with pytest.raises(NotReadyError, match="correct --url"), asking(url):
        pass


def test_errors_of_the_client_alone_are_ours_too():
    with pytest.raises(ArtifactTamperedError, match="other bytes"), asking("http://localhost:1"):
        raise DigestMismatchError(problem("digest_mismatch", "other bytes came"))
    with pytest.raises(GalateaError, match="cannot be read") as caught, asking("http://localhost:1"):
        raise galatea_client.GalateaError(problem("unreadable_answer", "the answer cannot be read"))
    assert caught.value.exit_code == 70
