"""The ledger's blocking calls, from a loop: in threads of their own, and again while the database is away."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from serve.contracts.errors import LedgerError

__all__ = ["LedgerCalls", "backoff_s"]

_log = logging.getLogger(__name__)
_P = ParamSpec("_P")
_T = TypeVar("_T")


def backoff_s(failure_count: int) -> float:
    """Seconds to wait after so many failures in a row: 0.5, 1, 2 ... 60."""
    return min(60.0, 0.5 * 2.0 ** (max(1, failure_count) - 1))


class LedgerCalls:
    """Calls functions of the ledger.

    Args:
        patience_s: How long a call is repeated while the database does not answer. As long as a lease: after
            that another process may hold what the call is about.
        thread_count: Calls at the same time.
    """

    def __init__(self, patience_s: float, thread_count: int = 8) -> None:
        self._patience_s = patience_s
        self._threads = ThreadPoolExecutor(thread_count, thread_name_prefix="ledger")

    async def once(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Call it in a thread.

        Raises:
            LedgerError: The database does not answer.
        """
        call = functools.partial(function, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    async def __call__(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Call it, again and again while the database does not answer.

        Raises:
            LedgerError: The patience is at an end.
        """
        give_up_at = asyncio.get_running_loop().time() + self._patience_s
        for failure_count in range(1, 1_000):
            try:
                return await self.once(function, *args, **kwargs)
            except LedgerError as error:
                if asyncio.get_running_loop().time() >= give_up_at:
                    raise
                _log.warning("trying again: %s", error)
                await asyncio.sleep(min(1.0, backoff_s(failure_count) / 5))
        raise LedgerError("the ledger did not answer; check that its database runs")

    def close(self) -> None:
        """Wait for the calls that run, and end the threads."""
        self._threads.shutdown(wait=True, cancel_futures=True)
