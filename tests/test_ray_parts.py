"""What can be said of the Ray application without a Ray: its graph, its policy, its configuration."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployments.app import CONFIGS, Arguments, build, read_config
from deployments.graph import drawing
from deployments.scaling import LedgerPolicy
from serve.contracts.errors import InvalidRequestError
from serve.policies.orchestrators import Load, Wishes, orchestrator_count

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


@pytest.mark.parametrize("text", ["", "[]", "applications: []", "applications: [{args: {}}]", "{", "a: b: c"])
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
