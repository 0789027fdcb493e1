"""Whether a run is still wanted: asked before each engine call, and now and then in stages that compute.

The promise: once a cancel is committed, at most one engine call of that job starts after it. Questions are
asked in rounds, one query a round for many jobs, with at most one key of each job; and the next round is not
asked before every call that this one allowed has begun. So a cancel falls between two queries, and only the
calls of the round before it can still begin: one for each job. A run counts under the job that began it.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from serve.contracts.errors import CancelledJobError, LedgerError
from serve.contracts.stage import Context
from serve.ledger import Ledger

__all__ = ["Owned", "Ownership", "owned_by"]

Owned = Callable[[list[tuple[str, int]]], Awaitable[set[tuple[str, int]]]]
"""Gives those of the asked (key, fence) that still run under that fence."""

_WATCH_PERIOD_S = 2.0
_log = logging.getLogger(__name__)


def owned_by(ledger: Ledger) -> Owned:
    """Ask this ledger which runs are still wanted."""

    async def owned(runs: list[tuple[str, int]]) -> set[tuple[str, int]]:
        return await asyncio.to_thread(ledger.runs.owned, runs)

    return owned


@dataclass(frozen=True, slots=True, eq=False)
class _Ask:
    """One question; `begun` is set once its answer has been acted on."""

    run: tuple[str, int]
    job_id: str
    answer: asyncio.Future[bool] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    begun: asyncio.Event = field(default_factory=asyncio.Event)


class Ownership:
    """Asks who owns what, for all runs of a process; belongs to one event loop.

    Args:
        owned: The ledger's answer.
    """

    def __init__(self, owned: Owned) -> None:
        self._owned = owned
        self._asks: list[_Ask] = []
        self._rounds: asyncio.Task[None] | None = None

    async def confirm(self, context: Context) -> None:
        """Return while the run is wanted; what the caller does before it next awaits counts as begun.

        Raises:
            CancelledJobError: It was cancelled, or another process has taken it over.
            LedgerError: Nobody can tell.
        """
        ask = _Ask((context.key, context.fence), context.job_id)
        self._asks.append(ask)
        if self._rounds is None or self._rounds.done():
            self._rounds = asyncio.create_task(self._ask_all())
        try:
            wanted = await ask.answer
        finally:
            ask.begun.set()  # who waits for it only runs after this task has awaited again
        if not wanted:
            raise CancelledJobError("the run is no longer wanted: its job was cancelled or runs elsewhere")

    async def watch(self, context: Context, stop: threading.Event) -> None:
        """Set `stop` soon after the run has ceased to be wanted, within about two seconds."""
        while not stop.is_set():
            await asyncio.sleep(_WATCH_PERIOD_S)
            try:
                await self.confirm(context)
            except CancelledJobError:
                stop.set()
            except LedgerError as error:  # the fence guards the result: going on does no harm
                _log.warning("cannot ask whether the run is wanted: %s", error)

    async def _ask_all(self) -> None:
        while asks := self._take_round():
            query = asyncio.ensure_future(self._owned([ask.run for ask in asks]))
            # `wait` raises nothing, so no error can end this loop and leave the askers hanging.
            await asyncio.wait([query])
            for ask in asks:
                _answer(ask, query)
            for ask in asks:
                await ask.begun.wait()

    def _take_round(self) -> list[_Ask]:
        """The oldest question of each job; the rest stays for the next round."""
        by_job: dict[str, _Ask] = {}
        waiting = [ask for ask in self._asks if not ask.answer.done()]
        for ask in waiting:
            by_job.setdefault(ask.job_id, ask)
        asks = list(by_job.values())
        self._asks = [ask for ask in waiting if ask not in asks]
        return asks


def _answer(ask: _Ask, query: asyncio.Future[set[tuple[str, int]]]) -> None:
    if ask.answer.done():
        return  # whoever asked was cancelled meanwhile
    error = None if query.cancelled() else query.exception()
    if query.cancelled():
        ask.answer.cancel()
    elif error is not None:
        ask.answer.set_exception(error)
    else:
        ask.answer.set_result(ask.run in query.result())
