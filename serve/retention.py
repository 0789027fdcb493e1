"""Forgetting: old jobs, unused results, and in the end the bytes that nothing names.

Rows go before bytes, and bytes only after a grace that is longer than any job: whatever a job has stored and
not yet written down is younger. A run that gives bytes which the store has already writes them again, so they
are young again before its row names them. Should a process stand still between the last look at a file and
its deletion, a result may lose its bytes; it is forgotten when it is asked for next, and made again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial

from serve.artifacts import ArtifactStore
from serve.contracts.errors import LedgerError, StorageError
from serve.ledger import Ledger
from serve.settings import Settings

__all__ = ["GRACE_S", "Collected", "Retention"]

_log = logging.getLogger(__name__)

_HOUR_S = 3600.0
_DAY_S = 24 * _HOUR_S
GRACE_S = 2 * _DAY_S  # a job's deadline is a day at most
_KEEP_RELEASED_S = _DAY_S
_DUTY = "retention"
_DUTY_LEASE_S = 2 * _HOUR_S  # renewed every hour; two collectors at once would only be a waste
_FOLDERS = tuple(f"{number:02x}" for number in range(256))


@dataclass(frozen=True, slots=True)
class Collected:
    """What one collection removed: counts.

    Args:
        jobs: Ended jobs, with all that is theirs.
        idempotency_keys: That had expired.
        grants: Of artifacts to tenants.
        results: Stage runs that were done and unused.
        released: Stage runs that nobody finished.
        interest: Rows of jobs that had ended.
        artifacts: Files that nothing named.
        leftovers: Files of writers and uploads that were killed.
    """

    jobs: int = 0
    idempotency_keys: int = 0
    grants: int = 0
    results: int = 0
    released: int = 0
    interest: int = 0
    artifacts: int = 0
    leftovers: int = 0


class Retention:
    """Collects once an hour, in one process of all that share the ledger.

    Args:
        ledger: Whose rows, and by whose clock they age.
        store: Whose bytes, and by whose clock they age.
        settings: How many days to keep jobs and results.
        owner: Of the duty's lease, unique to this process.
    """

    def __init__(self, ledger: Ledger, store: ArtifactStore, settings: Settings, *, owner: str) -> None:
        self._ledger = ledger
        self._store = store
        self._owner = owner
        self._keep_jobs_s = settings.keep_jobs_days * _DAY_S
        # A live job relies on the results that it asked for at its beginning.
        self._keep_results_s = max(settings.keep_results_days * _DAY_S, GRACE_S)

    async def run(self) -> None:
        """Collect every hour until cancelled, where the duty is this process's."""
        while True:
            try:
                if await asyncio.to_thread(self._ledger.leases.take_duty, _DUTY, self._owner, _DUTY_LEASE_S):
                    _log.info("retention: %s", await self.collect())
            except (LedgerError, StorageError) as error:
                _log.warning("retention goes on in an hour: %s", error)
            await asyncio.sleep(_HOUR_S)

    async def collect(self) -> Collected:
        """Collect once, whoever has the duty.

        Raises:
            LedgerError: The database cannot be reached or written.
            StorageError: The store cannot be read or written.
        """
        rows = self._ledger.collection
        # A grant outlives its job by the grace: another job may rely on it that was accepted just before.
        forget_grants = partial(rows.forget_grants, self._keep_jobs_s + GRACE_S, self._keep_jobs_s)
        return Collected(
            jobs=await _exhaust(partial(rows.forget_jobs, self._keep_jobs_s)),
            idempotency_keys=await _exhaust(rows.forget_idempotency_keys),
            grants=await _exhaust(forget_grants),
            results=await _exhaust(partial(rows.forget_results, self._keep_results_s)),
            released=await _exhaust(partial(rows.forget_released, _KEEP_RELEASED_S)),
            interest=await _exhaust(rows.forget_interest),
            artifacts=await self._collect_artifacts(),
            leftovers=await self._collect_leftovers(),
        )

    async def _collect_artifacts(self) -> int:
        before_s = await self._store.clock() - GRACE_S
        # Read once: a checkpoint that is written down later was stored within the grace.
        checkpoints = await asyncio.to_thread(self._ledger.collection.checkpoints)
        deleted_count = 0
        for folder in _FOLDERS:
            async with aclosing(self._store.list_artifacts(folder)) as listings:
                async for listing in listings:
                    old = {one.digest for one in listing if one.written_s < before_s} - checkpoints
                    deleted_count += await self._delete_unnamed(old, before_s)
        return deleted_count

    async def _delete_unnamed(self, digests: set[str], before_s: float) -> int:
        if not digests:
            return 0
        named = await asyncio.to_thread(self._ledger.collection.named, digests)
        return await self._store.delete_untouched(sorted(digests - named), before_s)

    async def _collect_leftovers(self) -> int:
        before_s = await self._store.clock() - GRACE_S
        of_uploads = await self._store.delete_uploads(before_s)
        return of_uploads + sum([await self._store.delete_leftovers(folder, before_s) for folder in _FOLDERS])


async def _exhaust(forget_batch: Callable[[], int]) -> int:
    """Batches until one is empty; others write in between."""
    total_count = 0
    while count := await asyncio.to_thread(forget_batch):
        total_count += count
    return total_count
