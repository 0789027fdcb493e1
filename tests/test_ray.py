"""The service as a cluster has it: Ray Serve, Triton, PostgreSQL, S3. The same assets, the same promises.

The parts are started once for this module, and killed again and again.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from itertools import count
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from serve.contracts.artifacts import digest_of
from serve.contracts.requests import TextTo3dRequest
from serve.engines.statistics import ModelStatistics
from serve.engines.triton import EngineTriton
from serve.execution.calls import backoff_s
from serve.ledger import Ledger
from serve.ledger.schema import jobs
from serve.models import MODELS
from serve.models.parts_flow import PARTS_FLOW
from tests.collector import Collector, running_collector
from tests.kept_triton import KeptTriton
from tests.on_ray import called, config_with, on_ray, replicas, roll_out
from tests.parts import require, tell_version
from tests.postgres import HOW, find_program
from tests.seaweed import HOW as HOW_TO_WEED
from tests.seaweed import SeaweedServer, find_weed
from tests.served import (
    BEGAN,
    CALLED,
    DONE,
    FAILED,
    TEXT_TO_3D_RUNS,
    Row,
    Served,
    kill_all,
    ran_again,
    until,
)
from tests.triton import real_environment, settled

pytestmark = [pytest.mark.xdist_group("ray"), pytest.mark.timeout(600)]

DEPLOYMENTS = ("ingress", "orchestrator", "stages-engine", "stages-compute")
TWO = {"num_replicas": 2}
_seeds = count(1)


@dataclass(frozen=True, slots=True)
class Cluster:
    """The service, its configuration, and what stands behind it."""

    served: Served
    config: Path
    triton: KeptTriton
    collector: Collector

    def victims(self) -> dict[str, Callable[[], None]]:
        """Names of what may be killed -> how, each at once and whatever it does."""
        of_ray = {name: partial(self.kill_replica, name) for name in DEPLOYMENTS}
        stubs = {f"stub of {spec.name}": partial(self.triton.kill_stub, spec) for spec in MODELS}
        controller = partial(self.kill_process, b"ray::ServeController")
        return {**of_ray, "controller": controller, **stubs, "tritonserver": self.triton.kill_server}

    def kill_process(self, title: bytes) -> None:
        """Kill the processes of Ray's that are called so."""
        kill_all(called(self.served, title))

    def kill_replica(self, deployment: str) -> None:
        """Kill one replica; one that is being replaced is no victim."""
        kill_all(list(replicas(self.served, deployment))[:1])

    def until_ready(self) -> None:
        """Wait until everything that was killed is there again."""
        self.served.until_ready()
        assert until(lambda: all(replicas(self.served, name) for name in DEPLOYMENTS))


@pytest.fixture(scope="module")
def started(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    url = request.getfixturevalue("postgres").new_url()
    folder = request.getfixturevalue("tmp_path_factory").mktemp("config")
    config = config_with(folder / "two.yaml", orchestrator=TWO, ingress=TWO)
    with ExitStack() as stack:
        bucket = SeaweedServer()
        stack.callback(bucket.remove)
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for name, value in bucket.environment.items():
            patch.setenv(name, value)
        collector = stack.enter_context(running_collector())
        triton = KeptTriton(otlp_endpoint=collector.url)
        stack.callback(triton.close)
        given = {
            "engine": "triton",
            "triton_url": triton.url,
            "store_url": bucket.new_place(),
            "otlp_endpoint": collector.url,
            "log_level": "debug",
        }
        served = stack.enter_context(on_ray(url, config=config, **given))
        yield Cluster(served, config, triton, collector)


@pytest.fixture
def cluster(request: pytest.FixtureRequest) -> Cluster:
    """The cluster of this module, ready for the next blow."""
    require("postgresql", find_program("initdb") is not None, HOW)
    require("seaweedfs", find_weed() is not None, HOW_TO_WEED)
    require("ray", True, "it is a dependency")
    tell_version("ray", version("ray"))
    real_environment()
    started: Cluster = request.getfixturevalue("started")
    started.until_ready()
    return started


@pytest.fixture
def served(cluster: Cluster) -> Served:
    return cluster.served


async def test_an_asset_has_the_bytes_that_one_process_gives_it(served, make_local):
    job = served.wait(served.submit(prompt="a small red chair", seed=11))
    local = await make_local()
    result = await local.text_to_3d(TextTo3dRequest(prompt="a small red chair", quality="draft", seed=11))
    assert job["result"]["assets"]["glb"]["digest"] == result.assets["glb"].digest
    assert job["result"]["assets"]["picture"]["digest"] == result.assets["picture"].digest
    served.download(job)


def test_every_part_is_told_by_readiness_and_models(served):
    ready = served.client.get("/readyz").json()
    assert ready["parts"] == dict.fromkeys(["ledger", "store", *DEPLOYMENTS])
    models = {model["name"]: model["digest"] for model in served.client.get("/v1/models").json()["models"]}
    assert models == {spec.name: digest_of(spec.weights_path.read_bytes()) for spec in MODELS}


def test_metrics_tell_what_other_processes_have_counted(served):
    """The ingress answers, and it is an orchestrator that counts the stages of a job."""

    def told() -> Counter[str]:
        pattern = r'^galatea_stage_runs_total\{outcome="\w+",stage="(\w+)"\} (\S+)$'
        found: Counter[str] = Counter()
        for stage, value in re.findall(pattern, served.client.get("/metrics").text, re.M):
            found[stage] += float(value)
        return found

    before = told()
    job = served.wait(served.submit(seed=next(_seeds)))
    assert job["status"] == "completed"
    assert until(lambda: told() - before == TEXT_TO_3D_RUNS), told() - before


def test_a_clients_trace_goes_on_through_every_process(cluster):
    served, collector = cluster.served, cluster.collector
    trace_id, parent_id = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    answer = served.client.post(
        "/v1/text-to-3d",
        json={"prompt": "a traced table", "quality": "draft", "seed": next(_seeds)},
        headers={"traceparent": f"00-{trace_id}-{parent_id}-01"},
    )
    assert served.wait(answer.json()["job_id"])["status"] == "completed"
    chain = ("submit text-to-3d", "job text-to-3d", "stage denoise", "run denoise", "InferRequest")

    def follow() -> list[str]:
        """Names of the chain as far as each span is a child of the one before."""
        found, parents = [], {parent_id}
        for name in chain:
            spans = [span for span in collector.every_span(trace_id) if span.name == name]
            parents = {span.span_id.hex() for span in spans if span.parent_span_id.hex() in parents}
            found += [name] if parents else []
        return found

    assert until(lambda: follow() == [*chain]), follow()


@pytest.mark.parametrize("try_count", [12, pytest.param(50, marks=pytest.mark.full)])
async def test_after_a_cancel_at_most_one_engine_call_begins(cluster, try_count, tell):
    engine = EngineTriton(cluster.triton.url)
    idle_s: list[float] = []
    for _ in range(2 * try_count):
        with cluster.triton.unwatched():
            before = await settled(engine, PARTS_FLOW)
            job_id, answered_at = await asyncio.to_thread(cancelled_in_denoise, cluster.served)
            end = await asyncio.to_thread(end_of, cluster.served, job_id)
            ran = (await settled(engine, PARTS_FLOW)).since(before)
        denoising = (CALLED, job_id, "denoise")
        calls = [row for row in cluster.served.rows() if (row.message, row.job_id, row.stage) == denoising]
        assert sum(row.at > answered_at for row in calls) <= 1
        assert ran.execution_count <= len(calls), "Triton's own count: the workers tell of every call"
        if end.message == FAILED:  # else it was done before, and the try tells nothing
            idle_s.append((end.at - answered_at).total_seconds())
        if len(idle_s) == try_count:
            break
    engine.close()
    assert len(idle_s) == try_count, "too few were cancelled in the middle of their denoising"
    tell(f"idle after a cancel: p50 {np.median(idle_s):.3f} s, p99 {np.quantile(idle_s, 0.99):.3f} s")


def cancelled_in_denoise(served: Served) -> tuple[str, datetime]:
    """A job that was cancelled after its first step had begun, and when that was answered."""
    job_id = served.submit(quality="ultra", seed=next(_seeds))
    with served.tail() as tail:
        tail.until(lambda row: (row.message, row.job_id, row.stage) == (CALLED, job_id, "denoise"))
    assert served.client.delete(f"/v1/jobs/{job_id}").json()["status"] == "cancelled"
    return job_id, datetime.now(UTC)


def end_of(served: Served, job_id: str) -> Row:
    """The row that tells of the end of the job's denoising."""
    assert until(lambda: served.saw_end(job_id, "denoise"))
    ends = [row for row in served.rows() if row.message in (DONE, FAILED)]
    return next(row for row in ends if (row.job_id, row.stage) == (job_id, "denoise"))


def test_steps_of_different_jobs_meet_in_one_execution(cluster, tell):
    async def statistics() -> ModelStatistics:
        engine = EngineTriton(cluster.triton.url)
        try:
            return await settled(engine, PARTS_FLOW)
        finally:
            engine.close()

    with cluster.triton.unwatched():
        before = asyncio.run(statistics())
        job_ids = [cluster.served.submit(quality="ultra", seed=next(_seeds)) for _ in range(16)]
        assert until(lambda: all(cluster.served.saw_end(job_id, "denoise") for job_id in job_ids))
        ran = asyncio.run(statistics()).since(before)
    for job_id in job_ids:
        cluster.served.client.delete(f"/v1/jobs/{job_id}")
    tell(f"rows an execution: mean {ran.mean_batch:.1f}, {dict(sorted(ran.batch_counts.items()))}")
    assert ran.row_count == 16 * 16 * 2
    assert ran.mean_batch >= 4  # 11 where jobs begin together: benchmarks/serving.md


@pytest.mark.parametrize("job_count", [12, pytest.param(100, marks=pytest.mark.full)])
async def test_jobs_end_once_whatever_is_killed(cluster, make_local, job_count):
    served, rng = cluster.served, np.random.default_rng(job_count)
    first = next(_seeds) * 1_000
    wanted = {served.submit(prompt="a tall blue lamp", seed=first + i): first + i for i in range(job_count)}
    victims = cluster.victims()
    for name in (*victims, *rng.choice(list(victims), job_count // 10)):
        await asyncio.to_thread(cluster.until_ready)
        victims[str(name)]()
    ended = {seed: served.wait(job_id) for job_id, seed in wanted.items()}
    assert Counter(job["status"] for job in ended.values()) == {"completed": job_count}
    done = Counter((row.key, row.fence) for row in served.rows() if row.message == DONE)
    assert max(done.values()) == 1, "a run was completed twice under one fence"
    assert not ran_again(served.rows(), served.done_runs())
    local = await make_local()
    for seed in list(ended)[:4]:
        request = TextTo3dRequest(prompt="a tall blue lamp", quality="draft", seed=seed)
        undisturbed = await local.text_to_3d(request)
        assert ended[seed]["result"]["assets"]["glb"]["digest"] == undisturbed.assets["glb"].digest


def test_what_a_dead_orchestrator_had_begun_stops_and_is_finished_by_another(served):
    # Its one frame takes far longer than the seconds after which its worker knows of the death.
    wish = {"prompt": "a tall red lamp", "quality": "draft", "seed": next(_seeds)}
    size = {"width": 320, "height": 320, "fps": 1, "duration_s": 1, "codec": "png", "sample_count": 1024}
    job_id = served.submit_film(text_to_3d=wish, **size)
    with served.tail() as tail:
        rows = tail.until(
            lambda row: (row.message, row.job_id, row.stage) == (BEGAN, job_id, "render_frames")
        )
    key = next(
        row.key for row in rows if (row.message, row.job_id, row.stage) == (BEGAN, job_id, "render_frames")
    )
    os.kill(holder(served, job_id), signal.SIGKILL)
    with served.ledger() as ledger:
        assert until(lambda: is_taken_away(ledger, key))
    assert served.wait(job_id)["status"] == "completed"

    def told() -> dict[int, list[str]]:
        """Fence -> what the workers told of that run; a line takes a moment from them to the log."""
        rows = [row for row in served.rows() if (row.job_id, row.key) == (job_id, key)]
        return {fence: [row.message for row in rows if row.fence == fence] for fence in (1, 2)}

    assert until(lambda: told() == {1: [BEGAN, FAILED], 2: [BEGAN, DONE]}), told()


def is_taken_away(ledger: Ledger, key: str) -> bool:
    """Look for dead owners, as each service on the ledger does: Ray may be slow to replace the dead one."""
    ledger.leases.reap(backoff=backoff_s, promote_after_s=300.0)
    return (key, 1) not in ledger.runs.owned([(key, 1)])


def holder(served: Served, job_id: str) -> int:
    """Process id of the orchestrator that runs the job."""
    query = sa.select(jobs.c.owner).where(jobs.c.job_id == job_id)
    with served.ledger() as ledger:
        owner = ledger.database.read(lambda connection: connection.execute(query).scalar_one())
    return int(owner.split("-")[-2])


def test_a_rollout_that_cannot_be_is_said_and_the_service_goes_on(cluster):
    served = cluster.served
    config_with(cluster.config, orchestrator=TWO, ingress=TWO, stages_compute={"num_replica": 2})
    assert roll_out(served).startswith("not rolled out: deployments: stages-compute: num_replica: ")
    config_with(cluster.config, orchestrator=TWO, ingress=TWO)
    said = roll_out(served, cluster.victims()["controller"])
    assert re.match(r"rolled out|not rolled out: Ray fails \(", said)
    cluster.until_ready()
    assert served.wait(served.submit(seed=next(_seeds)))["status"] == "completed"
