"""The service on Ray Serve: the same assets, and the same promises when its parts die."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import count

import numpy as np
import pytest
import sqlalchemy as sa

from serve.contracts.requests import TextTo3dRequest
from serve.ledger.schema import jobs
from tests.collector import Collector, running_collector
from tests.on_ray import config_with, on_ray, replicas
from tests.parts import require, tell_version
from tests.postgres import HOW, find_program
from tests.served import BEGAN, CALLED, DONE, FAILED, Served, ran_again, until

pytestmark = [pytest.mark.xdist_group("ray"), pytest.mark.timeout(600)]

DEPLOYMENTS = ("ingress", "orchestrator", "stages-engine", "stages-compute")
_seeds = count(1)


def require_parts() -> None:
    require("postgresql", find_program("initdb") is not None, HOW)
    require("ray", True, "it is a dependency")
    tell_version("ray", version("ray"))


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with running_collector() as running:
        yield running


@pytest.fixture(scope="module")
def cluster(request: pytest.FixtureRequest) -> Iterator[Served]:
    url = request.getfixturevalue("postgres").new_url()
    folder = request.getfixturevalue("tmp_path_factory").mktemp("config")
    two = {"num_replicas": 2}
    config = config_with(folder / "two.yaml", orchestrator=two, ingress=two)
    collector = request.getfixturevalue("collector")
    with on_ray(url, config=config, log_level="debug", otlp_endpoint=collector.url) as served:
        yield served


@pytest.fixture
def served(cluster: Served) -> Served:
    """The service of this module, ready for the next blow."""
    require_parts()
    cluster.until_ready()
    assert until(lambda: all(replicas(cluster, name) for name in DEPLOYMENTS))
    return cluster


async def test_an_asset_has_the_bytes_that_one_process_gives_it(served, make_local):
    job = served.wait(served.submit(prompt="a small red chair", seed=11))
    local = await make_local()
    result = await local.text_to_3d(TextTo3dRequest(prompt="a small red chair", quality="draft", seed=11))
    assert job["result"]["assets"]["glb"]["digest"] == result.assets["glb"].digest
    assert job["result"]["assets"]["picture"]["digest"] == result.assets["picture"].digest
    served.download(job)


def test_every_part_is_told_by_readiness_and_models(served):
    ready = served.client.get("/readyz").json()
    assert ready["parts"] == dict.fromkeys(["ledger", "store", "stages-compute", "stages-engine"])
    models = {model["name"]: model["digest"] for model in served.client.get("/v1/models").json()["models"]}
    assert set(models) == {"minilm_text", "parts_flow", "prompt_domain"}
    assert all(models.values())


def test_a_clients_trace_goes_on_through_every_process(served, collector):
    trace_id, parent_id = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    answer = served.client.post(
        "/v1/text-to-3d",
        json={"prompt": "a traced table", "quality": "draft", "seed": next(_seeds)},
        headers={"traceparent": f"00-{trace_id}-{parent_id}-01"},
    )
    assert served.wait(answer.json()["job_id"])["status"] == "completed"
    chain = ("submit text-to-3d", "job text-to-3d", "stage denoise", "run denoise")
    assert until(lambda: set(chain) <= set(collector.spans(trace_id))), collector.spans(trace_id).keys()
    spans = [collector.spans(trace_id)[name] for name in chain]
    assert [span.parent_span_id.hex() for span in spans] == [
        parent_id,
        *(span.span_id.hex() for span in spans[:-1]),
    ]


def test_after_a_cancel_at_most_one_engine_call_begins(served):
    for _ in range(12):
        assert calls_after_a_cancel(served) <= 1


def calls_after_a_cancel(served: Served) -> int:
    """Engine calls that begin for a job after its cancel was answered, up to the end of its stage."""
    job_id = served.submit(quality="ultra", seed=next(_seeds))
    with served.tail() as tail:
        tail.until(lambda row: (row.message, row.job_id, row.stage) == (CALLED, job_id, "denoise"))
    assert served.client.delete(f"/v1/jobs/{job_id}").json()["status"] == "cancelled"
    answered_at = datetime.now(UTC)
    assert until(lambda: served.saw_end(job_id, "denoise"))
    calls = [row for row in served.rows() if (row.message, row.job_id) == (CALLED, job_id)]
    return sum(row.at > answered_at for row in calls)


@pytest.mark.parametrize("job_count", [12, pytest.param(100, marks=pytest.mark.full)])
async def test_jobs_end_once_whatever_is_killed(served, make_local, job_count):
    rng = np.random.default_rng(job_count)
    first = next(_seeds)
    wanted = {
        served.submit(prompt="a tall blue lamp", seed=seed): seed for seed in range(first, first + job_count)
    }
    for name in (*DEPLOYMENTS, *rng.choice(DEPLOYMENTS[1:], job_count // 4)):
        served.until_ready()
        victims = replicas(served, str(name))
        if victims:
            os.kill(int(rng.choice(victims)), signal.SIGKILL)
    ended = {seed: served.wait(job_id) for job_id, seed in wanted.items()}
    assert Counter(job["status"] for job in ended.values()) == {"completed": job_count}
    done = Counter((row.key, row.fence) for row in served.rows() if row.message == DONE)
    assert done
    assert max(done.values()) == 1, "a run was completed twice under one fence"
    assert not ran_again(served.rows(), served.done_runs())
    local = await make_local()
    for seed in list(ended)[:4]:
        request = TextTo3dRequest(prompt="a tall blue lamp", quality="draft", seed=seed)
        undisturbed = await local.text_to_3d(request)
        assert ended[seed]["result"]["assets"]["glb"]["digest"] == undisturbed.assets["glb"].digest


def test_what_a_dead_orchestrator_had_begun_stops_and_is_finished_by_another(served):
    job_id = served.submit(quality="high", seed=next(_seeds))
    with served.tail() as tail:
        tail.until(lambda row: (row.message, row.job_id, row.stage) == (BEGAN, job_id, "render"))
    os.kill(holder(served, job_id), signal.SIGKILL)
    assert served.wait(job_id)["status"] == "completed"

    def told() -> dict[int, list[str]]:
        """Fence -> what the workers told of that run; a line takes a moment from them to the log."""
        rows = [row for row in served.rows() if (row.job_id, row.stage) == (job_id, "render")]
        return {fence: [row.message for row in rows if row.fence == fence] for fence in (1, 2)}

    assert until(lambda: told() == {1: [BEGAN, FAILED], 2: [BEGAN, DONE]}), told()


def holder(served: Served, job_id: str) -> int:
    """Process id of the orchestrator that runs the job."""
    query = sa.select(jobs.c.owner).where(jobs.c.job_id == job_id)
    with served.ledger() as ledger:
        owner = ledger.database.read(lambda connection: connection.execute(query).scalar_one())
    return int(owner.split("-")[-2])
