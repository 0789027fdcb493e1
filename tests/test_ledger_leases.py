"""Leases: the living keep their work, the dead lose it; deadlines end jobs; whoever waits long rises."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from serve.contracts.jobs import JobState
from serve.contracts.requests import Priority
from serve.ledger import Acquired, Ledger, Reaped
from serve.ledger.schema import duties, jobs, stage_interest, stage_runs
from tests.ledger_samples import acquire, age, dump, kinds, new_job, running

MakeLedger = Callable[..., Ledger]


def backoff(lost_count: int) -> float:
    return 10.0 * lost_count


def reap(ledger: Ledger, promote_after_s: float = 300.0) -> Reaped:
    return ledger.leases.reap(backoff=backoff, promote_after_s=promote_after_s)


def test_a_live_lease_is_left_alone_and_a_renewed_one_lives_on(make_ledger: MakeLedger):
    ledger = make_ledger()
    job, forgotten = running(ledger), running(ledger)
    acquire(ledger, job)
    assert reap(ledger) == Reaped()
    age(ledger, jobs.c.lease_until, 29.0)
    age(ledger, stage_runs.c.lease_until, 29.0)
    ledger.leases.renew("other", 30.0, job_ids=[job.job_id], run_keys=["k"])
    ledger.leases.renew("o", 30.0, job_ids=[job.job_id], run_keys=["k"])
    age(ledger, jobs.c.lease_until, 2.0)
    age(ledger, stage_runs.c.lease_until, 2.0)
    assert reap(ledger) == Reaped(requeued=1), "only what its owner names is renewed"
    assert ledger.jobs.get("acme", forgotten.job_id).state is JobState.QUEUED
    assert ledger.runs.owned([("k", 1)]) == {("k", 1)}
    assert ledger.leases.owners() == ["o"]


def test_a_dead_owners_job_is_queued_again_later_each_time_and_fails_at_the_third_death(
    make_ledger: MakeLedger,
):
    ledger = make_ledger()
    job = running(ledger)
    for death in (1, 2):
        acquire(ledger, job, f"k{death}")
        age(ledger, jobs.c.lease_until, 31.0)
        age(ledger, stage_runs.c.lease_until, 31.0)
        assert reap(ledger).requeued == 1
        known = ledger.jobs.get("acme", job.job_id)
        assert (known.state, known.error.code) == (JobState.QUEUED, "worker_lost")
        assert ledger.runs.owned([(f"k{death}", 1)]) == set()
        assert ledger.jobs.claim("o", 30.0, 1) == []
        age(ledger, jobs.c.not_before, 10.0 * death - 1)
        assert ledger.jobs.claim("o", 30.0, 1) == [], "the delay grows with the deaths"
        age(ledger, jobs.c.not_before, 2.0)
        [job] = ledger.jobs.claim("o", 30.0, 1)
    age(ledger, jobs.c.lease_until, 31.0)
    assert reap(ledger) == Reaped(lost=1)
    known = ledger.jobs.get("acme", job.job_id)
    assert (known.state, known.error.code) == (JobState.FAILED, "worker_lost")
    assert kinds(ledger, job.job_id)[-1] == "finished"
    assert reap(ledger) == Reaped()


def test_a_lapsed_run_is_released_and_keeps_what_it_knew(make_ledger: MakeLedger):
    ledger = make_ledger()
    job = running(ledger)
    acquire(ledger, job)
    ledger.runs.progress({("k", 1): 0.4})
    age(ledger, stage_runs.c.lease_until, 31.0)
    assert reap(ledger) == Reaped(released=1)
    [[run]] = dump(ledger, stage_runs)
    assert (run.state, run.progress, run.lost_count) == ("released", 0.4, 1)
    assert acquire(ledger, job) == Acquired(2)


def test_an_owner_known_to_be_dead_loses_all_at_once_and_nobody_else_does(make_ledger: MakeLedger):
    ledger = make_ledger()
    dead, alive = running(ledger, "dead"), running(ledger, "alive")
    acquire(ledger, dead, "k1", "dead")
    acquire(ledger, alive, "k2", "alive")
    acquire(ledger, alive, "k1", "alive")
    assert ledger.leases.owners() == ["alive", "dead"]
    assert ledger.leases.release("dead", backoff=backoff) == Reaped(requeued=1, released=1)
    assert ledger.leases.owners() == ["alive"]
    [[interest, other]] = dump(ledger, stage_interest)
    assert {interest.job_id, other.job_id} == {alive.job_id}
    assert acquire(ledger, alive, "k1", "alive") == Acquired(2)


def test_a_deadline_ends_a_job_wherever_it_is_and_says_how_far_it_was(make_ledger: MakeLedger):
    ledger = make_ledger()
    queued = ledger.jobs.submit(new_job(deadline_s=50.0)).job
    job = running(ledger, deadline_s=50.0, weight=2.0)
    acquire(ledger, job)
    ledger.runs.progress({("k", 1): 0.5})
    assert reap(ledger) == Reaped()
    age(ledger, jobs.c.deadline_at, 51.0)
    age(ledger, jobs.c.created_at, 51.0)
    assert ledger.jobs.claim("o", 30.0, 1) == [], "a job past its deadline is not begun"
    assert reap(ledger) == Reaped(expired=2)
    for job_id, share in ((queued.job_id, "0%"), (job.job_id, "25%")):
        known = ledger.jobs.get("acme", job_id)
        assert (known.state, known.error.code) == (JobState.FAILED, "deadline_exceeded")
        assert f"the deadline of 50 s passed at {share}" in known.error.detail
    assert ledger.runs.owned([("k", 1)]) == set()
    assert reap(ledger) == Reaped()


def test_a_batch_job_is_claimed_in_the_end_although_interactive_ones_keep_coming(make_ledger: MakeLedger):
    ledger = make_ledger()
    batch = ledger.jobs.submit(new_job(priority=Priority.BATCH, tenant="patient")).job
    claimed: list[str] = []
    promoted = []
    while batch.job_id not in claimed:
        assert len(claimed) < 10, "starved"
        for _ in range(2):  # twice as many come as go
            ledger.jobs.submit(new_job(priority=Priority.INTERACTIVE))
        promoted.append(reap(ledger, promote_after_s=100.0).promoted)
        claimed += [job.job_id for job in ledger.jobs.claim("o", 30.0, 1)]
        age(ledger, jobs.c.aged_at, 60.0)
    assert sum(promoted) == 2, "from batch to normal, and after as long again to interactive"
    assert ledger.jobs.get("patient", batch.job_id).priority is Priority.BATCH


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_a_job_that_a_stuck_transaction_holds_does_not_hold_up_the_others(make_ledger: MakeLedger):
    ledger = make_ledger()
    held, late = running(ledger), running(ledger)
    waiting = ledger.jobs.submit(new_job(deadline_s=1.0)).job
    age(ledger, jobs.c.lease_until, 31.0)
    age(ledger, jobs.c.deadline_at, 2.0)
    with ThreadPoolExecutor(1) as thread, ledger.database.engine.begin() as stuck:
        ids = [held.job_id, waiting.job_id]
        stuck.execute(sa.select(jobs).where(jobs.c.job_id.in_(ids)).with_for_update())
        assert thread.submit(reap, ledger).result(timeout=20) == Reaped(requeued=1)
    assert ledger.jobs.get("acme", late.job_id).state is JobState.QUEUED
    assert reap(ledger) == Reaped(requeued=1, expired=1)


def test_a_duty_has_one_owner_until_its_lease_ends(make_ledger: MakeLedger):
    ledger = make_ledger()
    assert ledger.leases.take_duty("retention", "a", 30.0)
    assert ledger.leases.take_duty("retention", "a", 30.0)
    assert not ledger.leases.take_duty("retention", "b", 30.0)
    assert ledger.leases.take_duty("webhooks", "b", 30.0)
    age(ledger, duties.c.lease_until, 31.0)
    assert ledger.leases.take_duty("retention", "b", 30.0)
    assert not ledger.leases.take_duty("retention", "a", 30.0)
