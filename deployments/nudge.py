"""Tells another process that there is news, however often there is some."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

__all__ = ["Nudge"]


class Nudge:
    """Tells once at a time: news that comes while it tells is told once more, together.

    Args:
        tell: Does it.
    """

    def __init__(self, tell: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._tell = tell
        self._task: asyncio.Task[None] | None = None
        self._again = False

    def __call__(self) -> None:
        """There is news; returns at once."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        else:
            self._again = True

    async def _run(self) -> None:
        await self._tell()
        while self._again:
            self._again = False
            await self._tell()
