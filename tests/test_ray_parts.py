"""What can be said of the Ray application without a Ray: its graph, its policy, its configuration."""

from __future__ import annotations

import asyncio
import re
import threading
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import ray
from hypothesis import given
from hypothesis import strategies as st
from ray.exceptions import RayTaskError

from deployments.app import CONFIGS, Arguments, build, read_config
from deployments.bring_up import reasons, roll_out
from deployments.graph import drawing
from deployments.nudge import Nudge
from deployments.scaling import LedgerPolicy
from serve.contracts.errors import GalateaError, InvalidRequestError, NotReadyError
from serve.policies.orchestrators import Load, Wishes, orchestrator_count
from serve.settings import Settings
from tests.on_ray import config_with

ROOT = Path(__file__).parents[1]
WISHES = Wishes(jobs_each=8, longest_wait_s=30)


def test_the_graph_in_the_documents_is_the_codes():
    text = (ROOT / "ARCHITECTURE.md").read_text()
    [drawn] = re.findall(r"<!-- graph -->\n(.*?)<!-- graph ends -->", text, re.DOTALL)
    arguments, _ = read_config(CONFIGS / "production.yaml")
    assert [line.removeprefix("    ") for line in drawn.splitlines()] == drawing(
        arguments.places
    ).splitlines()


def test_a_stage_without_a_place_is_said():
    arguments = Arguments(places={"engine": "stages-engine"}, slots={"async": 1, "sync": 1}, max_jobs=1)
    with pytest.raises(InvalidRequestError, match=r"no deployment for \['cpu', 'warp'\]"):
        build(None, arguments)


NOT_TAKEN = [
    ({"num_replica": 2}, "stages-compute: num_replica: .*unexpected keyword"),
    ({"num_replicas": "many"}, "stages-compute: num_replicas: .*valid integer"),
    ({"num_replicas": 2, "max_surge_percent": 300}, "stages-compute: max_surge_percent: .*less than"),
    ({"ray_actor_options": {"num_cpus": "all"}}, "stages-compute: ray_actor_options: .*num_cpus"),
    ({"ray_actor_options": {"cpus": 2}}, "stages-compute: ray_actor_options: .*'cpus'"),
    ({"num_replicas": 2, "autoscaling_config": {"min_replicas": 1}}, "stages-compute: .*num_replicas is not"),
    (
        {"autoscaling_config": {"policy": {"policy_function": "deployments.no:P"}}},
        "autoscaling_config: .*no'",
    ),
    (
        {"autoscaling_config": {"policy": {"policy_function": "deployments.app:P"}}},
        "autoscaling_config: .*'P'",
    ),
    ({2: "replicas"}, "stages-compute: 2: "),
]


@pytest.mark.parametrize(("options", "why"), NOT_TAKEN, ids=[str(options) for options, _ in NOT_TAKEN])
def test_an_option_that_ray_does_not_take_is_said_with_its_deployment(options, why):
    arguments, given = read_config(CONFIGS / "local.yaml")
    with pytest.raises(InvalidRequestError, match=f"^deployments: .*{why}"):
        build(None, arguments, given | {"stages-compute": options})


def test_options_of_a_deployment_that_is_none_are_said():
    arguments, given = read_config(CONFIGS / "local.yaml")
    with pytest.raises(InvalidRequestError, match=r"\['stages-gpu'\] is not of .*'stages-compute'"):
        build(None, arguments, given | {"stages-gpu": {"num_replicas": 1}})


def test_a_rollout_of_a_wrong_configuration_says_why_and_asks_nothing_of_ray(tmp_path, capsys):
    config = config_with(tmp_path / "config.yaml", ingress={"replicas": 3})
    roll_out(Settings(data_dir=tmp_path), config, threading.Event())
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "galatea: rolling out"
    assert re.match("galatea: not rolled out: deployments: ingress: replicas: .*unexpected keyword", said[1])
    assert len(said) == 2
    assert not ray.is_initialized()


def failing(error: Exception) -> str:
    """What Ray tells of a replica whose constructor raises this: an error with the trace as its text."""
    try:
        raise error
    except type(error):
        trace = traceback.format_exc()
    return f"The deployment failed to start 3 times in a row. Error:\n{RayTaskError('Stages', trace, error)}"


def test_why_a_deployment_does_not_start_is_said_once_and_in_our_own_words():
    port, weights = NotReadyError("cannot listen on [::1]:1: taken"), GalateaError("the weights are torn")
    messages = [failing(port), failing(port), "", failing(weights), failing(ValueError("a bug"))]
    assert reasons(messages) == "cannot listen on [::1]:1: taken; the weights are torn"
    assert reasons(["", failing(ValueError("a bug"))]) == ""


async def test_news_that_comes_while_news_is_told_is_told_once_more():
    told, go_on = 0, asyncio.Event()

    async def tell() -> None:
        nonlocal told
        await go_on.wait()
        told += 1

    nudge = Nudge(tell)
    for _ in range(5):
        nudge()
        await asyncio.sleep(0)
    assert told == 0, "and who nudges does not wait"
    go_on.set()
    await asyncio.sleep(0.01)
    assert told == 2, "once for the first, once for all that came meanwhile"
    nudge()
    await asyncio.sleep(0.01)
    assert told == 3


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "applications: []",
        "applications: [{args: {}}]",
        "applications: [{args: {places: {}, slots: {}, max_jobs: 1}, deployments: [ingress]}]",
        "{",
        "a: b: c",
    ],
)
def test_what_is_no_configuration_is_refused(tmp_path, text):
    (tmp_path / "c.yaml").write_text(text)
    with pytest.raises(InvalidRequestError, match="is no configuration of this application"):
        read_config(tmp_path / "c.yaml")


LOADS = st.builds(
    Load, queued=st.integers(0, 10_000), running=st.integers(0, 1_000), oldest_s=st.floats(0, 1e5)
)


@given(LOADS, st.integers(1, 100))
def test_there_is_always_one_and_never_more_than_the_work_asks_for(load, current):
    count = orchestrator_count(load, current, WISHES)
    work = (load.queued + load.running) / WISHES.jobs_each
    assert 1 <= count <= max(current + 1, work + 1)
    assert count >= min(current, work)


@given(LOADS, st.integers(1, 100))
def test_a_load_that_stays_as_it_is_is_followed_once(load, current):
    if load.oldest_s > WISHES.longest_wait_s:
        load = Load(load.queued, load.running, 0.0)
    count = orchestrator_count(load, current, WISHES)
    assert orchestrator_count(load, count, WISHES) == count


def test_a_wait_that_is_too_long_asks_for_one_more_and_an_idle_queue_for_one():
    assert orchestrator_count(Load(1, 3, 31.0), 3, WISHES) == 4
    assert orchestrator_count(Load(0, 3, 31.0), 3, WISHES) == 1
    assert orchestrator_count(Load(17, 0, 0.0), 1, WISHES) == 3


def test_a_load_between_two_counts_does_not_swing():
    counts, count = [], 2
    for wobble in (8, 9, 8, 9, 8, 7, 8):
        count = orchestrator_count(Load(wobble, 0, 0.0), count, WISHES)
        counts.append(count)
    assert counts == [2, 2, 2, 2, 2, 2, 2]


@dataclass
class Context:
    target_num_replicas: int = 3
    aggregated_metrics: dict[str, dict[str, float]] | None = None
    policy_state: dict[str, Any] = field(default_factory=dict)


def test_the_policy_takes_the_newest_to_join_for_no_authority():
    policy = LedgerPolicy(jobs_each=8, longest_wait_s=30)
    reported = {"queued": {"a": 40.0, "b": 0.0}, "running": {"a": 8.0}, "oldest_s": {"a": 1.0}}
    assert policy(Context(aggregated_metrics=reported))[0] == 6


@pytest.mark.parametrize(
    "reported", [None, {}, {"queued": {"a": 40.0}}, {"queued": {}, "running": {}, "oldest_s": {}}]
)
def test_without_reports_there_stay_as_many_as_there_are(reported):
    assert LedgerPolicy(jobs_each=8, longest_wait_s=30)(Context(aggregated_metrics=reported))[0] == 3
