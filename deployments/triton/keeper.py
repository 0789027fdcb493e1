"""`galatea triton`: a Triton server on this machine, kept alive and watched until a signal comes."""

from __future__ import annotations

import asyncio
import logging
import signal
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from time import perf_counter

from deployments.engines import thread_count
from deployments.ports import Address
from deployments.terminal import announce, say
from deployments.triton.environment import Environment, install
from deployments.triton.models import Endpoint
from deployments.triton.program import Ports, trace_options
from deployments.triton.server import TritonServer
from deployments.watchdog import file_lease, watch
from serve.contracts.errors import NotReadyError, OutputUnwritableError
from serve.settings import Settings
from serve.telemetry import configure_logs

__all__ = ["keep_triton"]

_POLL_S = 0.1
# A model whose process dies while it is loaded can keep the server for ever. How long loading takes is known
# once it was done: after that, several times as long is too long.
_START_TIMEOUT_S = 300.0
_LEAST_RESTART_S, _RESTART_FACTOR = 15.0, 5.0
_FIRST_DELAY_S, _LONGEST_DELAY_S = 0.2, 5.0

_log = logging.getLogger(__name__)


def keep_triton(settings: Settings) -> int:
    """Install the server unless it is there; run it until SIGTERM or Ctrl-C.

    Returns:
        The exit code of the program.

    Raises:
        NotReadyError: It cannot run here, a port is taken, or it ends before it is ready.
        OutputUnwritableError: The folder for it, or that for data, cannot be made.
    """
    configure_logs(settings.log_level, json=settings.log_json)
    environment = install(settings.triton_folder, say)
    try:
        settings.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputUnwritableError(
            f"cannot make {settings.folder}: {error.strerror}; set GALATEA_DATA_DIR to a folder with room"
        ) from None
    return asyncio.run(_keep(settings, environment))


async def _keep(settings: Settings, environment: Environment) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server = TritonServer(
        environment,
        _ports(settings),
        thread_count=thread_count(settings),
        options=trace_options(settings.otlp_endpoint),
    )
    stopped = asyncio.create_task(stop.wait())
    kept = asyncio.create_task(_live(server, settings.folder))
    try:
        await asyncio.wait({kept, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if kept.done():
            kept.result()
        return 0
    finally:
        for task in (kept, stopped):
            task.cancel()
        await asyncio.wait({kept, stopped})
        say("stopping the Triton server")
        await asyncio.to_thread(server.stop)


async def _live(server: TritonServer, folder: Path) -> None:
    """Start the server, and again whenever it ends; the first start must succeed."""
    took_s = await _start(server, _START_TIMEOUT_S)
    ports = server.ports
    announce(
        f"triton serves gRPC on {server.url}, HTTP on port {ports.http}, metrics on port {ports.metrics}  "
        f"(use it with GALATEA_ENGINE=triton GALATEA_TRITON_URL={server.url}; Ctrl-C stops)"
    )
    with file_lease(folder / f"triton-{ports.grpc}.lock") as lease:
        endpoint, restart = Endpoint(server.url, server.metrics_url), partial(asyncio.to_thread, server.stop)
        async with asyncio.TaskGroup() as group:
            group.create_task(watch(endpoint, lease, restart))
            group.create_task(_restart_for_ever(server, max(_LEAST_RESTART_S, _RESTART_FACTOR * took_s)))


async def _restart_for_ever(server: TritonServer, timeout_s: float) -> None:
    while True:
        while server.exit_code() is None:
            await asyncio.sleep(_POLL_S)
        _log.warning("tritonserver ended (%s)", server.exit_code())
        delay_s = _FIRST_DELAY_S
        while not await _started(server, timeout_s):
            await asyncio.sleep(delay_s)
            delay_s = min(2 * delay_s, _LONGEST_DELAY_S)
        _log.warning("tritonserver serves again")


async def _started(server: TritonServer, timeout_s: float) -> bool:
    """Whether it could be started."""
    try:
        await _start(server, timeout_s)
    except NotReadyError as error:
        _log.error("%s; it is tried again", error)
        await asyncio.to_thread(server.stop)
        return False
    return True


async def _start(server: TritonServer, timeout_s: float) -> float:
    """Start it and wait until it has loaded its models; the seconds that it took.

    Raises:
        NotReadyError: It ended instead, or takes too long.
    """
    begun = perf_counter()
    server.start()
    while not await asyncio.to_thread(server.is_ready):
        code = server.exit_code()
        if code is not None:
            raise NotReadyError(f"tritonserver ended with exit code {code}: it has said why, above")
        if perf_counter() - begun > timeout_s:
            raise NotReadyError(f"tritonserver was not ready in {timeout_s:.0f} s")
        await asyncio.sleep(_POLL_S)
    return perf_counter() - begun


def _ports(settings: Settings) -> Ports:
    """The settings' ports, free ones in place of 0.

    Raises:
        NotReadyError: One of them is taken.
    """
    wanted = {"HTTP": settings.triton_http_port, "GRPC": settings.triton_grpc_port}
    wanted["METRICS"] = settings.triton_metrics_port
    with ExitStack() as held:
        found = {name: held.enter_context(_address(name, port).listen()) for name, port in wanted.items()}
        ports = {name: int(listener.getsockname()[1]) for name, listener in found.items()}
    return Ports(http=ports["HTTP"], grpc=ports["GRPC"], metrics=ports["METRICS"])


def _address(name: str, port: int) -> Address:
    return Address(
        "127.0.0.1", port, f"choose another port with GALATEA_TRITON_{name}_PORT (0 takes a free one)"
    )
