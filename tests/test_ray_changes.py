"""What changes under a service on Ray Serve while jobs run: configuration, code, models, and its size."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import count, pairwise
from pathlib import Path

import onnx
import pytest

from serve.contracts.artifacts import digest_of
from serve.contracts.requests import TextTo3dRequest
from tests.on_ray import config_with, on_ray, replicas, roll_out
from tests.parts import require
from tests.served import DONE, Served, until

pytestmark = [pytest.mark.xdist_group("ray"), pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[1]
WEIGHTS = Path("model_repository/prompt_domain/1/model.onnx")
PACKAGES = ("serve", "deployments", "galatea", "clients", "model_repository")
_seeds = count(1)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the code and the models, to be changed while it is served."""
    for name in PACKAGES:
        shutil.copytree(ROOT / name, tmp_path / "tree" / name, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "tree"


@pytest.mark.parametrize("job_count", [12, pytest.param(100, marks=pytest.mark.full)])
async def test_a_rollout_of_configuration_code_and_model_loses_no_job(tree, tmp_path, make_local, job_count):
    require("ray", True, "it is a dependency")
    config = config_with(tmp_path / "config.yaml", stages_compute={"num_replicas": 1})
    wanted: dict[str, int] = {}

    def submit(served: Served) -> None:
        for _ in range(job_count // 4):
            seed = next(_seeds)
            wanted[served.submit(prompt="a tall blue lamp", seed=seed)] = seed

    with on_ray(config=config, tree=tree) as served:
        for change in (grow(config), new_stage_version(tree), new_model(tree)):
            submit(served)
            next(change)
            assert roll_out(served, partial(submit, served)) == "rolled out"
        jobs = {seed: served.wait(job_id) for job_id, seed in wanted.items()}
        last = served.wait(served.submit(seed=next(_seeds)))
        rows = served.rows()
        stages = served.client.get(f"/v1/assets/{last['result']['manifest']['digest']}").json()["stages"]
    assert Counter(job["status"] for job in jobs.values()) == {"completed": len(wanted)}
    assert {job["attempt"] for job in jobs.values()} <= {1, 2}
    assert max(Counter((row.key, row.fence) for row in rows if row.message == DONE).values()) == 1
    assert {stage["version"] for stage in stages if stage["stage"] == "export"} == {99}
    old, new = (digest_of((root / WEIGHTS).read_bytes()) for root in (ROOT, tree))
    assert old != new
    assert {stage["model"] for stage in stages if stage["stage"] == "classify"} == {f"prompt_domain/1/{new}"}
    local = await make_local()
    for seed in list(jobs)[:: job_count // 4]:
        request = TextTo3dRequest(prompt="a tall blue lamp", quality="draft", seed=seed)
        undisturbed = await local.text_to_3d(request)
        assert jobs[seed]["result"]["assets"]["glb"]["digest"] == undisturbed.assets["glb"].digest


def grow(config: Path) -> Iterator[None]:
    """More replicas for stages that compute."""
    config_with(config, stages_compute={"num_replicas": 2})
    yield


def new_stage_version(tree: Path) -> Iterator[None]:
    """Another version of a stage, with the same bytes."""
    path = tree / "serve" / "stages" / "export.py"
    text, changed = re.subn(r"version=\d+", "version=99", path.read_text())
    assert changed == 1
    path.write_text(text)
    yield


def new_model(tree: Path) -> Iterator[None]:
    """Other weights' digest, with the same answers."""
    path = tree / WEIGHTS
    model = onnx.load(path)
    model.doc_string = "the same, once more"
    onnx.save(model, path)
    yield


def test_orchestrators_follow_the_queue_up_and_down_without_flapping(tmp_path, monkeypatch):
    require("ray", True, "it is a dependency")
    monkeypatch.setenv("RAY_SERVE_REPLICA_AUTOSCALING_METRIC_PUSH_INTERVAL_S", "0.5")
    policy = {
        "policy_function": "deployments.scaling:LedgerPolicy",
        "policy_kwargs": {"jobs_each": 4, "longest_wait_s": 3600},
    }
    scaling = {
        "min_replicas": 1,
        "max_replicas": 4,
        "upscale_delay_s": 1,
        "downscale_delay_s": 3,
        "metrics_interval_s": 0.5,
        "look_back_period_s": 2,
        "policy": policy,
    }
    orchestrator = {"num_replicas": None, "autoscaling_config": scaling}
    config = config_with(tmp_path / "config.yaml", orchestrator=orchestrator)
    seen: list[int] = []

    def look() -> int:
        orchestrators = len(replicas(served, "orchestrator"))
        if not seen or seen[-1] != orchestrators:
            seen.append(orchestrators)
        return orchestrators

    with on_ray(config=config) as served:
        job_ids = [served.submit(quality="ultra", seed=next(_seeds)) for _ in range(16)]
        assert until(lambda: look() == 4), seen
        for job_id in job_ids:
            served.client.delete(f"/v1/jobs/{job_id}")
        assert until(lambda: look() == 1), seen
    turns = [after - before for before, after in pairwise(seen)]
    assert turns == sorted(turns, key=lambda turn: turn < 0), f"it went back and forth: {seen}"
