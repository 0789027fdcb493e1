"""Jobs over HTTP: submitted, listed, read, awaited, cancelled."""

import asyncio
import threading
from datetime import UTC, datetime

import pytest

from serve.contracts.errors import EngineError
from serve.contracts.jobs import problem_of
from serve.contracts.quality import Quality
from serve.contracts.requests import TextTo3dRequest
from serve.contracts.views import JobPage, JobView
from serve.operations import OPERATIONS, TEXT_TO_3D
from tests.http_service import GLB, finish_next

PATH = "/v1/text-to-3d"
LAMP = {"prompt": "a lamp", "seed": 5}
TWO = {"api_keys": "ann:first-key-1,bob:second-key-2"}


@pytest.fixture
def database_kind():
    return "sqlite"


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda row: row.name)
async def test_every_operation_takes_its_example(operation, make_http):
    http = make_http()
    http.grant()
    async with http.client() as client:
        answer = await client.post(operation.path, json=operation.example)
        assert answer.status_code == 202
        job = JobView.model_validate_json(answer.content)
        assert job.operation == operation.name
        assert answer.headers["location"] == f"http://127.0.0.1:8000/v1/jobs/{job.job_id}"
        assert (await client.get(answer.headers["location"])).json() == answer.json()
    assert len(http.nudges) == 1


async def test_a_queued_job_tells_its_place_and_when_it_should_be_ready(make_http):
    async with make_http().client() as client:
        await client.post(PATH, json=LAMP | {"quality": "draft"})
        answer = await client.post(PATH, json=LAMP | {"deadline_s": 60})
    job = JobView.model_validate_json(answer.content)
    assert (job.status, job.queue_position, job.progress, job.attempt) == ("queued", 1, 0, 0)
    both = [TextTo3dRequest(prompt="a lamp", quality=quality) for quality in (Quality.DRAFT, Quality.MEDIUM)]
    assert job.estimated_time == pytest.approx(sum(map(TEXT_TO_3D.estimate_s, both)))
    assert (job.deadline_at - job.created_at).total_seconds() == pytest.approx(60, abs=0.01)
    assert abs((datetime.now(UTC) - job.created_at).total_seconds()) < 60
    assert [job.started_at, job.finished_at, job.download_url, job.result, job.error] == [None] * 5
    assert job.request["seed"] == 5


async def test_a_completed_job_tells_where_everything_is(make_http):
    http = make_http()
    async with http.client(host="localhost:1234") as client:
        posted = await client.post(PATH, json=LAMP)
        job_id, asset = await finish_next(http.service)
        job = JobView.model_validate_json((await client.get(f"/v1/jobs/{job_id}")).content)
        assert posted.json()["job_id"] == job_id
        assert (job.status, job.progress, job.estimated_time, job.attempt) == ("completed", 1, None, 1)
        assert job.created_at <= job.started_at <= job.finished_at
        assert job.download_url == f"http://localhost:1234/v1/assets/{asset.digest}"
        assert job.download_url == job.result.assets["glb"].url
        assert (job.result.seed, job.result.warnings) == (5, ("it is small",))
        assert sorted(job.result.assets) == ["glb", "picture"]
        assert (await client.get(job.download_url)).content == GLB
        assert (await client.get(job.result.manifest.url)).json() == {"of": job_id}


async def test_a_failed_job_tells_why(make_http):
    http = make_http()
    async with http.client() as client:
        await client.post(PATH, json=LAMP)
        [claimed] = http.service.ledger.jobs.claim("test", 30, 1)
        problem = problem_of(EngineError("the engine is out of memory"))
        http.service.ledger.jobs.retry(claimed.job_id, claimed.fence, problem, 0)
        queued = (await client.get(f"/v1/jobs/{claimed.job_id}")).json()
        assert (queued["status"], queued["error"]) == ("queued", None)
        [claimed] = http.service.ledger.jobs.claim("test", 30, 1)
        http.service.ledger.jobs.fail(claimed.job_id, claimed.fence, problem)
        job = JobView.model_validate_json((await client.get(f"/v1/jobs/{claimed.job_id}")).content)
    assert (job.status, job.error, job.attempt) == ("failed", problem, 2)
    assert (job.result, job.download_url, job.estimated_time) == (None, None, None)


async def test_a_retried_post_gives_the_same_job_and_says_so(make_http):
    http = make_http()
    async with http.client() as client:
        headers = {"idempotency-key": "a key"}
        first = await client.post(PATH, json={"prompt": "a lamp"}, headers=headers)
        again = await client.post(PATH, json={"prompt": "a lamp"}, headers=headers)
        assert "idempotency-replayed" not in first.headers
        assert (again.status_code, again.headers["idempotency-replayed"]) == (202, "true")
        assert again.json() == first.json()
        await finish_next(http.service)
        ended = await client.post(PATH, json={"prompt": "a lamp"}, headers=headers)
        assert (ended.status_code, ended.json()["status"]) == (200, "completed")
    assert len(http.nudges) == 1


async def test_lists_are_newest_first_and_read_on_page_by_page(make_http):
    async with make_http().client() as client:
        made = [(await client.post(PATH, json=LAMP)).json()["job_id"] for _ in range(7)]
        seen, after = [], ""
        while True:
            answer = await client.get(f"/v1/jobs?limit=3{after}")
            page = JobPage.model_validate_json(answer.content)
            seen.append([job.job_id for job in page.jobs])
            if page.next is None:
                break
            after = f"&after={page.next}"
    assert [len(ids) for ids in seen] == [3, 3, 1]
    assert [job_id for ids in seen for job_id in ids] == sorted(made, reverse=True)


async def test_lists_filter_by_status_and_operation(make_http):
    http = make_http()
    async with http.client() as client:
        for _ in range(3):
            await client.post(PATH, json=LAMP)
        done, _ = await finish_next(http.service)
        answers = [
            (await client.get(f"/v1/jobs?{query}")).json()["jobs"]
            for query in ("status=completed", "status=queued", "status=failed", "operation=text-to-3d")
        ]
    assert [len(jobs) for jobs in answers] == [1, 2, 0, 3]
    assert answers[0][0]["job_id"] == done


async def test_a_cancel_ends_the_job_once(make_http):
    http = make_http()
    async with http.client() as client:
        job_id = (await client.post(PATH, json=LAMP)).json()["job_id"]
        first = await client.delete(f"/v1/jobs/{job_id}")
        again = await client.delete(f"/v1/jobs/{job_id}")
    job = JobView.model_validate_json(first.content)
    assert (first.status_code, job.status, job.error.code) == (200, "cancelled", "cancelled")
    assert again.json() == first.json()
    assert len(http.nudges) == 3  # the submission and each cancel


async def test_a_cancel_of_an_ended_job_changes_nothing(make_http):
    http = make_http()
    async with http.client() as client:
        await client.post(PATH, json=LAMP)
        job_id, _ = await finish_next(http.service)
        before = (await client.get(f"/v1/jobs/{job_id}")).json()
        answer = await client.delete(f"/v1/jobs/{job_id}")
    assert (answer.status_code, answer.json()) == (200, before)


async def test_another_tenants_job_and_assets_do_not_exist(make_http):
    http = make_http(**TWO)
    async with http.client("first-key-1") as ann, http.client("second-key-2") as bob:
        await ann.post(PATH, json=LAMP)
        job_id, asset = await finish_next(http.service)
        addresses = [f"/v1/jobs/{job_id}", f"/v1/assets/{asset.digest}"]
        assert [(await ann.get(address)).status_code for address in addresses] == [200, 200]
        assert [(await bob.get(address)).status_code for address in addresses] == [404, 404]
        assert (await bob.head(addresses[1])).status_code == 404
        assert (await bob.delete(addresses[0])).status_code == 404
        assert (await bob.get("/v1/jobs")).json() == {"jobs": [], "next": None}
        nobodys = (await bob.get(f"/v1/jobs/{'0' * 26}")).json()
        anns = (await bob.get(addresses[0])).json()
    assert anns["detail"].replace(job_id, "0" * 26) == nobodys["detail"]  # nothing tells one from the other


async def test_waiting_answers_when_the_job_ends(make_http):
    http = make_http()
    async with http.client() as client:
        posted = asyncio.create_task(client.post(PATH, json=LAMP, headers={"prefer": "wait=30"}))
        while not http.nudges:
            await asyncio.sleep(0.01)
        job_id, _ = await finish_next(http.service)
        answer = await posted
        assert (answer.status_code, answer.json()["status"]) == (200, "completed")
        assert answer.headers["preference-applied"] == "wait=30"
        read = await client.get(f"/v1/jobs/{job_id}", headers={"prefer": "respond-async, wait=9"})
        assert (read.status_code, read.headers["preference-applied"]) == (200, "wait=9")


async def test_waiting_ends_with_the_time_and_the_job_is_accepted(make_http):
    async with make_http().client() as client:
        answer = await client.post(PATH, json=LAMP, headers={"prefer": "wait=1"})
        assert (answer.status_code, answer.json()["status"]) == (202, "queued")
        assert answer.headers["preference-applied"] == "wait=1"


async def test_an_accepted_job_is_told_even_if_the_ledger_goes_while_its_client_waits(make_http, tmp_path):
    http = make_http()
    async with http.client() as client:
        posted = asyncio.create_task(client.post(PATH, json=LAMP, headers={"prefer": "wait=60"}))
        while not http.nudges:
            await asyncio.sleep(0.01)
        for file in tmp_path.glob("ledger-*"):
            file.unlink()
        http.service.ledger.database.engine.dispose()
        answer = await posted
    assert (answer.status_code, answer.json()["status"]) == (202, "queued")


@pytest.mark.parametrize(
    "prefer", ["wait", "wait=", "wait=-1", "wait=soon", "wait=1.5", "waiting=5", ",,;", ""]
)
async def test_a_preference_that_is_not_understood_is_ignored(prefer, make_http):
    async with make_http().client() as client:
        answer = await client.post(PATH, json=LAMP, headers={"prefer": prefer})
    assert answer.status_code == 202
    assert "preference-applied" not in answer.headers


async def test_a_job_that_is_cancelled_meanwhile_is_answered_at_once(make_http):
    http = make_http()
    async with http.client() as client:
        job_id = (await client.post(PATH, json=LAMP)).json()["job_id"]
        headers = {"prefer": 'Wait="3600"'}
        reading = [asyncio.create_task(client.get(f"/v1/jobs/{job_id}", headers=headers)) for _ in range(20)]
        await asyncio.sleep(0.1)
        await client.delete(f"/v1/jobs/{job_id}")
        answers = await asyncio.gather(*reading)
    assert {answer.json()["status"] for answer in answers} == {"cancelled"}
    assert {answer.headers["preference-applied"] for answer in answers} == {"wait=60"}


async def test_jobs_can_be_read_while_the_ledger_takes_no_writes(make_http):
    http, begun, end = make_http(), threading.Event(), threading.Event()
    database = http.service.ledger.database

    def hang(connection):
        begun.set()
        end.wait()

    async with http.client() as client:
        job = (await client.post(PATH, json=LAMP)).json()
        hanging = asyncio.create_task(asyncio.to_thread(database.write, hang))
        await asyncio.to_thread(begun.wait)
        posts = [asyncio.create_task(client.post(PATH, json=LAMP)) for _ in range(20)]
        await asyncio.sleep(0.3)  # all of them wait for the ledger now
        try:
            async with asyncio.timeout(20):
                assert (await client.get(f"/v1/jobs/{job['job_id']}")).status_code == 200
            assert not any(post.done() for post in posts)
        finally:
            end.set()
        assert {answer.status_code for answer in await asyncio.gather(*posts)} == {202}
        await hanging
