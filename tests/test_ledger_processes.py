"""The ledger under several OS processes at once: nothing twice, nothing lost, nothing orphaned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import sqlalchemy as sa

from serve.contracts.errors import IdempotencyConflictError, StaleFenceError
from serve.contracts.jobs import ENDED, JobState
from serve.contracts.requests import Priority
from serve.ledger import Acquired, ClaimedJob, Found, Ledger, QueueLimits, Waiting, open_ledger
from serve.ledger.acquisition import Wish
from serve.ledger.acquisition import acquire as take
from serve.ledger.schema import events, fair_shares, jobs, stage_interest, stage_runs
from serve.ledger.submission import insert_job
from tests.ledger_samples import (
    PROBLEM,
    acquire,
    at_once,
    dump,
    job_result,
    kinds,
    new_job,
    running,
    stage_result,
)

MakeUrl = Callable[[], str]
MakeLedger = Callable[..., Ledger]
KEYS = [f"key{number:02}" for number in range(30)]
STRESS_JOB_COUNT = 60
STRESS_TURN_COUNT = 150
TENANTS = ("acme", "bravo")


def test_equal_keys_from_16_threads_make_one_job(make_ledger: MakeLedger):
    ledger = make_ledger()
    new = new_job(idempotency_key="once", request_digest="d")
    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(lambda _: ledger.jobs.submit(new), range(64)))
    assert len({submitted.job.job_id for submitted in made}) == 1
    assert [submitted.created for submitted in made].count(True) == 1
    assert len(dump(ledger, jobs)[0]) == 1


def submit_many(url: str, rounds: int) -> list[tuple[str, bool]]:
    """Each of 10 keys once a round, in the same order as everybody else."""
    ledger = open_ledger(url)
    made = []
    for number in range(10 * rounds):
        new = new_job(idempotency_key=f"key{number % 10}", request_digest="d")
        submitted = ledger.jobs.submit(new, QueueLimits(100, 100))
        made.append((submitted.job.job_id, submitted.created))
    ledger.close()
    return made


def test_equal_keys_from_four_processes_make_one_job_each(
    make_database_url: MakeUrl, make_ledger: MakeLedger
):
    url = make_database_url()
    made = [each for of_process in at_once(submit_many, [(url, 3)] * 4) for each in of_process]
    ledger = make_ledger(url)
    assert Counter(Counter(job_id for job_id, _ in made).values()) == {12: 10}
    assert sum(created for _, created in made) == 10
    rows, [share] = dump(ledger, jobs, fair_shares)
    assert len({row.tag for row in rows}) == 10, "two jobs of a tenant never share a tag"
    assert share.last_tag == max(row.tag for row in rows)


def conflict(url: str, digest: str) -> str:
    ledger = open_ledger(url)
    try:
        return str(ledger.jobs.submit(new_job(idempotency_key="once", request_digest=digest)).created)
    except IdempotencyConflictError as error:
        return error.code
    finally:
        ledger.close()


def test_of_two_bodies_under_one_key_at_once_one_is_refused(make_database_url: MakeUrl):
    url = make_database_url()
    answers = at_once(conflict, [(url, digest) for digest in ("d1", "d2")])
    assert sorted(answers) == ["True", "idempotency_conflict"]


def claim_all(url: str, owner: str, limit: int) -> list[tuple[int, float, str, int]]:
    """Claim until nothing is left."""
    ledger = open_ledger(url)
    claimed = []
    while batch := ledger.jobs.claim(owner, 30.0, limit):
        assert len(batch) <= limit
        claimed += [(job.rank, job.tag, job.job_id, job.fence) for job in batch]
    ledger.close()
    return claimed


@pytest.mark.parametrize("limit", [1, 7])
def test_four_processes_claim_every_job_once_and_each_in_order(
    limit: int, make_database_url: MakeUrl, make_ledger: MakeLedger
):
    url = make_database_url()
    ledger = make_ledger(url)
    classes = list(Priority)
    waiting = [new_job(priority=classes[number % 3], tenant=f"t{number % 2}") for number in range(300)]
    ledger.database.write(
        lambda connection: [insert_job(connection, new, f"job{i}", None) for i, new in enumerate(waiting)]
    )
    claimed = at_once(claim_all, [(url, f"o{number}", limit) for number in range(4)])
    ids = [job_id for of_process in claimed for _, _, job_id, _ in of_process]
    assert len(ids) == len(set(ids)) == 300
    for of_process in claimed:
        assert of_process == sorted(of_process)
        assert {fence for *_, fence in of_process} <= {1}
    [told] = dump(ledger, events)
    assert Counter((event.seq, event.kind) for event in told) == {(1, "queued"): 300, (2, "started"): 300}


class Chaos:
    """A process that does whatever an orchestrator, a worker or a client may do, at random.

    Args:
        ledger: Shared with the other processes.
        owner: Its name.
        seed: Of its choices.
    """

    def __init__(self, ledger: Ledger, owner: str, seed: int) -> None:
        self.ledger = ledger
        self.owner = owner
        self.random = np.random.default_rng(seed)
        self.submitted: list[tuple[str, str]] = []
        self.jobs: dict[str, ClaimedJob] = {}
        self.runs: dict[str, int] = {}
        self.acquired: list[tuple[str, int]] = []
        self.finished: list[tuple[str, int]] = []
        self.refused = 0

    def run(self) -> None:
        for _ in range(STRESS_JOB_COUNT // 4):
            tenant = TENANTS[self.random.integers(2)]
            self.submitted.append((tenant, self.ledger.jobs.submit(new_job(tenant=tenant)).job.job_id))
        turns = [self.claim, self.acquire, self.acquire, self.acquire, self.finish, self.finish]
        turns += [self.fail, self.lose, self.give_back, self.withdraw, self.cancel, self.end, self.keep_house]
        for _ in range(STRESS_TURN_COUNT):
            try:
                turns[self.random.integers(len(turns))]()
            except StaleFenceError:
                self.refused += 1  # somebody cancelled it, or took it

    def some(self, choices: list[str]) -> str | None:
        return choices[self.random.integers(len(choices))] if choices else None

    def claim(self) -> None:
        self.jobs |= {job.job_id: job for job in self.ledger.jobs.claim(self.owner, 30.0, 3)}

    def acquire(self) -> None:
        if (job_id := self.some(list(self.jobs))) is None:
            return
        key = KEYS[self.random.integers(len(KEYS))]
        match acquire(self.ledger, self.jobs[job_id], key, self.owner):
            case Acquired(fence):
                self.runs[key] = fence
                self.acquired.append((key, fence))
            case Found(result):
                assert result == stage_result(key)

    def take_run(self) -> tuple[str, int] | None:
        key = self.some(list(self.runs))
        return None if key is None else (key, self.runs.pop(key))

    def finish(self) -> None:
        if run := self.take_run():
            self.ledger.runs.progress({run: 0.5})
            self.ledger.runs.finish(*run, stage_result(run[0]))
            self.finished.append(run)

    def fail(self) -> None:
        if run := self.take_run():
            self.ledger.runs.fail(*run, PROBLEM)

    def lose(self) -> None:
        if (run := self.take_run()) and (again := self.ledger.runs.lose(*run, PROBLEM, 2)):
            self.runs[run[0]] = again.fence
            self.acquired.append((run[0], again.fence))

    def give_back(self) -> None:
        if run := self.take_run():
            self.ledger.runs.give_back(*run)

    def withdraw(self) -> None:
        if job_id := self.some(list(self.jobs)):
            self.ledger.runs.withdraw(KEYS[self.random.integers(len(KEYS))], job_id)

    def cancel(self) -> None:
        tenant, job_id = self.submitted[self.random.integers(len(self.submitted))]
        if self.random.random() < 0.4:
            self.ledger.jobs.cancel(tenant, job_id)

    def end(self) -> None:
        if (job_id := self.some(list(self.jobs))) is None:
            return
        job = self.jobs.pop(job_id)
        match self.random.integers(4):
            case 0:
                self.ledger.jobs.complete(job_id, job.fence, job_result())
            case 1:
                self.ledger.jobs.retry(job_id, job.fence, PROBLEM, 0.0)
            case 2:
                self.ledger.jobs.give_back(job_id, job.fence)
            case 3:
                self.ledger.jobs.fail(job_id, job.fence, PROBLEM)

    def keep_house(self) -> None:
        mine = {"job_ids": list(self.jobs), "run_keys": list(self.runs)}
        self.ledger.leases.renew(self.owner, 30.0, **mine)
        self.ledger.leases.reap(backoff=lambda count: 0.0, promote_after_s=0.05)
        held = self.ledger.runs.held(jobs={j: job.fence for j, job in self.jobs.items()}, keys=KEYS)
        self.jobs = {job_id: job for job_id, job in self.jobs.items() if job_id in held.jobs}
        if self.random.random() < 0.2:  # "that one died": it did not, and learns from its fences
            self.ledger.leases.release(f"o{self.random.integers(4)}", backoff=lambda count: 0.0)


def cause_chaos(url: str, number: int) -> tuple[list[tuple[str, int]], list[tuple[str, int]], int]:
    ledger = open_ledger(url)
    chaos = Chaos(ledger, f"o{number}", number)
    chaos.run()
    ledger.close()
    return chaos.acquired, chaos.finished, chaos.refused


def test_whatever_four_processes_do_at_random_the_ledger_stays_consistent(
    make_database_url: MakeUrl, make_ledger: MakeLedger
):
    url = make_database_url()
    outcomes = at_once(cause_chaos, [(url, number) for number in range(4)])
    ledger = make_ledger(url)
    acquired = Counter(run for runs, _, _ in outcomes for run in runs)
    finished = Counter(key for _, runs, _ in outcomes for key, _ in runs)
    assert sum(refused for *_, refused in outcomes) > 0, "nothing collided: this proves nothing"
    assert len(finished) > 3
    assert set(acquired.values()) == {1}, "no fence was given twice"
    assert set(finished.values()) == {1}, "no result was written twice"
    all_jobs, runs, interest = dump(ledger, jobs, stage_runs, stage_interest)
    wanted = {row.key for row in interest}
    busy = {row.job_id for row in all_jobs if row.state == JobState.RUNNING}
    assert {row.key for row in runs if row.state == "done"} == set(finished)
    assert {row.key for row in runs if row.state == "running"} <= wanted, "nobody wants a running run"
    assert {row.job_id for row in interest} <= busy, "who does not run wants nothing"
    for row in all_jobs:
        ended = row.state in ENDED
        told = {"queued": row.state == JobState.QUEUED, "finished": ended}
        assert told.get(kinds(ledger, row.job_id)[-1], row.state == JobState.RUNNING), row
        assert (row.ended_at is not None) == ended
        assert (row.owner is not None) == (row.state == JobState.RUNNING)
        assert kinds(ledger, row.job_id).count("finished") == ended
    assert deadlock_count(ledger) == 0, "locks were taken in another order than that of serve.ledger"


def deadlock_count(ledger: Ledger) -> int:
    if ledger.database.is_sqlite:
        return 0
    query = sa.text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    return ledger.database.read(lambda connection: connection.execute(query).scalar_one())


def wait_and_cancel(url: str, owner: str, job_ids: list[str]) -> list[str]:
    """Want one key for a job, look whether somebody runs it, cancel the job; and again for the next."""
    ledger = open_ledger(url)
    seen = []
    for job_id in job_ids:
        wish = {"job_id": job_id, "job_fence": 1, "rank": 1, "tag": 1.0, "call": "a", "weight": 1.0}
        ledger.runs.acquire("shared", "denoise", owner=owner, lease_s=30.0, **wish)
        seen.append(ledger.runs.held(jobs={}, keys=["shared"]).runs["shared"].state)
        ledger.jobs.cancel("acme", job_id)
    ledger.close()
    return seen


def test_a_run_is_never_released_under_a_job_that_has_just_begun_to_wait_for_it(
    make_database_url: MakeUrl, make_ledger: MakeLedger
):
    url = make_database_url()
    ledger = make_ledger(url)
    made = [[ledger.jobs.submit_claimed(new_job(), "o", 30.0).job_id for _ in range(20)] for _ in range(4)]
    seen = at_once(wait_and_cancel, [(url, f"o{number}", job_ids) for number, job_ids in enumerate(made)])
    assert {state for of_process in seen for state in of_process} == {"running"}
    [[run], interest] = dump(ledger, stage_runs, stage_interest)
    assert (run.state, interest) == ("released", []), "every job was cancelled"
    assert deadlock_count(ledger) == 0


@pytest.mark.parametrize("database_kind", ["postgresql"])  # SQLite has one writer at a time
def test_who_begins_to_wait_while_the_run_is_being_finished_is_told(make_ledger: MakeLedger):
    ledger = make_ledger()
    first, second = running(ledger), running(ledger)
    assert acquire(ledger, first) == Acquired(1)
    wish = Wish("k", "denoise", second.job_id, second.fence, "b", 1.0, "p", 30.0, second.rank, second.tag)
    waits = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    with ThreadPoolExecutor(1) as pool:
        with ledger.database.engine.begin() as connection:  # a transaction of another process
            assert take(connection, wish) == Waiting(1)
            finishing = pool.submit(ledger.runs.finish, "k", 1, stage_result())
            while not ledger.database.read(lambda c: c.execute(waits).scalar_one()):
                assert not finishing.done()
        finishing.result()
    assert kinds(ledger, second.job_id)[-2:] == ["stage_started", "stage_finished"]
    assert kinds(ledger, first.job_id)[-1] == "stage_finished"
