"""What readiness depends on, asked anew each time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from serve.artifacts import ArtifactStore
from serve.contracts.errors import GalateaError, LedgerError
from serve.ledger import Ledger

__all__ = ["Readiness"]


class Readiness:
    """Asks every part of the service whether it is well.

    Args:
        ledger: Is pinged.
        store: Is looked into.
        workers: Asks those who run stages: each by its name -> None when well, else what is wrong.
    """

    def __init__(
        self,
        ledger: Ledger,
        store: ArtifactStore,
        workers: Callable[[], Awaitable[Mapping[str, str | None]]],
    ) -> None:
        self._ledger = ledger
        self._store = store
        self._workers = workers

    async def __call__(self) -> Mapping[str, str | None]:
        """Part -> None when well, else what is wrong."""
        workers = await self._workers()
        return {"ledger": await self._check_ledger(), "store": await self._check_store(), **workers}

    async def _check_ledger(self) -> str | None:
        try:
            await asyncio.to_thread(self._ledger.database.ping)
        except LedgerError as error:
            return error.message
        return None

    async def _check_store(self) -> str | None:
        try:
            await self._store.exists("0" * 64)
        except GalateaError as error:
            return error.message
        return None
