"""The ledger blocks: it is asked from a few threads, and the loop stays free."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from serve.contracts.errors import NotReadyError

__all__ = ["Calls"]

_P = ParamSpec("_P")
_T = TypeVar("_T")
_THREAD_COUNT = 8  # as many as the ledger keeps connections
_MAX_WAITING_COUNT = 1_000


class Calls:
    """Runs blocking functions in threads of its own."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREAD_COUNT, thread_name_prefix="ledger")
        self._waiting_count = 0

    async def __call__(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """What the function returns.

        Raises:
            NotReadyError: So many calls wait that this one would only wait longer than its client.
        """
        if self._waiting_count >= _MAX_WAITING_COUNT:
            raise NotReadyError(
                f"{self._waiting_count:,} requests wait for the ledger; try again in a moment"
            )
        work = partial(contextvars.copy_context().run, partial(function, *args, **kwargs))
        self._waiting_count += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting_count -= 1

    def close(self) -> None:
        """Let what runs end by itself and take nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)
