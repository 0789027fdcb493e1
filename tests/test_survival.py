"""A job that was accepted ends, once, whatever is killed; what was done is not done again.

Each case kills at one moment of one job: in the middle of a stage, as soon as its worker's row `stage began`
is there, or at its boundary, as soon as the row `stage done` is. The worker is held by SIGSTOP before it is
killed, so that a look at its rows tells whether the moment was hit; where it was not, another job is tried.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any

import httpx
import numpy as np
import pytest
import sqlalchemy as sa

from serve.contracts.jobs import ENDED
from serve.ledger.schema import jobs, stage_runs
from tests.ledger_samples import at_once, dump, kinds
from tests.served import (
    BEGAN,
    DONE,
    TEXT_TO_3D_CALLS,
    TEXT_TO_3D_RUNS,
    TEXT_TO_3D_STAGES,
    Row,
    Served,
    insist,
    kill_all,
    ran_again,
    services_by_database,
)

MIDDLE, BOUNDARY = BEGAN, DONE
TRY_COUNT = 12

_seeds = count(1)


@pytest.fixture(scope="module")
def services(request: pytest.FixtureRequest) -> Iterator[Callable[[str], Served]]:
    """Each call gives the one service of this module that runs on this kind of database."""
    with services_by_database(request, sync_workers=2) as service:
        yield service


@pytest.fixture
def served(services: Callable[[str], Served], database_kind: str) -> Served:
    """The service of the module on this database, ready for the next blow."""
    service = services(database_kind)
    service.until_ready()
    return service


def cases(*, sqlite: Collection[str] = (), postgresql: Collection[str] = ()) -> pytest.MarkDecorator:
    """Every stage on both databases; those that are not named belong to the long matrix."""
    normal = {("sqlite", stage) for stage in sqlite} | {("postgresql", stage) for stage in postgresql}
    matrix = [(kind, stage) for kind in ("sqlite", "postgresql") for stage in TEXT_TO_3D_STAGES]
    marked = [pytest.param(*case, marks=[] if case in normal else pytest.mark.full) for case in matrix]
    return pytest.mark.parametrize(("database_kind", "stage"), marked)


@dataclass(frozen=True, slots=True)
class Struck:
    """What was there when the blow fell.

    Args:
        view: The job, ended.
        before: Rows up to the blow.
        after: Rows since.
        done: Keys in the ledger after the blow -> fence.
    """

    view: dict[str, Any]
    before: list[Row]
    after: list[Row]
    done: dict[str, int]

    @property
    def times(self) -> Counter[tuple[str, str]]:
        """Stage and key -> how often it began."""
        return Counter((row.stage, row.key) for row in self.before + self.after if row.message == BEGAN)

    @property
    def open(self) -> set[str]:
        """Stages that ran at the blow."""
        ended = {row.key for row in self.before if row.message != BEGAN}
        return {row.stage for row in self.before if row.message == BEGAN and row.key not in ended}

    @property
    def repeated(self) -> set[str]:
        """Stages that began more than once for the same key."""
        return {stage for (stage, _), times in self.times.items() if times > 1}

    def in_the_middle(self, stage: str) -> bool:
        """Whether the stage ran, and had to begin again."""
        return stage in self.open & self.repeated

    def at_boundary(self, stage: str) -> bool:
        """Whether nothing had begun after the stage."""
        messages = [(row.message, row.stage) for row in self.before]
        return not any(message == BEGAN for message, _ in messages[messages.index((DONE, stage)) :])


def kill(served: Served | None = None, *names: str, worker: bool = True) -> Callable[[Row], None]:
    """A blow that kills these processes, and the worker that is held or not."""

    def blow(row: Row) -> None:
        for name in names:
            assert served is not None
            os.kill(served.pids()[name], signal.SIGKILL)
        os.kill(row.pid, signal.SIGKILL if worker else signal.SIGCONT)

    return blow


def kill_everything(served: Served) -> Callable[[Row], None]:
    """A blow that leaves nothing, after which the service is started anew."""

    def blow(row: Row) -> None:
        del row
        served.kill_everything()
        served.start()

    return blow


def strike(served: Served, stage: str, moment: str, blow: Callable[[Row], None]) -> Struck:
    """Run a job, and strike when the row comes; the job is awaited."""
    seed = next(_seeds)
    with served.tail() as tail, ThreadPoolExecutor(1) as pool:
        posted = pool.submit(served.submit, prompt=f"a tall red lamp, the {seed}. of many", seed=seed)
        before = tail.until(lambda row: (row.message, row.stage) == (moment, stage))
        target = next(row for row in before if (row.message, row.stage) == (moment, stage))
        os.kill(target.pid, signal.SIGSTOP)
        before += tail.new()
        blow(target)
        done = served.done_runs()
        view = served.wait(posted.result())
        return Struck(view, before, tail.new(), done)


def hit(served: Served, stage: str, moment: str, blow: Callable[[Row], None], attempt: int) -> Struck:
    """Strike until the moment is hit; every job must end well, hit or not.

    Args:
        served: Is struck.
        stage: When.
        moment: In its middle or at its boundary.
        blow: Is handed the row at which the worker was stopped.
        attempt: Of the job that was hit; one that had just ended is still in its first.
    """
    for _ in range(TRY_COUNT):
        struck = strike(served, stage, moment, blow)
        check(served, struck)
        assert struck.view["attempt"] <= attempt
        in_time = struck.at_boundary(stage) if moment == BOUNDARY else struck.in_the_middle(stage)
        if in_time and struck.view["attempt"] == attempt:
            return struck
    raise AssertionError(f"the {moment} of {stage} was never hit in {TRY_COUNT} jobs")


def check(served: Served, struck: Struck) -> None:
    """The job ended, once; nothing that was done ran again; its asset is there, its events are gapless."""
    view = struck.view
    assert view["status"] == "completed", view["error"]
    assert not ran_again(struck.after, struck.done)
    assert Counter(stage for stage, _ in struck.times) == TEXT_TO_3D_RUNS
    assert max(struck.times.values()) <= 2
    assert served.download(view)[:4] == b"glTF"
    with served.ledger() as ledger:
        told = kinds(ledger, view["job_id"])
        events = ledger.events.read(view["job_id"])
    finished = [each.payload for each in events if each.kind == "stage_finished"]
    assert told[-1] == "finished"
    assert {each["stage"] for each in finished} == set(TEXT_TO_3D_CALLS)
    made = [each["stage"] for each in finished if not each["cached"]]
    assert len(made) == len(set(made))


@cases(sqlite=TEXT_TO_3D_STAGES)
def test_a_worker_killed_in_the_middle_of_a_stage_costs_that_stage_alone(served: Served, stage: str):
    struck = hit(served, stage, MIDDLE, kill(), attempt=1)
    # Stages of the engine share a process: what else was open there is lost with it.
    assert struck.repeated <= struck.open


@cases(postgresql=TEXT_TO_3D_STAGES)
def test_a_worker_killed_at_a_stage_boundary_costs_nothing(served: Served, stage: str):
    struck = hit(served, stage, BOUNDARY, kill(), attempt=1)
    assert struck.repeated <= struck.open


@cases(sqlite=["encode_text", "assemble", "export"], postgresql=["denoise", "extract_mesh", "render"])
def test_a_service_killed_at_a_stage_boundary_begins_no_done_stage_again(served: Served, stage: str):
    hit(served, stage, BOUNDARY, kill(served, "service", worker=False), attempt=2)


@cases(postgresql=["classify"])
def test_everything_killed_at_a_stage_boundary_goes_on_after_a_new_start(served: Served, stage: str):
    hit(served, stage, BOUNDARY, kill_everything(served), attempt=2)


@cases(sqlite=["denoise"])
def test_everything_killed_in_mid_stage_goes_on_after_a_new_start(served: Served, stage: str):
    hit(served, stage, MIDDLE, kill_everything(served), attempt=2)


@cases(sqlite=["render"], postgresql=["denoise"])
def test_a_service_killed_in_mid_stage_runs_that_stage_again(served: Served, stage: str):
    hit(served, stage, MIDDLE, kill(served, "service", worker=False), attempt=2)


@cases(sqlite=["denoise"], postgresql=["extract_mesh"])
def test_a_worker_and_the_service_killed_together_lose_no_job(served: Served, stage: str):
    hit(served, stage, MIDDLE, kill(served, "service"), attempt=2)


# Soak

SOAK_S = 180.0
KILL_RNG_SEED = 20
SPARED_FROM = 2  # deaths: the third is meant to end a job


def post_for(url: str, client_number: int, duration_s: float) -> dict[str, set[str]]:
    """One job after the other, each posted twice under a key of its own; key -> ids that were answered."""
    made: dict[str, set[str]] = {}
    end_s = time.perf_counter() + duration_s
    with httpx.Client(base_url=url, timeout=30) as client:
        while time.perf_counter() < end_s:
            number = len(made)
            key = f"client-{client_number}-{number}"
            body = {
                "prompt": f"a red lamp of {key}",
                "quality": "draft",
                "seed": 1_000 * client_number + number,
            }
            post = partial(client.post, "/v1/text-to-3d", json=body, headers={"Idempotency-Key": key})
            made[key] = {insist(post)["job_id"] for _ in range(2)}
            for job_id in made[key]:
                while insist(partial(client.get, f"/v1/jobs/{job_id}"))["status"] not in ENDED:
                    time.sleep(0.1)
    return made


def worst_loss_count(served: Served) -> int:
    """Of the jobs that live and the runs that run, the most deaths that one has seen."""
    queries = [
        sa.select(sa.func.max(table.c.lost_count)).where(table.c.state.in_(["queued", "running"]))
        for table in (jobs, stage_runs)
    ]
    with served.ledger() as ledger:
        read = ledger.database.read
        counts = [
            read(lambda connection, query=query: connection.execute(query).scalar_one()) for query in queries
        ]
    return max(count or 0 for count in counts)


def kill_at_random(
    served: Served, duration_s: float, rng: np.random.Generator
) -> tuple[Counter[str], dict[str, int]]:
    """Kill workers, the service and everything; how often which, and every run that was seen to be done."""
    killed: Counter[str] = Counter()
    done: dict[str, int] = {}
    end_s = time.perf_counter() + duration_s
    while time.perf_counter() < end_s:
        time.sleep(rng.uniform(0.5, 5.0))
        victim = str(rng.choice(["async-0", "sync-0", "sync-1", "service", "everything"]))
        pids = served.pids()
        if worst_loss_count(served) >= SPARED_FROM or victim not in {*pids, "everything"}:
            continue
        killed[victim] += 1
        if victim == "everything":
            served.kill_everything()
        else:
            kill_all([pids[victim]])
        now = served.done_runs()
        assert now | done == now, "what was done is done no more"
        done = now
        if victim == "everything":
            served.start()
    return killed, done


@pytest.mark.full
@pytest.mark.timeout(600)
def test_jobs_survive_minutes_of_random_kills(served: Served):
    with ThreadPoolExecutor(1) as pool, served.tail() as tail:
        clients = [(served.url, number, SOAK_S) for number in range(4)]
        posting = pool.submit(at_once, post_for, clients)
        killed, done = kill_at_random(served, SOAK_S, np.random.default_rng(KILL_RNG_SEED))
        made = {key: ids for of_client in posting.result() for key, ids in of_client.items()}
        rows = tail.new()
    assert min(killed[victim] for victim in ("async-0", "sync-0", "service", "everything")) >= 1, killed
    assert {len(ids) for ids in made.values()} == {1}
    views = [served.wait(job_id) for ids in made.values() for job_id in ids]
    assert [view["error"] for view in views if view["status"] != "completed"] == []
    assert not ran_again(rows, done)
    with served.ledger() as ledger:
        [known] = dump(ledger, jobs)
        keys = Counter(row.request for row in known)
        assert {json.loads(row.request)["prompt"] for row in known} >= {
            f"a red lamp of {key}" for key in made
        }
        assert set(keys.values()) == {1}
        if ledger.database.is_sqlite:
            check = sa.text("PRAGMA integrity_check")
            assert ledger.database.read(lambda connection: connection.execute(check).scalar_one()) == "ok"
