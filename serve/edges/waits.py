"""Waiting for jobs to end: one poller a process feeds all who wait; nobody holds a thread or a connection."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping

from serve.contracts.errors import GalateaError
from serve.contracts.jobs import ENDED, JobState

__all__ = ["Waits"]

_TICK_S = 0.05


class Waits:
    """All who wait in this process.

    Args:
        states: Job ids -> the states of those that exist; asked once a tick, for all ids together.
    """

    def __init__(self, states: Callable[[Collection[str]], Awaitable[Mapping[str, JobState]]]) -> None:
        self._states = states
        self._waiters: defaultdict[str, set[asyncio.Future[None]]] = defaultdict(set)
        self._poller: asyncio.Task[None] | None = None
        self._closed = False

    async def ended(self, job_id: str, timeout_s: float) -> bool:
        """Whether the job ended within the time; False also where the service stops meanwhile.

        Raises:
            LedgerError: The ledger cannot be read.
        """
        if self._closed or timeout_s <= 0:
            return False
        waiter = asyncio.get_running_loop().create_future()
        self._waiters[job_id].add(waiter)
        if self._poller is None or self._poller.done():
            self._poller = asyncio.create_task(self._poll(), name="waits")
        try:
            async with asyncio.timeout(timeout_s):
                await waiter
        except TimeoutError:
            return False
        finally:
            self._leave(job_id, waiter)
        return not self._closed

    def close(self) -> None:
        """Let everybody go, and nobody wait any more: the process is about to stop."""
        self._closed = True
        self._wake(list(self._waiters), None)

    def _leave(self, job_id: str, waiter: asyncio.Future[None]) -> None:
        self._waiters[job_id].discard(waiter)
        if not self._waiters[job_id]:
            del self._waiters[job_id]

    async def _poll(self) -> None:
        """Ask until nobody waits; a job that is gone has ended as well."""
        while self._waiters:
            job_ids = sorted(self._waiters)
            try:
                states = await self._states(job_ids)
            except GalateaError as error:
                self._wake(job_ids, error)
            else:
                self._wake([job_id for job_id in job_ids if states.get(job_id) in {None, *ENDED}], None)
            await asyncio.sleep(_TICK_S)

    def _wake(self, job_ids: Collection[str], error: GalateaError | None) -> None:
        for waiter in [waiter for job_id in job_ids for waiter in self._waiters.get(job_id, ())]:
            if waiter.done():
                continue
            if error is None:
                waiter.set_result(None)
            else:
                waiter.set_exception(error)
