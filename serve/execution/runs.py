"""Stage runs of this process: one for each key, whoever asks; jobs wait for them and may leave.

A run is no part of the job that began it: when that job is cancelled and another waits for the same key, the
run goes on. Whether anybody still wants it is the ledger's to say; the poller brings the answer here.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any
from weakref import WeakValueDictionary

from serve.artifacts import ArtifactStore
from serve.contracts.errors import GalateaError
from serve.contracts.jobs import error_of
from serve.contracts.results import StageResult
from serve.execution.attempts import Attempts
from serve.execution.calls import LedgerCalls
from serve.execution.run import Listen, Outcome, ReadyCall, Run, Wait, Watched
from serve.execution.seam import Seam
from serve.execution.slots import Slots
from serve.ledger import Acquired, ClaimedJob, Found, Held, Ledger, Waiting

__all__ = ["SharedRuns"]

_log = logging.getLogger(__name__)


class SharedRuns:
    """Obtains stage results: found, made here, or waited for.

    Args:
        ledger: Remembers, for every key, who runs it or what it gave.
        calls: How to ask it.
        seam: Where stages run.
        store: Holds their bytes.
        slots: So many stages at once.
        owner: Name of this process in the ledger.
        lease_s: Length of a lease.
    """

    def __init__(
        self,
        ledger: Ledger,
        calls: LedgerCalls,
        seam: Seam,
        store: ArtifactStore,
        slots: Slots,
        *,
        owner: str,
        lease_s: float,
    ) -> None:
        self._ledger = ledger
        self._ask = calls
        self._store = store
        self._attempts = Attempts(ledger, calls, seam, slots)
        self._owner = owner
        self._lease_s = lease_s
        self._runs: dict[str, Run] = {}
        self._waits: set[Wait] = set()
        # A run that another has replaced is in `_runs` no longer, and the loop holds its tasks but weakly.
        self._tasks: set[asyncio.Task[None]] = set()
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._winding_up = False

    async def obtain(self, job: ClaimedJob, ready: ReadyCall, listen: Listen) -> tuple[StageResult, Outcome]:
        """The result of a stage, and how this job came by it.

        Args:
            job: Who asks.
            ready: For what.
            listen: Told how far the run is, 0 to 1, while the job waits.

        Raises:
            GalateaError: The run failed, or the job is no longer this process's.
        """
        outcome: Outcome = "reused"
        while True:
            if self._winding_up:
                await asyncio.get_running_loop().create_future()  # until the job is given back
            # Shielded: were the job cancelled between the ledger's yes and the run's begin, none would run.
            claiming = asyncio.ensure_future(self._claim(job, ready))
            claiming.add_done_callback(_look)
            claim, run = await asyncio.shield(claiming)
            if isinstance(claim, Found):
                if await self._whole(claim.result):
                    return claim.result, outcome
                _log.warning("the bytes of %s are gone: it runs again", ready.key)
                await self._ask(self._ledger.runs.forget, ready.key)
                continue
            if run is not None:
                result = await self._join(run, listen)
            else:
                assert isinstance(claim, Waiting)
                result = await self._wait_elsewhere(job, ready, claim.fence, listen)
            outcome = "ran" if isinstance(claim, Acquired) else "waited"
            if result is not None:
                return result, outcome

    async def _claim(
        self, job: ClaimedJob, ready: ReadyCall
    ) -> tuple[Found | Acquired | Waiting, Run | None]:
        """Ask the ledger for the key, and begin the run where it says so."""
        # One at a time for each key: between the ledger's answer and the run's entry here nobody may look.
        lock = self._locks.setdefault(ready.key, asyncio.Lock())
        async with lock:
            claim = await self._ask(
                self._ledger.runs.acquire,
                ready.key,
                ready.spec.name,
                job_id=job.job_id,
                job_fence=job.fence,
                call=ready.name,
                weight=ready.weight,
                rank=job.rank,
                tag=job.tag,
                preview=ready.spec.preview,
                owner=self._owner,
                lease_s=self._lease_s,
            )
            if isinstance(claim, Acquired):
                return claim, self._begin(job, ready, claim)
            return claim, self._runs.get(ready.key)

    async def _whole(self, result: StageResult) -> bool:
        found = [await self._store.holds(ref) for ref in result.outputs.values()]
        return all(found)

    # Runs of this process

    def _begin(self, job: ClaimedJob, ready: ReadyCall, claim: Acquired) -> Run:
        outcome = asyncio.get_running_loop().create_future()
        outcome.add_done_callback(_look)
        run = Run(ready.key, claim.fence, (job.rank, job.tag), outcome)
        if stale := self._runs.get(ready.key):
            stale.stop()
        self._runs[ready.key] = run
        run.task = asyncio.create_task(
            self._attempts.work(run, job.job_id, ready, claim), name=f"run {ready.key}"
        )
        self._tasks.add(run.task)
        run.task.add_done_callback(self._tasks.discard)
        # Not in a `finally` of the task: one that is cancelled before its first step never gets there.
        run.task.add_done_callback(lambda _: self._ended(run))
        return run

    def _ended(self, run: Run) -> None:
        if self._runs.get(run.key) is run:
            del self._runs[run.key]
        run.settle(None)

    async def _join(self, run: Run, listen: Listen) -> StageResult | None:
        run.listeners.add(listen)
        listen(run.progress)
        try:
            return await asyncio.shield(run.outcome)
        finally:
            run.listeners.discard(listen)

    # Runs of other processes

    async def _wait_elsewhere(
        self, job: ClaimedJob, ready: ReadyCall, fence: int, listen: Listen
    ) -> StageResult | None:
        """Wait until that run is over; it costs a coroutine and no slot."""
        wait = Wait(ready.key, job.job_id, fence, listen, asyncio.get_running_loop().create_future())
        self._waits.add(wait)
        try:
            problem = await wait.over
        finally:
            self._waits.discard(wait)
        if problem is not None:
            raise error_of(problem)
        return None

    # What the poller, the renewal and the drain need

    @property
    def held(self) -> dict[str, int]:
        """Keys that this process runs -> their fences; safe from any thread."""
        runs = list(self._runs.values())  # at one stroke: the loop may change the dictionary meanwhile
        return {run.key: run.fence for run in runs}

    @property
    def watched(self) -> Watched:
        """What the poller should ask about."""
        return Watched(tuple(self._runs.values()), tuple(self._waits))

    def look(self, watched: Watched, held: Held) -> None:
        """Act on what the ledger says: stop runs that are no longer ours, end waits that are over.

        Args:
            watched: What was asked; what began since then is not in the answer.
            held: The answer.
        """
        for run in watched.runs:
            view = held.runs.get(run.key)
            if run.writing:
                continue
            if view is None or view.state != "running" or view.fence > run.fence:
                run.stop()
            else:
                run.urgency = min(run.urgency, (view.rank, view.tag))
        for wait in watched.waits:
            wait.look(held.runs.get(wait.key), held.errors.get((wait.key, wait.job_id)))

    async def tell_progress(self) -> None:
        """Write the newest progress of every run, if it is news."""
        news = {(run.key, run.fence): run.progress for run in self._runs.values() if run.progress > run.told}
        if news:
            await self._ask.once(self._ledger.runs.progress, news)
        for run in self._runs.values():
            run.told = max(run.told, news.get((run.key, run.fence), 0.0))

    async def wind_up(self, grace_s: float) -> None:
        """Begin no more runs, and let those there are come to their end or to their next checkpoint.

        Args:
            grace_s: How long.
        """
        self._winding_up = True
        for run in self._runs.values():
            run.winding_up = True
        tasks = [run.task for run in self._runs.values() if run.task is not None]
        if tasks and grace_s > 0:
            await asyncio.wait(tasks, timeout=grace_s)

    async def close(self) -> None:
        """Stop every run, wait for it, and give its key back."""
        runs = list(self._runs.values())
        for run in runs:
            run.stop()
        tasks = [run.task for run in runs if run.task is not None]
        if tasks:
            await asyncio.wait(tasks)
        for run in runs:
            await self._give_back(self._ask.once(self._ledger.runs.give_back, run.key, run.fence))

    @staticmethod
    async def _give_back(call: Coroutine[Any, Any, None]) -> None:
        try:
            await call
        except GalateaError as error:
            _log.info("a run was not given back, its lease will end: %s", error)


def _look(future: asyncio.Future[Any]) -> None:
    """Retrieve the error: when every job has left there is nobody else to do it."""
    if not future.cancelled():
        future.exception()
