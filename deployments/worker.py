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
from contextlib import aclosing, suppress
from pathlib import Path
from typing import NoReturn

from opentelemetry.propagate import extract
from pydantic import ValidationError

from deployments.child import run_child, say_ready
from deployments.engines import open_engine
from deployments.frames import ASK, About, Ask, Call, Hello, Pong, StageAbout, StageProblem, reply_of
from deployments.host import StageHost
from deployments.ownership import owned_by
from deployments.wire import MAX_FRAME_BYTE_COUNT, read_frame, write_frame
from serve.artifacts import open_store
from serve.contracts.errors import GalateaError
from serve.contracts.jobs import problem_of
from serve.ledger import open_ledger
from serve.settings import Settings
from serve.telemetry import bind, tracer

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
        self._host = host
        self._stages = {name: spec for name, spec in host.stages.items() if spec.kind == kind}
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
            await self._run(ask, writer)
        else:
            await write_frame(writer, self._about() if isinstance(ask, Hello) else Pong())

    def _about(self) -> About:
        stages = {
            name: StageAbout(numeric_class=self._host.numeric_class(spec), model=self._host.model(spec))
            for name, spec in self._stages.items()
        }
        return About(pid=os.getpid(), stages=stages)

    async def _run(self, call: Call, writer: asyncio.StreamWriter) -> None:
        """Run a stage and tell of it; whatever it raises becomes a problem, not the end of this process."""
        try:
            with (
                bind(job_id=call.context.job_id, stage=call.stage),
                tracer().start_as_current_span(
                    f"run {call.stage}", context=extract({"traceparent": call.context.traceparent})
                ),
            ):
                await self._send_events(call, writer)
        except ConnectionError:
            raise
        except GalateaError as error:
            await write_frame(writer, StageProblem(problem=problem_of(error)))
        except Exception as error:  # the outermost edge
            _log.exception("stage %s failed", call.stage)
            bug = GalateaError(f"stage {call.stage} failed with {type(error).__name__}: {error}; report it")
            await write_frame(writer, StageProblem(problem=problem_of(bug)))

    async def _send_events(self, call: Call, writer: asyncio.StreamWriter) -> None:
        spec = self._stages.get(call.stage)
        if spec is None or spec.version != call.version:
            raise GalateaError(
                f"this worker does not run stage {call.stage}/{call.version}; run the same version everywhere"
            )
        try:
            params = spec.params.model_validate(dict(call.params))
        except ValidationError as error:
            raise GalateaError(f"parameters of stage {call.stage} are not understood: {error}") from None
        async with aclosing(self._host.call(spec, params, call.inputs, call.context)) as events:
            async for event in events:
                await write_frame(writer, reply_of(event))


def _end_process(ask: Ask) -> NoReturn:
    """End this process: a thread cannot be cancelled, and its caller must not wait for ever."""
    _log.error("%s did not stop in %.0f s: this process ends", ask, _STOP_GRACE_S)
    os._exit(_UNSTOPPABLE)


async def _work(settings: Settings, stop: asyncio.Event, kind: str, path: Path) -> None:
    ledger = open_ledger(settings.database)
    engine = open_engine(settings) if kind == "async" else None
    host = StageHost(engine, open_store(settings.store), owned=owned_by(ledger), cpu_thread_count=0)
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
