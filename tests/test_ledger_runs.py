"""Stage runs in the ledger: one at a time for a key, shared, remembered, stopped when nobody wants them."""

from __future__ import annotations

from collections.abc import Callable

from serve.contracts.jobs import JobState
from serve.contracts.requests import Priority
from serve.ledger import Acquired, Found, Ledger, Waiting
from serve.ledger.schema import stage_interest, stage_outputs, stage_runs
from tests.ledger_samples import (
    PLAN,
    PROBLEM,
    acquire,
    age,
    dump,
    job_result,
    kinds,
    ref,
    running,
    stage_result,
)

MakeLedger = Callable[..., Ledger]


def test_the_first_runs_a_key_the_others_wait_and_later_ones_find_it(make_ledger: MakeLedger):
    ledger = make_ledger()
    first, second, third = running(ledger), running(ledger, "p"), running(ledger, "p")
    assert acquire(ledger, first) == Acquired(1)
    assert acquire(ledger, second, owner="p", call="b") == Waiting(1)
    assert acquire(ledger, first, call="a2") == Waiting(1), "the same owner waits too"
    result = stage_result(fragment=PLAN)
    ledger.runs.finish("k", 1, result)
    assert acquire(ledger, third, owner="p", call="c") == Found(result)
    assert acquire(ledger, second, owner="p", call="b") == Found(result)
    told = {job.job_id: ledger.events.read(job.job_id)[2:] for job in (first, second, third)}
    shown = {job_id: [(e.kind, e.payload) for e in events] for job_id, events in told.items()}
    assert shown[first.job_id] == [
        ("stage_started", {"stage": "a"}),
        ("stage_started", {"stage": "a2", "shared": True}),
        ("stage_finished", {"stage": "a2", "cached": False}),
    ]
    assert shown[second.job_id] == [
        ("stage_started", {"stage": "b", "shared": True}),
        ("stage_finished", {"stage": "b", "cached": False}),
    ]
    assert shown[third.job_id] == [("stage_finished", {"stage": "c", "cached": True})]


def test_a_shared_run_goes_on_until_its_last_job_is_cancelled(make_ledger: MakeLedger):
    ledger = make_ledger()
    first, second = running(ledger), running(ledger, "p")
    acquire(ledger, first)
    acquire(ledger, second, owner="p")
    ledger.jobs.cancel("acme", first.job_id)
    assert ledger.runs.owned([("k", 1)]) == {("k", 1)}
    ledger.jobs.cancel("acme", second.job_id)
    assert ledger.runs.owned([("k", 1)]) == set()
    assert ledger.runs.held(jobs={}, keys=["k"]).runs["k"].state == "released"
    assert acquire(ledger, running(ledger)) == Acquired(2)


def test_whoever_ends_says_which_runs_that_released(make_ledger: MakeLedger):
    ledger = make_ledger()
    first, second = running(ledger), running(ledger)
    for key in ("k2", "k1", "shared"):
        acquire(ledger, first, key)
    acquire(ledger, second, "shared")
    assert ledger.runs.withdraw("k2", first.job_id) is True
    assert ledger.runs.withdraw("shared", second.job_id) is False
    assert ledger.runs.withdraw("unknown", first.job_id) is False
    assert ledger.jobs.fail(first.job_id, first.fence, PROBLEM) == ("k1", "shared")
    assert dump(ledger, stage_interest) == [[]]


def test_a_failed_run_leaves_its_error_to_every_job_that_waits(make_ledger: MakeLedger):
    ledger = make_ledger()
    first, second = running(ledger), running(ledger, "p")
    acquire(ledger, first)
    acquire(ledger, second, owner="p")
    ledger.runs.fail("k", 1, PROBLEM)
    held = ledger.runs.held(jobs={second.job_id: second.fence}, keys=["k"])
    assert held.errors == {("k", second.job_id): PROBLEM}
    assert held.runs["k"].state == "released"
    assert acquire(ledger, second, owner="p") == Acquired(2)
    both = ledger.runs.held(jobs={first.job_id: 1, second.job_id: 1}, keys=["k"])
    assert both.errors == {("k", first.job_id): PROBLEM}, "an error is gone for him who tries again"


def test_held_tells_what_is_still_running_under_the_asked_fence(make_ledger: MakeLedger):
    ledger = make_ledger()
    first, second = running(ledger), running(ledger)
    acquire(ledger, first)
    held = ledger.runs.held(
        jobs={first.job_id: first.fence, second.job_id: second.fence + 1}, keys=["k", "x"]
    )
    assert held.jobs == {first.job_id}
    assert list(held.runs) == ["k"]
    view = held.runs["k"]
    assert (view.state, view.owner, view.fence, view.progress) == ("running", "o", 1, 0.0)
    assert ledger.runs.held(jobs={}, keys=[]).jobs == frozenset()
    assert ledger.runs.owned([]) == set()
    assert ledger.runs.owned([("k", 1), ("k", 2), ("x", 1)]) == {("k", 1)}


def test_a_waiter_lends_the_run_its_priority(make_ledger: MakeLedger):
    ledger = make_ledger()
    batch = running(ledger, priority=Priority.BATCH)
    urgent = running(ledger, priority=Priority.INTERACTIVE)
    acquire(ledger, batch)
    acquire(ledger, urgent)
    view = ledger.runs.held(jobs={}, keys=["k"]).runs["k"]
    assert (view.rank, view.tag) == (urgent.rank, urgent.tag)
    ledger.runs.give_back("k", 1)
    assert acquire(ledger, batch) == Acquired(2)
    assert ledger.runs.held(jobs={}, keys=["k"]).runs["k"].rank == urgent.rank, "it still waits"
    ledger.jobs.cancel("acme", urgent.job_id)
    ledger.runs.give_back("k", 2)
    acquire(ledger, batch)
    assert ledger.runs.held(jobs={}, keys=["k"]).runs["k"].rank == batch.rank


def test_a_dead_owners_run_goes_on_from_its_checkpoint_under_a_new_fence(make_ledger: MakeLedger):
    ledger = make_ledger()
    first, second = running(ledger), running(ledger, "p")
    acquire(ledger, first)
    ledger.runs.checkpoint("k", 1, ref("old state"))
    ledger.runs.checkpoint("k", 1, ref("state"))
    ledger.runs.progress({("k", 1): 0.7})
    assert acquire(ledger, second, owner="p") == Waiting(1)
    age(ledger, stage_runs.c.lease_until, 31.0)
    assert acquire(ledger, second, owner="p") == Acquired(2, ref("state"))
    view = ledger.runs.held(jobs={}, keys=["k"]).runs["k"]
    assert (view.owner, view.progress) == ("p", 0.7)
    ledger.runs.finish("k", 2, stage_result())
    [[row]] = dump(ledger, stage_runs)
    assert (row.checkpoint, row.progress, row.state) == (None, 1.0, "done")


def test_a_run_whose_worker_dies_too_often_fails_for_all_who_wait(make_ledger: MakeLedger):
    ledger = make_ledger()
    job = running(ledger)
    acquire(ledger, job)
    ledger.runs.checkpoint("k", 1, ref("state"))
    assert ledger.runs.lose("k", 1, PROBLEM, 3) == Acquired(2, ref("state"))
    assert ledger.runs.lose("k", 2, PROBLEM, 3) == Acquired(3, ref("state"))
    assert ledger.runs.lose("k", 3, PROBLEM, 3) is None
    held = ledger.runs.held(jobs={job.job_id: 1}, keys=["k"])
    assert held.errors == {("k", job.job_id): PROBLEM}
    assert acquire(ledger, job) == Acquired(4, ref("state"))
    assert ledger.runs.lose("k", 4, PROBLEM, 3) == Acquired(5, ref("state")), "deaths are counted anew"


def test_a_result_whose_bytes_are_gone_is_run_again_under_a_higher_fence(make_ledger: MakeLedger):
    ledger = make_ledger()
    job = running(ledger)
    acquire(ledger, job)
    ledger.runs.forget("k")
    assert ledger.runs.owned([("k", 1)]) == {("k", 1)}, "only what is done can be forgotten"
    ledger.runs.finish("k", 1, stage_result(fragment=PLAN))
    ledger.runs.forget("k")
    ledger.runs.forget("unknown")
    assert dump(ledger, stage_outputs) == [[]]
    assert acquire(ledger, job) == Acquired(2)
    ledger.runs.finish("k", 2, stage_result("again"))
    assert acquire(ledger, job) == Found(stage_result("again"))


def test_a_result_of_another_jobs_run_counts_for_a_job_that_is_queued_again(make_ledger: MakeLedger):
    ledger = make_ledger()
    first, second = running(ledger), running(ledger)
    acquire(ledger, first)
    acquire(ledger, second)
    assert ledger.jobs.give_back(second.job_id, second.fence) == ()
    ledger.runs.finish("k", 1, stage_result())
    assert kinds(ledger, second.job_id)[-1] == "queued"
    [again] = ledger.jobs.claim("o", 30.0, 1)
    assert acquire(ledger, again) == Found(stage_result())
    ledger.jobs.complete(again.job_id, again.fence, job_result())
    assert ledger.jobs.get("acme", again.job_id).state is JobState.COMPLETED
