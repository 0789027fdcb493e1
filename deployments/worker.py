"""A worker process: runs stages of one kind for whoever connects to its socket.

    python -m deployments.worker --kind sync --socket /path/sync-0.sock

It listens once it is warm: models loaded, kernels compiled. The settings come from the environment.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NoReturn

from deployments.answers import Answers
from deployments.child import run_child, say_ready
from deployments.engines import open_engine, thread_count
from deployments.frames import ASK, About, Ask, Call, Hello, Pong
from deployments.host import StageHost
from deployments.ownership import owned_by
from deployments.wire import MAX_FRAME_BYTE_COUNT, read_frame, write_frame
from serve.artifacts import open_store
from serve.contracts.errors import GalateaError
from serve.ledger import open_ledger
from serve.settings import Settings

__all__ = ["StageServer", "main"]

_log = logging.getLogger(__name__)
_STOP_GRACE_S = 60.0  # for a stage to look whether it is still wanted
_UNSTOPPABLE = 70


class StageServer:
    """Answers calls over a Unix socket.

    Args:
        host: Runs the stages.
        kind: Which of them: `async` or `sync`.
    """

    def __init__(self, host: StageHost, kind: str) -> None:
        self._answers = Answers(host, {name: spec for name, spec in host.stages.items() if spec.kind == kind})
        self._working: set[asyncio.Task[None]] = set()
        self._stopping = False

    async def serve(self, path: Path, stop: asyncio.Event, ready: Callable[[], None] = lambda: None) -> None:
        """Listen until `stop` is set; then stop what runs and wait for it.

        Args:
            path: Of the socket; a stale one is replaced.
            stop: When to end.
            ready: Called once callers can connect.
        """
        server = await asyncio.start_unix_server(self._connected, path, limit=MAX_FRAME_BYTE_COUNT)
        ready()
        await stop.wait()
        self._stopping = True
        server.close()
        for task in self._working:
            task.cancel()
        if self._working:
            await asyncio.wait(self._working)
        path.unlink(missing_ok=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One conversation; the worker closes last, so that the caller knows that the stage has ended."""
        try:
            with suppress(ConnectionError):
                ask = await read_frame(reader, ASK)
                if ask is not None and not self._stopping:
                    await self._converse(ask, reader, writer)
        except GalateaError as error:
            _log.warning("a caller is not understood: %s", error)
        finally:
            writer.close()

    async def _converse(self, ask: Ask, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer, unless the caller leaves first."""
        work = asyncio.create_task(self._answer(ask, writer))
        left = asyncio.create_task(reader.read(1))
        self._working.add(work)
        try:
            await asyncio.wait({work, left}, return_when=asyncio.FIRST_COMPLETED)
            work.cancel()
            await asyncio.wait({work}, timeout=_STOP_GRACE_S)
            if not work.done():
                _end_process(ask)
        finally:
            left.cancel()
            self._working.discard(work)
        if not work.cancelled():
            await work  # a broken connection, raised here

    async def _answer(self, ask: Ask, writer: asyncio.StreamWriter) -> None:
        if isinstance(ask, Call):
            await self._answers.run(ask, partial(write_frame, writer))
        elif isinstance(ask, Hello):
            await write_frame(writer, About(pid=os.getpid(), stages=self._answers.about))
        else:
            await write_frame(writer, Pong())


def _end_process(ask: Ask) -> NoReturn:
    """End this process: a thread cannot be cancelled, and its caller must not wait for ever."""
    _log.error("%s did not stop in %.0f s: this process ends", ask, _STOP_GRACE_S)
    os._exit(_UNSTOPPABLE)


async def _work(settings: Settings, stop: asyncio.Event, kind: str, path: Path) -> None:
    ledger = open_ledger(settings.database)
    engine = open_engine(settings) if kind == "async" else None
    host = StageHost(
        engine,
        open_store(settings.store),
        owned=owned_by(ledger),
        cpu_thread_count=0,
        crew_size=thread_count(settings),
    )
    try:
        await host.warm_up(kind)
        await StageServer(host, kind).serve(path, stop, say_ready)
    finally:
        host.close()
        ledger.close()


def main() -> None:
    """Be a worker until the parent says stop."""
    parser = argparse.ArgumentParser(
        prog="deployments.worker", description="Run stages for a socket's callers."
    )
    parser.add_argument("--kind", choices=("async", "sync"), required=True)
    parser.add_argument("--socket", type=Path, required=True)
    given = parser.parse_args()
    run_child("galatea-worker", lambda settings, stop: _work(settings, stop, given.kind, given.socket))


if __name__ == "__main__":
    main()
