"""The loop that claims jobs and sees each to its end, whatever dies: input and output only, no computing.

Everything that outlives this process is in the ledger. A process that stops renewing its leases loses its
jobs and runs to others; what it then still writes is refused by its old fence.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping
from time import perf_counter
from types import TracebackType
from typing import Any

from serve.artifacts import ArtifactStore
from serve.contracts.errors import GalateaError, LedgerError, StaleFenceError
from serve.contracts.jobs import JobState, problem_of
from serve.contracts.results import JobResult
from serve.contracts.stage import StageSpec
from serve.execution.calls import LedgerCalls, backoff_s
from serve.execution.graph import JobEvent, Means, execute
from serve.execution.runs import SharedRuns
from serve.execution.seam import Seam
from serve.execution.slots import Slots
from serve.ledger import ClaimedJob, Ledger
from serve.stages import STAGES
from serve.telemetry import metrics

__all__ = ["Orchestrator"]

_log = logging.getLogger(__name__)
_POLL_S = 0.1
_CLAIM_POLL_S = 0.25

Listen = Callable[[JobEvent], None]


class Orchestrator:
    """Runs jobs of the ledger over a seam; used as `async with Orchestrator(...) as orchestrator`.

    Args:
        ledger: Where jobs come from and their ends go.
        seam: Where stages run.
        store: Where artifacts lie.
        owner: Name of this process in the ledger, unlike every other's.
        version: Of the program, for manifests.
        slots: Kind of stage (`async`, `sync`) -> how many at once.
        max_jobs: Most jobs at once; the last half of the room is for the more urgent classes.
        lease_s: Seconds after which others may take what this process holds, if it falls silent.
        promote_after_s: Seconds after which a waiting job rises by a class.
        stages: By name.
    """

    def __init__(
        self,
        ledger: Ledger,
        seam: Seam,
        store: ArtifactStore,
        *,
        owner: str,
        version: str,
        slots: Mapping[str, int],
        max_jobs: int,
        lease_s: float = 30.0,
        promote_after_s: float = 300.0,
        stages: Mapping[str, StageSpec] = STAGES,
    ) -> None:
        self._ledger = ledger
        self._owner = owner
        self._lease_s = lease_s
        self._promote_after_s = promote_after_s
        self._max_jobs = max_jobs
        self._ask = LedgerCalls(lease_s)
        self._runs = SharedRuns(ledger, self._ask, seam, store, Slots(slots), owner=owner, lease_s=lease_s)
        self._means = Means(self._runs, seam, store, stages, version, self._grow)
        self._jobs: dict[str, ClaimedJob] = {}
        self._tasks: dict[str, asyncio.Task[Any]] = {}
        self._ending: set[str] = set()  # their end is being written: no longer to be cancelled
        self._nudged = asyncio.Event()
        self._look_now = asyncio.Event()
        self._draining = False
        self._ended = threading.Event()

    async def __aenter__(self) -> Orchestrator:
        self._loop = asyncio.get_running_loop()
        # Two: to see to a thousand dead or late jobs takes longer than a lease of those that live.
        loops = {"lease-renewal": self._renew, "reaper": self._reap}
        self._threads = [threading.Thread(target=loops[name], name=name, daemon=True) for name in loops]
        for thread in self._threads:
            thread.start()
        self._poller = asyncio.create_task(self._poll(), name="ledger poller")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.drain()
        self._poller.cancel()
        await asyncio.wait([self._poller])
        self._ended.set()
        for thread in self._threads:
            await asyncio.to_thread(thread.join)
        self._ask.close()

    def nudge(self) -> None:
        """Look at the ledger now: a job was submitted or cancelled in this process. Safe from any thread."""
        self._loop.call_soon_threadsafe(self._nudged.set)
        self._loop.call_soon_threadsafe(self._look_now.set)

    @property
    def job_count(self) -> int:
        """Jobs that this process runs now."""
        return len(self._tasks)

    # Claiming

    async def run(self) -> None:
        """Claim jobs and run them, until `drain`.

        Raises:
            GalateaError: What this process lives by has ended by a bug: it should end, and be started again.
        """
        while not self._draining:
            self._check_pulse()
            claimed = await self._claim()
            for job in claimed:
                self._begin(job)
            if not claimed:
                await self._rest(_CLAIM_POLL_S)

    def _check_pulse(self) -> None:
        """Without its poller a waiter waits for ever; without its renewal every lease is lost, unseen."""
        ended = [thread.name for thread in self._threads if not thread.is_alive()]
        if self._poller.done():
            ended.append(self._poller.get_name())
        if ended and not self._ended.is_set():
            raise GalateaError(f"{' and '.join(ended)} ended by a bug; see the log")

    async def _claim(self) -> list[ClaimedJob]:
        """The most urgent job, if there is room; one at a time, for a later one may be more urgent."""
        worst_rank = _room(len(self._tasks), self._max_jobs)
        if worst_rank is None:
            return []
        try:
            return await self._ask.once(self._ledger.jobs.claim, self._owner, self._lease_s, 1, worst_rank)
        except LedgerError as error:
            _log.warning("cannot claim: %s", error)
            await asyncio.sleep(1.0)
            return []

    async def _rest(self, longest_s: float) -> None:
        """Wait for a nudge, or as long as that."""
        try:
            async with asyncio.timeout(longest_s):
                await self._nudged.wait()
        except TimeoutError:
            pass
        self._nudged.clear()

    # One job

    def _begin(self, job: ClaimedJob) -> None:
        task = asyncio.create_task(self._see_to(job), name=f"job {job.job_id}")
        self._jobs[job.job_id], self._tasks[job.job_id] = job, task
        # Not in a `finally` of the task: one that is cancelled before its first step never gets there.
        task.add_done_callback(lambda _: self._forget(job))

    async def run_claimed(self, job: ClaimedJob, listen: Listen) -> JobResult:
        """Run a job that was born claimed by this owner, and give its result.

        Raises:
            GalateaError: It failed, after the ledger was told.
        """
        task = asyncio.current_task()
        assert task is not None
        self._jobs[job.job_id], self._tasks[job.job_id] = job, task
        try:
            result = await execute(job, self._means, listen)
            await self._end(self._ledger.jobs.complete, job, result)
            return result
        except StaleFenceError:
            # Perhaps its own completion, written by a call whose answer was lost, before it was repeated.
            record = await self._ask(self._ledger.jobs.get, job.tenant, job.job_id)
            if record.result is None:
                raise
            return record.result
        except GalateaError as error:
            await self._end(self._ledger.jobs.fail, job, problem_of(error))
            raise
        finally:
            self._forget(job)

    async def _see_to(self, job: ClaimedJob) -> None:
        """Run a job and write its end; what cannot be written is left to whoever claims it next."""
        try:
            await self._run_to_end(job)
        except StaleFenceError:
            _log.info("job %s was taken away", job.job_id)
        except LedgerError as error:
            _log.warning("job %s is left to its lease: %s", job.job_id, error)

    def _forget(self, job: ClaimedJob) -> None:
        self._jobs.pop(job.job_id, None)
        self._tasks.pop(job.job_id, None)
        self._ending.discard(job.job_id)
        self._nudged.set()

    async def _run_to_end(self, job: ClaimedJob) -> None:
        begun = perf_counter()
        try:
            result = await execute(job, self._means)
        except StaleFenceError:
            raise
        except GalateaError as error:
            await self._failed(job, error, begun)
        except Exception as error:  # the outermost edge of a job: it must end, whatever our bug is
            _log.exception("job %s failed", job.job_id)
            bug = GalateaError(f"{type(error).__name__}: {error}; this is a bug, report it")
            await self._failed(job, bug, begun)
        else:
            await self._end(self._ledger.jobs.complete, job, result)
            _count(job, JobState.COMPLETED, begun)

    async def _failed(self, job: ClaimedJob, error: GalateaError, begun: float) -> None:
        problem = problem_of(error)
        if error.retryable:
            await self._end(self._ledger.jobs.retry, job, problem, backoff_s(job.attempt))
        else:
            await self._end(self._ledger.jobs.fail, job, problem)
            _count(job, JobState.FAILED, begun)

    async def _end(self, how: Callable[..., tuple[str, ...]], job: ClaimedJob, *what: object) -> None:
        """Write a job's end; runs that nobody wants any more are stopped at once."""
        self._ending.add(job.job_id)
        if await self._ask(how, job.job_id, job.fence, *what):
            self._look_now.set()

    async def _give_back(self, job: ClaimedJob) -> None:
        try:
            await self._ask.once(self._ledger.jobs.give_back, job.job_id, job.fence)
        except GalateaError as error:
            _log.info("job %s was not given back, its lease will end: %s", job.job_id, error)

    async def _grow(self, job: ClaimedJob, weight: float) -> None:
        await self._ask(self._ledger.jobs.set_weight, job.job_id, job.fence, weight)

    # What the ledger says, and what it is told

    async def _poll(self) -> None:
        """See what was cancelled or taken away, and tell how far the runs are."""
        while True:
            try:
                await self._look()
                await self._runs.tell_progress()
            except LedgerError as error:
                _log.debug("the poller goes on later: %s", error)
            try:
                async with asyncio.timeout(_POLL_S):
                    await self._look_now.wait()
            except TimeoutError:
                pass
            self._look_now.clear()

    async def _look(self) -> None:
        asked = {job.job_id: job.fence for job in self._jobs.values()}
        watched = self._runs.watched
        if not asked and not watched.keys:
            return
        held = await self._ask.once(self._ledger.runs.held, jobs=asked, keys=watched.keys)
        self._runs.look(watched, held)
        for job_id in asked.keys() - held.jobs:
            job = self._jobs.get(job_id)
            if job is not None and job.fence == asked[job_id] and job_id not in self._ending:
                self._tasks[job_id].cancel()

    def _renew(self) -> None:
        """Renew leases in a thread, so that a busy loop loses none."""
        while not self._ended.wait(self._lease_s / 4):
            try:
                mine = {"job_ids": list(self._jobs), "run_keys": list(self._runs.held)}
                self._ledger.leases.renew(self._owner, self._lease_s, **mine)
            except LedgerError as error:
                _log.warning("leases were not renewed: %s", error)

    def _reap(self) -> None:
        """Find leases and deadlines that are over, in a thread."""
        while not self._ended.wait(self._lease_s / 4):
            try:
                self._ledger.leases.reap(backoff=backoff_s, promote_after_s=self._promote_after_s)
            except LedgerError as error:
                _log.warning("leases that are over wait: %s", error)

    async def drain(self, grace_s: float = 0.0) -> None:
        """Claim no more, stop what runs, and give jobs back to the queue; returns when nothing runs.

        Args:
            grace_s: So long stages may come to their end or to their next checkpoint; none begins any more.
        """
        self._draining = True
        self._nudged.set()
        await self._runs.wind_up(grace_s)
        jobs, tasks = list(self._jobs.values()), list(self._tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        for job in jobs:
            await self._give_back(job)
        await self._runs.close()


def _room(job_count: int, max_jobs: int) -> int | None:
    """The least urgent rank that may be claimed: batch jobs fill half the room, normal ones three quarters.

    What runs is not interrupted for what is more urgent; so some room is kept free of it.
    """
    share = job_count / max_jobs
    return 2 if share < 0.5 else 1 if share < 0.75 else 0 if share < 1.0 else None


def _count(job: ClaimedJob, state: JobState, begun: float) -> None:
    metrics.JOB_SECONDS.labels(job.operation, state.value).observe(perf_counter() - begun)
