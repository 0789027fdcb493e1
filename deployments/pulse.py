"""Ends a worker that lives but does not answer: what waits for it then goes on in its successor.

A process that was stopped, or whose loop is stuck in native code, holds its connections open: nobody would
ever learn that the stage is lost.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from deployments.kept_child import KeptChild
from deployments.sockets import ping

__all__ = ["Pulse"]

_log = logging.getLogger(__name__)


class Pulse:
    """Feels the pulse of one worker.

    Args:
        child: The worker.
        path: Its socket.
        period_s: Seconds between two pings.
        silence_s: Seconds without an answer after which it is ended.
    """

    def __init__(self, child: KeptChild, path: Path, *, period_s: float, silence_s: float) -> None:
        self._child = child
        self._path = path
        self._period_s = period_s
        self._silence_s = silence_s

    async def watch(self) -> None:
        """Ping for ever; a process that is not ready yet, or is being replaced, is left alone."""
        loop = asyncio.get_running_loop()
        heard_at, pid = loop.time(), self._child.pid
        while True:
            await asyncio.sleep(self._period_s)
            answers = await ping(self._path, timeout_s=self._period_s) is None
            if answers or not self._child.ready.is_set() or self._child.pid != pid:
                heard_at, pid = loop.time(), self._child.pid
            elif loop.time() - heard_at >= self._silence_s:
                _log.error("%s has not answered for %.0f s and is killed", self._child.name, self._silence_s)
                self._child.end()
                heard_at = loop.time()
