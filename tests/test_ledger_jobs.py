"""Jobs in the ledger: one life, one end, in a fair order, and only for their tenant."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from serve.contracts.errors import (
    IdempotencyConflictError,
    JobMissingError,
    LedgerError,
    QueueFullError,
    StaleFenceError,
)
from serve.contracts.jobs import JobState
from serve.contracts.requests import Priority
from serve.ledger import JobFilter, Ledger, QueueLimits
from serve.ledger.endings import end
from serve.ledger.identifiers import new_identifier
from serve.ledger.schema import idempotency_keys, jobs, stage_interest, stage_runs, webhook_deliveries
from serve.policies import next_tag
from serve.telemetry.metrics import JOBS_ENDED
from tests.ledger_samples import (
    PLAN,
    PROBLEM,
    acquire,
    age,
    dump,
    job_result,
    kinds,
    new_job,
    ref,
    running,
    stage_result,
)

MakeLedger = Callable[..., Ledger]


def test_a_job_is_queued_then_runs_then_completes(make_ledger: MakeLedger):
    ledger = make_ledger()
    submitted = ledger.jobs.submit(new_job(deadline_s=60.0))
    job_id = submitted.job.job_id
    assert submitted.created
    assert submitted.job.state is JobState.QUEUED
    assert submitted.job.deadline_at == pytest.approx(submitted.job.created_at + 60)
    [claimed] = ledger.jobs.claim("o", 30.0, 10)
    assert (claimed.job_id, claimed.fence, claimed.attempt) == (job_id, 1, 1)
    assert (claimed.plan, claimed.seed, claimed.request) == (PLAN, 7, {"prompt": "a lamp"})
    assert claimed.remaining_s is not None and 50 < claimed.remaining_s <= 60
    assert ledger.jobs.get("acme", job_id).state is JobState.RUNNING
    assert ledger.jobs.complete(job_id, 1, job_result()) == ()
    job = ledger.jobs.get("acme", job_id)
    assert (job.state, job.progress, job.result, job.error) == (JobState.COMPLETED, 1, job_result(), None)
    assert job.created_at <= job.started_at <= job.ended_at
    assert kinds(ledger, job_id) == ["queued", "started", "finished"]
    assert [e.payload for e in ledger.events.read(job_id, after=1)] == [
        {"attempt": 1},
        {"state": "completed"},
    ]
    assert [e.seq for e in ledger.events.read(job_id, after=1, limit=1)] == [2]


def test_a_completed_job_lets_its_tenant_read_its_assets_and_nobody_else(make_ledger: MakeLedger):
    ledger = make_ledger()
    job = running(ledger)
    assert ledger.grants.find("acme", ref("asset").digest) is None
    ledger.jobs.complete(job.job_id, job.fence, job_result())
    assert ledger.grants.find("acme", ref("asset").digest) == ref("asset")
    assert ledger.grants.find("other", ref("asset").digest) is None
    ledger.grants.add("other", ref("asset"))
    ledger.grants.add("other", ref("asset"))
    assert ledger.grants.find("other", ref("asset").digest) == ref("asset")


def test_a_failed_job_keeps_its_error_and_tells_its_webhook(make_ledger: MakeLedger):
    ledger = make_ledger()
    job = running(ledger, webhook_url="https://example.com/hook")
    ledger.jobs.fail(job.job_id, job.fence, PROBLEM)
    known = ledger.jobs.get("acme", job.job_id)
    assert (known.state, known.error, known.result) == (JobState.FAILED, PROBLEM, None)
    last = ledger.events.read(job.job_id)[-1]
    assert (last.kind, last.payload) == ("finished", {"state": "failed", "error": "engine_failed"})
    [[delivery]] = dump(ledger, webhook_deliveries)
    assert (delivery.job_id, delivery.tenant, delivery.state) == (job.job_id, "acme", "pending")
    assert delivery.delivery_id.startswith("msg_")


def test_cancelling_is_at_once_and_an_ended_job_stays_as_it_is(make_ledger: MakeLedger):
    ledger = make_ledger()
    queued = ledger.jobs.submit(new_job()).job
    job = running(ledger)
    for job_id in (queued.job_id, job.job_id):
        cancelled = ledger.jobs.cancel("acme", job_id)
        assert (cancelled.state, cancelled.error.code) == (JobState.CANCELLED, "cancelled")
        assert ledger.jobs.cancel("acme", job_id) == cancelled
        assert kinds(ledger, job_id)[-1] == "finished"
        assert kinds(ledger, job_id).count("finished") == 1
    assert ledger.jobs.claim("o", 30.0, 10) == []


def test_every_write_under_an_old_fence_is_refused_and_changes_nothing(make_ledger: MakeLedger):
    ledger = make_ledger()
    job = running(ledger)
    acquire(ledger, job, "k")
    ledger.jobs.give_back(job.job_id, job.fence)
    [again] = ledger.jobs.claim("other", 30.0, 1)
    acquire(ledger, again, "k", "other")
    before = dump(ledger, jobs, stage_runs, stage_interest)
    jobs_of, runs = ledger.jobs, ledger.runs
    stale: list[Callable[[], Any]] = [
        lambda: jobs_of.complete(job.job_id, job.fence, job_result()),
        lambda: jobs_of.fail(job.job_id, job.fence, PROBLEM),
        lambda: jobs_of.retry(job.job_id, job.fence, PROBLEM, 0.0),
        lambda: jobs_of.give_back(job.job_id, job.fence),
        lambda: jobs_of.set_weight(job.job_id, job.fence, 9.0),
        lambda: acquire(ledger, job, "k2"),
        lambda: runs.finish("k", 1, stage_result()),
        lambda: runs.fail("k", 1, PROBLEM),
        lambda: runs.lose("k", 1, PROBLEM, 3),
        lambda: runs.give_back("k", 1),
        lambda: runs.checkpoint("k", 1, ref("state")),
        lambda: runs.finish("unknown", 1, stage_result()),
    ]
    for write in stale:
        with pytest.raises(StaleFenceError, match="stop working on it"):
            write()
    runs.progress({("k", 1): 0.9})
    assert dump(ledger, jobs, stage_runs, stage_interest) == before
    assert ledger.grants.find("acme", ref("asset").digest) is None


def test_one_idempotency_key_is_one_job_for_its_tenant_and_operation(make_ledger: MakeLedger):
    ledger = make_ledger()
    keyed = {"idempotency_key": "once", "request_digest": "d1"}
    first = ledger.jobs.submit(new_job(**keyed))
    again = ledger.jobs.submit(new_job(**keyed))
    assert (again.created, again.job.job_id) == (False, first.job.job_id)
    assert ledger.jobs.submit(new_job(**keyed, tenant="other")).created
    assert ledger.jobs.submit(new_job(**keyed, operation="convert")).created
    with pytest.raises(IdempotencyConflictError, match=first.job.job_id):
        ledger.jobs.submit(new_job(idempotency_key="once", request_digest="d2"))
    ledger.jobs.cancel("acme", first.job.job_id)
    assert ledger.jobs.submit(new_job(**keyed)).job.state is JobState.CANCELLED
    age(ledger, idempotency_keys.c.expires_at, 24 * 3600 + 1)
    assert ledger.jobs.submit(new_job(idempotency_key="once", request_digest="d2")).created


def test_a_key_whose_job_was_removed_means_nothing_any_more(make_ledger: MakeLedger):
    ledger = make_ledger()
    keyed = {"idempotency_key": "once", "request_digest": "d1"}
    first = ledger.jobs.submit(new_job(**keyed)).job.job_id
    ledger.database.write(lambda connection: connection.execute(jobs.delete()))
    again = ledger.jobs.submit(new_job(**keyed))
    assert again.created
    assert again.job.job_id != first
    assert not ledger.jobs.submit(new_job(**keyed)).created


def test_a_full_queue_says_when_to_come_back_and_keeps_nothing_of_the_job(make_ledger: MakeLedger):
    ledger = make_ledger()
    for _ in range(2):
        ledger.jobs.submit(new_job(), QueueLimits(total=3, per_tenant=2))
    keyed = new_job(idempotency_key="later")
    with pytest.raises(QueueFullError, match="tenant acme") as caught:
        ledger.jobs.submit(keyed, QueueLimits(total=3, per_tenant=2))
    assert caught.value.predicted_start_s == pytest.approx(20)
    assert caught.value.retry_after_s == pytest.approx(10)
    ledger.jobs.submit(new_job(tenant="other"), QueueLimits(total=3, per_tenant=2))
    with pytest.raises(QueueFullError, match="3 jobs wait"):
        ledger.jobs.submit(new_job(tenant="third"), QueueLimits(total=3, per_tenant=2))
    ledger.jobs.claim("o", 30.0, 1)
    assert ledger.jobs.submit(keyed, QueueLimits(total=3, per_tenant=2)).created


def test_a_prediction_follows_the_rate_at_which_work_was_done(make_ledger: MakeLedger):
    ledger = make_ledger()
    done = running(ledger, estimate_s=10.0)
    age(ledger, jobs.c.started_at, 5.0)
    ledger.jobs.complete(done.job_id, done.fence, job_result())
    running(ledger, estimate_s=20.0)
    first = ledger.jobs.submit(new_job(estimate_s=30.0)).job
    second = ledger.jobs.submit(new_job()).job
    assert (first.queue_position, second.queue_position) == (0, 1)
    assert first.predicted_start_s == pytest.approx((20 / 2) / (10 / 5), rel=0.2)
    assert second.predicted_start_s == pytest.approx((20 / 2 + 30) / (10 / 5), rel=0.2)
    urgent = ledger.jobs.submit(new_job(priority=Priority.INTERACTIVE)).job
    assert urgent.queue_position == 0
    assert ledger.jobs.get("acme", second.job_id).queue_position == 2


def test_classes_go_by_rank_and_a_class_by_tag(make_ledger: MakeLedger):
    ledger = make_ledger()
    order = [Priority.BATCH, Priority.NORMAL, Priority.INTERACTIVE, Priority.NORMAL, Priority.INTERACTIVE]
    made = [ledger.jobs.submit(new_job(priority=priority)).job for priority in order]
    claimed = [job.job_id for _ in range(5) for job in ledger.jobs.claim("o", 30.0, 1)]
    assert claimed == [made[i].job_id for i in (2, 4, 1, 3, 0)]


def test_a_tenant_with_many_jobs_does_not_keep_another_waiting(make_ledger: MakeLedger):
    ledger = make_ledger()
    for tenant, count in (("many", 20), ("few", 3)):
        for _ in range(count):
            ledger.jobs.submit(new_job(tenant=tenant))
    claimed = [job.tenant for job in ledger.jobs.claim("o", 30.0, 23)]
    assert claimed[:6].count("few") == 3
    assert claimed.count("many") == 20


def test_who_was_idle_saves_up_no_turns():
    assert next_tag(now_s=100.0, last_tag=40.0, estimate_s=5.0) == 105.0
    assert next_tag(now_s=100.0, last_tag=140.0, estimate_s=5.0) == 145.0


def test_a_retried_job_waits_its_delay_keeps_its_error_and_fails_after_its_last_attempt(
    make_ledger: MakeLedger,
):
    ledger = make_ledger()
    job = running(ledger, max_attempts=2)
    ledger.jobs.retry(job.job_id, job.fence, PROBLEM, 60.0)
    known = ledger.jobs.get("acme", job.job_id)
    assert (known.state, known.error) == (JobState.QUEUED, PROBLEM)
    assert ledger.jobs.claim("o", 30.0, 1) == []
    age(ledger, jobs.c.not_before, 61.0)
    [again] = ledger.jobs.claim("o", 30.0, 1)
    assert (again.attempt, again.fence > job.fence) == (2, True)
    ledger.jobs.retry(again.job_id, again.fence, PROBLEM, 0.0)
    assert ledger.jobs.get("acme", job.job_id).state is JobState.FAILED
    assert kinds(ledger, job.job_id) == ["queued", "started", "queued", "started", "finished"]


def test_a_job_given_back_is_queued_as_if_never_claimed(make_ledger: MakeLedger):
    ledger = make_ledger()
    job = running(ledger)
    acquire(ledger, job, "k")
    assert ledger.jobs.give_back(job.job_id, job.fence) == ("k",)
    [again] = ledger.jobs.claim("o", 30.0, 1)
    assert again.attempt == 1
    assert again.fence > job.fence


def test_progress_follows_the_stages_and_never_falls(make_ledger: MakeLedger):
    ledger = make_ledger()
    job = running(ledger, weight=4.0)
    shown = [0.0]

    def look() -> float:
        shown.append(ledger.jobs.get("acme", job.job_id).progress)
        return shown[-1]

    acquire(ledger, job, "k1", weight=1.0)
    ledger.runs.progress({("k1", 1): 0.5})
    assert look() == pytest.approx(0.125)
    ledger.runs.progress({("k1", 1): 0.25})
    assert look() == pytest.approx(0.125)
    ledger.runs.finish("k1", 1, stage_result())
    assert look() == pytest.approx(0.25)
    acquire(ledger, job, "k1", call="b", weight=1.0)
    assert look() == pytest.approx(0.25), "the same key twice is no more work"
    acquire(ledger, job, "k2", weight=2.0)
    ledger.runs.progress({("k2", 1): 0.5})
    assert look() == pytest.approx(0.5)
    ledger.jobs.set_weight(job.job_id, job.fence, 8.0)
    assert look() == pytest.approx(0.5)
    ledger.jobs.give_back(job.job_id, job.fence)
    assert look() == pytest.approx(0.5)
    [again] = ledger.jobs.claim("o", 30.0, 1)
    acquire(ledger, again, "k1", weight=1.0)
    assert look() == pytest.approx(0.5)
    ledger.jobs.cancel("acme", job.job_id)
    assert look() == pytest.approx(0.5)
    assert shown == sorted(shown)


def test_another_tenant_sees_none_of_it(make_ledger: MakeLedger):
    ledger = make_ledger()
    job = ledger.jobs.submit(new_job()).job
    for look in (ledger.jobs.get, ledger.jobs.cancel):
        with pytest.raises(JobMissingError, match=job.job_id):
            look("other", job.job_id)
    assert ledger.jobs.page("other", JobFilter(), limit=10) == []
    assert ledger.jobs.get("acme", job.job_id).state is JobState.QUEUED


def test_pages_go_from_the_newest_to_the_oldest_and_filter(make_ledger: MakeLedger):
    ledger = make_ledger()
    made = [ledger.jobs.submit(new_job(operation=f"op{i % 2}")).job.job_id for i in range(7)]
    ledger.jobs.cancel("acme", made[0])
    newest = sorted(made, reverse=True)
    first = ledger.jobs.page("acme", JobFilter(), limit=4)
    rest = ledger.jobs.page("acme", JobFilter(), limit=4, before=first[-1].job_id)
    assert [job.job_id for job in first + rest] == newest
    assert [j.job_id for j in ledger.jobs.page("acme", JobFilter(state=JobState.CANCELLED), limit=9)] == [
        made[0]
    ]
    odd = ledger.jobs.page("acme", JobFilter(operation="op1"), limit=9)
    assert {job.job_id for job in odd} == set(made[1::2])
    assert ledger.jobs.states([made[0], made[1], "unknown"]) == {
        made[0]: JobState.CANCELLED,
        made[1]: JobState.QUEUED,
    }


def test_the_queue_is_counted_by_class(make_ledger: MakeLedger):
    ledger = make_ledger()
    running(ledger, priority=Priority.BATCH)
    for _ in range(2):
        ledger.jobs.submit(new_job(priority=Priority.INTERACTIVE))
    age(ledger, jobs.c.created_at, 9.0)
    queue = ledger.queue.counts()
    assert queue.depth == {Priority.INTERACTIVE: 2, Priority.NORMAL: 0, Priority.BATCH: 0}
    assert queue.running == {Priority.INTERACTIVE: 0, Priority.NORMAL: 0, Priority.BATCH: 1}
    assert 9 <= queue.oldest_s[Priority.INTERACTIVE] < 60
    assert queue.oldest_s[Priority.NORMAL] == 0


def test_a_job_of_another_version_fails_with_a_reason_and_the_next_is_claimed(make_ledger: MakeLedger):
    ledger = make_ledger()
    strange, fine = (ledger.jobs.submit(new_job()).job.job_id for _ in range(2))
    change = sa.update(jobs).where(jobs.c.job_id == strange).values(plan='{"steps":[]}')
    ledger.database.write(lambda connection: connection.execute(change))
    assert ledger.jobs.claim("o", 30.0, 1) == []
    assert [job.job_id for job in ledger.jobs.claim("o", 30.0, 1)] == [fine]
    failed = ledger.jobs.get("acme", strange)
    assert (failed.state, failed.error.code) == (JobState.FAILED, "internal")
    assert "another version of the program" in failed.error.detail
    assert kinds(ledger, strange) == ["queued", "finished"]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_write_behind_one_that_never_ends_gives_up(make_ledger: MakeLedger, monkeypatch):
    monkeypatch.setattr("serve.ledger.database._BUSY_TIMEOUT_S", 0.1)
    ledger, begun, end = make_ledger(), threading.Event(), threading.Event()

    def hang(connection: sa.Connection) -> None:
        begun.set()
        end.wait()

    with ThreadPoolExecutor(1) as thread:
        hanging = thread.submit(ledger.database.write, hang)
        begun.wait()
        try:
            with pytest.raises(LedgerError, match="the writes before took"):
                ledger.jobs.submit(new_job())
        finally:
            end.set()
        hanging.result()
    assert ledger.jobs.submit(new_job()).created


def test_identifiers_sort_by_time_and_hold_no_letter_that_looks_like_another():
    made = [new_identifier(now_s) for now_s in (0.001, 1.0, 1_800_000_000.0, 1_800_000_000.001)]
    assert made == sorted(made)
    assert {len(text) for text in made} == {26}
    assert not set("".join(made)) & set("ilouILOU")
    assert new_identifier(5.0) != new_identifier(5.0)


def test_an_end_is_counted_once_and_not_when_it_is_undone(make_ledger: MakeLedger):
    ledger = make_ledger()
    counter = JOBS_ENDED.labels("text-to-3d", "cancelled")
    before = counter._value.get()
    job, doomed = (ledger.jobs.submit(new_job()).job for _ in range(2))
    for _ in range(3):
        ledger.jobs.cancel("acme", job.job_id)
    assert counter._value.get() == before + 1

    def undone(connection: sa.Connection) -> None:
        end(connection, doomed.job_id, JobState.CANCELLED)
        raise LedgerError("the disk is full")

    with pytest.raises(LedgerError):
        ledger.database.write(undone)
    assert counter._value.get() == before + 1
    assert ledger.jobs.get("acme", doomed.job_id).state is JobState.QUEUED
