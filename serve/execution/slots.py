"""Slots for running stages; the most urgent run gets the next one that is free."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

__all__ = ["Slots", "Urgent"]


class Urgent(Protocol):
    """What waits for a slot; its urgency may rise while it waits, for waiters lend theirs.

    Attributes:
        urgency: Rank and tag; the least goes first.
    """

    urgency: tuple[int, float]


@dataclass(eq=False, slots=True)
class _Waiter:
    run: Urgent
    granted: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Slots:
    """So many stages of a kind at once.

    Args:
        counts: Kind of stage (`async`, `sync`) -> how many at once.
    """

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._free = dict(counts)
        self._waiting: dict[str, list[_Waiter]] = {kind: [] for kind in counts}

    @asynccontextmanager
    async def take(self, kind: str, run: Urgent) -> AsyncIterator[None]:
        """Hold a slot inside the block."""
        await self._acquire(kind, run)
        try:
            yield
        finally:
            self._release(kind)

    async def _acquire(self, kind: str, run: Urgent) -> None:
        if self._free[kind] > 0:
            self._free[kind] -= 1
            return
        waiter = _Waiter(run)
        self._waiting[kind].append(waiter)
        try:
            await waiter.granted
        except asyncio.CancelledError:
            if waiter in self._waiting[kind]:
                self._waiting[kind].remove(waiter)
            else:
                self._release(kind)  # granted in the same moment
            raise

    def _release(self, kind: str) -> None:
        # One that was cancelled in this moment stands in the list until its task runs again.
        waiting = [waiter for waiter in self._waiting[kind] if not waiter.granted.done()]
        if not waiting:
            self._free[kind] += 1
            return
        first = min(waiting, key=lambda waiter: waiter.run.urgency)
        self._waiting[kind].remove(first)
        first.granted.set_result(None)
