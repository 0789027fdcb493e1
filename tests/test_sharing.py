"""Equal work is done once, whoever asks and however many serve; a cancelled job takes nobody's with it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count, cycle, islice
from pathlib import Path

import httpx
import numpy as np
import pytest
import sqlalchemy as sa

from serve.contracts.quality import Quality
from serve.ledger import Ledger
from serve.ledger.schema import stage_interest
from tests.ledger_samples import at_once
from tests.served import (
    BEGAN,
    CALLED,
    DONE,
    FAILED,
    Row,
    Served,
    Tail,
    calls_of,
    services_by_database,
    several,
    until,
)

JOB_COUNT = 64
RUNS = Counter(calls_of(Quality.MEDIUM).values())
CLIENT_COUNT = 4
CANCEL_COUNT = 20
DELAYS_S = np.linspace(0.0, 0.19, CANCEL_COUNT)  # 16 steps take about 0.2 s

_seeds = count(1)


@pytest.fixture(scope="module")
def services(request: pytest.FixtureRequest) -> Iterator[Callable[[str], Served]]:
    """Each call gives the one service of this module that runs on this kind of database."""
    with services_by_database(request, log_level="debug") as service:
        yield service


@pytest.fixture
def served(services: Callable[[str], Served], database_kind: str) -> Served:
    """The service of the module on this database."""
    return services(database_kind)


def post_many(url: str, job_count: int, seed: int) -> list[str]:
    """Post equal requests, all at once; the ids of their jobs."""
    body = {"prompt": "a tall red lamp with a blue stand", "quality": "medium", "seed": seed}
    with httpx.Client(base_url=url, timeout=60) as client, ThreadPoolExecutor(job_count) as pool:
        answers = list(pool.map(lambda _: client.post("/v1/text-to-3d", json=body), range(job_count)))
    return [answer.raise_for_status().json()["job_id"] for answer in answers]


def test_64_equal_requests_of_4_processes_begin_each_stage_once(served: Served):
    with served.tail() as tail:
        arguments = [(served.url, JOB_COUNT // CLIENT_COUNT, next(_seeds))] * CLIENT_COUNT
        job_ids = [job_id for of_process in at_once(post_many, arguments) for job_id in of_process]
        views = [served.wait(job_id) for job_id in job_ids]
        begun = Counter(row.stage for row in tail.new() if row.message == BEGAN)
    assert len(set(job_ids)) == JOB_COUNT
    assert {view["status"] for view in views} == {"completed"}
    assert len({view["download_url"] for view in views}) == 1
    assert served.download(views[0])[:4] == b"glTF"
    assert begun == RUNS


@pytest.mark.parametrize("database_kind", [pytest.param("sqlite", marks=pytest.mark.full), "postgresql"])
def test_4_orchestrators_on_one_ledger_begin_each_stage_once(
    make_database_url: Callable[[], str], tmp_path: Path
):
    with several(4, database_url=make_database_url(), store_url=str(tmp_path / "store")) as services:
        share = JOB_COUNT // len(services)
        posted = at_once(post_many, [(service.url, share, 1) for service in services])
        views = [services[0].wait(job_id) for of_service in posted for job_id in of_service]
        assert {view["status"] for view in views} == {"completed"}
        assert len({view["download_url"] for view in views}) == 1
        assert services[-1].download(views[0])[:4] == b"glTF"
        begun = Counter(row.stage for each in services for row in each.rows() if row.message == BEGAN)
        assert begun == RUNS
        assert until(lambda: sum(map(ended_count, services)) == JOB_COUNT)
        assert sum(ended_count(service) > 0 for service in services) >= 2, (
            "one orchestrator did it all: nothing was shared"
        )


def ended_count(served: Served) -> int:
    """Jobs that the service's own orchestrator completed, by its metrics."""
    lines = served.client.get("/metrics").text.splitlines()
    counted = [line for line in lines if line.startswith("galatea_jobs_ended_total{") and "completed" in line]
    return sum(int(float(line.rpartition(" ")[2])) for line in counted)


def is_end(row: Row, stage: str) -> bool:
    return row.message in (DONE, FAILED) and row.stage == stage


def cancel(served: Served, job_id: str) -> str:
    """The state of the job when the answer came."""
    return str(served.client.delete(f"/v1/jobs/{job_id}").raise_for_status().json()["status"])


def cancel_elsewhere(served: Served, job_id: str) -> str:
    """As another service on the same ledger does: nobody nudges the one that runs the job."""
    with served.ledger() as ledger:
        return ledger.jobs.cancel("local", job_id).state


Cancel = Callable[[Served, str], str]


def cancelled_in_mid_denoise(served: Served, tail: Tail, how: Cancel, delay_s: float) -> bool:
    """Cancel a job of 16 steps that long after the first, and count the calls; whether it still denoised."""
    seed = next(_seeds)
    job_id = served.submit(quality="ultra", prompt=f"a tall red lamp, the {seed}. of many", seed=seed)
    before = tail.until(lambda row: (row.message, row.stage, row.job_id) == (CALLED, "denoise", job_id))
    time.sleep(delay_s)
    state = how(served, job_id)
    before += tail.new()
    assert state == "cancelled"
    if any(is_end(row, "denoise") and row.job_id == job_id for row in before):
        return False
    after = tail.until(lambda row: is_end(row, "denoise"))
    called = [row for row in after if row.message == CALLED]
    assert len(called) <= 1, called
    assert served.view(job_id)["status"] == "cancelled"
    return True


@pytest.mark.parametrize("how", [cancel, cancel_elsewhere])
def test_at_most_one_engine_call_begins_after_a_cancel(served: Served, how: Cancel):
    with served.tail() as tail:
        tries = (
            cancelled_in_mid_denoise(served, tail, how, delay_s)
            for delay_s in islice(cycle(DELAYS_S), 3 * CANCEL_COUNT)
        )
        hits = list(islice((hit for hit in tries if hit), CANCEL_COUNT))
    assert len(hits) == CANCEL_COUNT, "too few were cancelled in time"
    begun = Counter(row.key for row in served.rows() if (row.message, row.stage) == (BEGAN, "denoise"))
    assert set(begun.values()) == {1}


def waiting_count(ledger: Ledger, key: str) -> int:
    query = sa.select(sa.func.count()).where(stage_interest.c.key == key)
    return int(ledger.database.read(lambda connection: connection.execute(query).scalar_one()))


def cancel_who_began(served: Served, stage: str) -> tuple[bool, list[Row]]:
    """Of two equal jobs cancel the one whose run it is; whether the stage still ran, and its beginnings."""
    seed = next(_seeds)
    fields = {"quality": "medium", "prompt": f"a tall red lamp, the {seed}. of many", "seed": seed}
    with served.tail() as tail, served.ledger() as ledger:
        both = {served.submit(**fields), served.submit(**fields)}
        rows = tail.until(lambda row: (row.message, row.stage) == (BEGAN, stage))
        run = next(row for row in rows if (row.message, row.stage) == (BEGAN, stage))
        assert until(lambda: waiting_count(ledger, run.key) == 2)
        state = cancel(served, run.job_id)
        rows += tail.new()
        [other] = both - {run.job_id}
        view = served.wait(other)
        assert (state, view["status"]) == ("cancelled", "completed")
        in_time = not any(is_end(row, stage) for row in rows)
        begun = [row for row in rows + tail.new() if (row.message, row.key) == (BEGAN, run.key)]
        return in_time, begun


@pytest.mark.parametrize("stage", ["denoise", "render"])
def test_a_stage_shared_with_a_live_job_goes_on(served: Served, stage: str):
    for _ in range(12):
        in_time, begun = cancel_who_began(served, stage)
        assert len(begun) == 1, begun
        if in_time:
            return
    raise AssertionError(f"{stage} had always ended before the cancel")
