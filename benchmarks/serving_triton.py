"""A Triton server of a benchmark's own, without the watchdog, whose looks would count as executions."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from benchmarks.jobs_places import free_port
from deployments.engines import thread_count
from deployments.triton.environment import install
from deployments.triton.program import Ports
from deployments.triton.server import TritonServer
from serve.settings import read_settings

__all__ = ["triton_running"]

_START_S = 300.0


@contextmanager
def triton_running() -> Iterator[str]:
    """The server of `galatea triton`, installed first if need be; gives its `host:port` of gRPC."""
    settings = read_settings()
    environment = install(settings.triton_folder, lambda line: print(line, file=sys.stderr))
    ports = Ports(http=free_port(), grpc=free_port(), metrics=free_port())
    server = TritonServer(environment, ports, thread_count=thread_count(settings))
    server.start()
    try:
        _await_ready(server)
        yield server.url
    finally:
        server.stop()


def _await_ready(server: TritonServer) -> None:
    begun = perf_counter()
    while not server.is_ready():
        if server.exit_code() is not None or perf_counter() - begun > _START_S:
            raise SystemExit(f"tritonserver did not start (exit code {server.exit_code()})")
        time.sleep(0.1)
