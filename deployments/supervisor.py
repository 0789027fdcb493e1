"""`galatea run --inprocess`: one supervisor, and its children that do the work.

    supervisor ── service      HTTP and gRPC edges, orchestrator
               ├─ async-0      holds the engine
               └─ sync-0 ...   compute: one stage at a time each

A child that dies, or a worker that no longer answers, is started again; the next service puts back into the
queue what a dead one held. The supervisor owns the listening socket: clients who come while the service
restarts wait and are not refused. It imports nothing heavy, for it should start at once and cost little.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket

from deployments.child import environment
from deployments.kept_child import KeptChild
from deployments.layout import Layout, layout_of
from deployments.ports import wires_of
from deployments.pulse import Pulse
from deployments.terminal import announce_service, say
from serve.settings import Settings
from serve.telemetry import configure_logs

__all__ = ["supervise"]

_SERVICE_GRACE_S = 30.0  # to give its jobs back
_WORKER_GRACE_S = 10.0
_PULSE_S = 5.0
_SHORTEST_SILENCE_S = 15.0
_KILLED = 130

_log = logging.getLogger(__name__)


def supervise(settings: Settings) -> int:
    """Serve until SIGTERM or Ctrl-C; a second one kills.

    Returns:
        The exit code of the program.

    Raises:
        NotReadyError: The port is taken, or another supervisor serves from the data folder.
        OutputUnwritableError: The data folder cannot be made.
    """
    configure_logs(settings.log_level, json=settings.log_json)
    layout = layout_of(settings)
    layout.make()
    http, *others = wires_of(settings)
    with layout.supervised() as lock, http.listen() as listener:
        for address in others:
            # The service will listen there; what is taken is said now, and not after its long start.
            address.listen().close()
        settings = settings.model_copy(update={"metrics_dir": layout.new_metrics()})
        return asyncio.run(_Supervisor(settings, layout, lock, listener).run())


class _Supervisor:
    def __init__(self, settings: Settings, layout: Layout, lock: int, listener: socket.socket) -> None:
        self._settings = settings
        self._layout = layout
        self._lock = lock
        self._listener = listener
        self._env = environment(settings)
        self._signals: asyncio.Queue[None] = asyncio.Queue()
        self._workers = [
            self._worker(kind, path.stem, str(path))
            for kind, paths in sorted(layout.sockets.items())
            for path in paths
        ]
        self._service = KeptChild(
            "service",
            "deployments.service",
            ("--listen", str(listener.fileno())),
            env=self._env,
            inherited=(lock, listener.fileno()),
            changed=self._write_pids,
        )

    @property
    def _pulses(self) -> list[Pulse]:
        """Of every worker; a silent one is ended about when its leases would be over twice."""
        paths = [path for _, paths in sorted(self._layout.sockets.items()) for path in paths]
        silence_s = max(_SHORTEST_SILENCE_S, 2 * self._settings.lease_s)
        return [
            Pulse(child, path, period_s=_PULSE_S, silence_s=silence_s)
            for child, path in zip(self._workers, paths, strict=True)
        ]

    def _worker(self, kind: str, name: str, path: str) -> KeptChild:
        # A sync worker computes one stage in one thread: pools of its libraries would fight its siblings.
        threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"} if kind == "sync" else {}
        return KeptChild(
            name,
            "deployments.worker",
            ("--kind", kind, "--socket", path),
            env=self._env | threads,
            inherited=(self._lock,),
            changed=self._write_pids,
        )

    @property
    def _children(self) -> list[KeptChild]:
        return [self._service, *self._workers]

    async def run(self) -> int:
        """Keep the children until a signal comes or one of them can never start."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._signals.put_nowait, None)
        say(f"starting {len(self._workers)} workers and the service; the first start compiles kernels")
        kept = [asyncio.create_task(child.keep()) for child in self._children]
        announced = asyncio.create_task(self._announce())
        watched = [asyncio.create_task(pulse.watch()) for pulse in self._pulses]
        asked = asyncio.create_task(self._signals.get())
        try:
            await asyncio.wait({*kept, asked}, return_when=asyncio.FIRST_COMPLETED)
            for task in (announced, *watched):
                task.cancel()
            code = next((task.result() for task in kept if task.done()), 0)
            return await self._stop() or code
        finally:
            for child in self._children:
                child.kill()
            await asyncio.wait(kept)
            self._layout.pids_file.unlink(missing_ok=True)

    async def _announce(self) -> None:
        for child in self._workers:
            await child.ready.wait()
            say(f"{child.name} is ready")
        await self._service.ready.wait()
        announce_service(self._settings)

    async def _stop(self) -> int:
        """First the service, which gives its jobs back, then the workers; a second signal kills them all."""
        self._listener.close()
        stopping = asyncio.create_task(self._stop_in_order())
        again = asyncio.create_task(self._signals.get())
        await asyncio.wait({stopping, again}, return_when=asyncio.FIRST_COMPLETED)
        again.cancel()
        if stopping.done():
            return 0
        for child in self._children:
            child.kill()
        await stopping
        return _KILLED

    async def _stop_in_order(self) -> None:
        await self._service.stop(_SERVICE_GRACE_S)
        await asyncio.gather(*(child.stop(_WORKER_GRACE_S) for child in self._workers))

    def _write_pids(self) -> None:
        running = {child.name: child.pid for child in self._children}
        pids = {"supervisor": os.getpid()} | {name: pid for name, pid in running.items() if pid}
        try:
            self._layout.write_pids(pids)
        except OSError as error:  # a full disk must not end the supervision
            _log.warning("cannot write %s: %s", self._layout.pids_file, error)
